//! Descriptors: what an engine is ([`Engine`]), and what a build can do with it ([`Driver`]).
//!
//! An [`Engine`] is data about a product: it exists for products that this build has no code for. A [`Driver`] is the code
//! that calls one. Neither does anything by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::address::Address;
use crate::error::Result;
use crate::server::Server;
use crate::setting::Setting;
use crate::{bus, cache, objects, sql};

/// A kind of need that a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// A relational database of its own.
    Sql,
    /// Values with a time to live.
    Cache,
    /// Events and work between services.
    Bus,
    /// Files and archives.
    Objects,
    /// Documents without a fixed schema. No contract yet.
    Documents,
    /// Nearest neighbours of embeddings. No contract yet.
    Vectors,
}

impl Capability {
    /// Every capability, in the order in which everything lists them.
    pub const ALL: [Capability; 6] =
        [Self::Sql, Self::Cache, Self::Bus, Self::Objects, Self::Documents, Self::Vectors];

    /// The capabilities that have a contract today.
    pub const CONTRACTS: [Capability; 4] = [Self::Sql, Self::Cache, Self::Bus, Self::Objects];

    /// The word in the manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Cache => "cache",
            Self::Bus => "bus",
            Self::Objects => "objects",
            Self::Documents => "documents",
            Self::Vectors => "vectors",
        }
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a product is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Inside the service's own process: nothing to install, nothing to operate.
    Embedded,
    /// A server that someone runs.
    Server,
    /// A service that a cloud runs.
    Hosted,
}

impl Form {
    /// The word that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Server => "server",
            Self::Hosted => "hosted",
        }
    }
}

/// Stands for the folder in the values of [`Engine::archive`].
pub const ARCHIVE_FOLDER: &str = "{archive}";

/// A product that Bedplate knows: the single truth about it.
#[derive(Debug)]
pub struct Engine {
    /// The product's name in lower case, as its makers spell it, for example `postgres`.
    pub name: &'static str,
    /// The product's name as prose writes it, for example `PostgreSQL`.
    pub title: &'static str,
    /// One sentence: what it is.
    pub summary: &'static str,
    /// How it is run.
    pub form: Form,
    /// The URL schemes that choose it; the first is the one that Bedplate writes.
    pub schemes: &'static [&'static str],
    /// Other names under which people know it, for example `node-cache` for `memory`.
    pub aliases: &'static [&'static str],
    /// The licence, as the product states it.
    pub licence: &'static str,
    /// Where it listens when nothing else is said: a purpose and a port; the first is the one that clients use.
    pub ports: &'static [Port],
    /// The image that generated files use.
    pub container: Option<Container>,
    /// What a URL's query or a manifest may set.
    pub settings: &'static [Setting],
    /// The environment variables that the product's own clients read, beside those that Bedplate writes for a capability;
    /// empty for what has no client, and for those whose clients read `DATABASE_URL`.
    pub clients: &'static [ClientVariable],
    /// How many connections a database server allows where its configuration says nothing; `None` where that is no fixed
    /// number, and for what isn't a database server.
    pub connections: Option<u32>,
    /// What a server's own configuration must say so that it archives every change as it happens, for recovery to a point in time: names
    /// and values, with [`ARCHIVE_FOLDER`] for the folder. Empty for what can't.
    pub archive: &'static [(&'static str, &'static str)],
    /// The region that is written where none is given; `None` for what is addressed without one.
    pub region: Option<&'static str>,
    /// The door of ours that serves it in development; `None` for what no door stands in for.
    pub door: Option<&'static Door>,
    /// The SQL that it speaks; `None` for what speaks none, or one of its own.
    pub dialect: Option<sql::Dialect>,
    /// What it says about itself as a SQL database.
    pub sql: Option<Offer<sql::Features>>,
    /// What it says about itself as a cache.
    pub cache: Option<Offer<cache::Features>>,
    /// What it says about itself as a bus.
    pub bus: Option<Offer<bus::Features>>,
    /// What it says about itself as an object store.
    pub objects: Option<Offer<objects::Features>>,
    /// Capabilities that it has and for which there is no contract yet.
    pub also: &'static [Capability],
    /// What is known about it, each with its source.
    pub facts: &'static [Fact],
}

impl Engine {
    /// What it can be asked for, with or without a contract.
    pub fn capabilities(&self) -> impl Iterator<Item = Capability> + '_ {
        Capability::ALL.into_iter().filter(|capability| self.offers(*capability))
    }

    /// Whether it can be asked for this capability.
    pub fn offers(&self, capability: Capability) -> bool {
        match capability {
            Capability::Sql => self.sql.is_some(),
            Capability::Cache => self.cache.is_some(),
            Capability::Bus => self.bus.is_some(),
            Capability::Objects => self.objects.is_some(),
            other => self.also.contains(&other),
        }
    }

    /// How far its support for one capability has come; `None` where it doesn't offer it.
    pub fn maturity(&self, capability: Capability) -> Option<Maturity> {
        match capability {
            Capability::Sql => self.sql.map(|offer| offer.maturity),
            Capability::Cache => self.cache.map(|offer| offer.maturity),
            Capability::Bus => self.bus.map(|offer| offer.maturity),
            Capability::Objects => self.objects.map(|offer| offer.maturity),
            other => self.also.contains(&other).then_some(Maturity::Planned),
        }
    }

    /// Its reach and its promises for one capability; `None` where there is no contract or no offer.
    pub fn promises(&self, capability: Capability) -> Option<(crate::Reach, Vec<crate::PromiseRow>)> {
        match capability {
            Capability::Sql => self.sql.map(|o| (o.features.reach, o.features.promises())),
            Capability::Cache => self.cache.map(|o| (o.features.reach, o.features.promises())),
            Capability::Bus => self.bus.map(|o| (o.features.reach, o.features.promises())),
            Capability::Objects => self.objects.map(|o| (o.features.reach, o.features.promises())),
            Capability::Documents | Capability::Vectors => None,
        }
    }

    /// Its limits for one capability; `None` where there is no contract or no offer.
    pub fn limits(&self, capability: Capability) -> Option<Vec<crate::LimitRow>> {
        match capability {
            Capability::Sql => self.sql.map(|o| o.features.limits()),
            Capability::Cache => self.cache.map(|o| o.features.limits()),
            Capability::Bus => self.bus.map(|o| o.features.limits()),
            Capability::Objects => self.objects.map(|o| o.features.limits()),
            Capability::Documents | Capability::Vectors => None,
        }
    }
}

/// How far Bedplate's support for an engine's capability has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maturity {
    /// Known to the catalogue only: it can be recommended and planned, not opened.
    Planned,
    /// It can be opened, and the contract's suite is green on it.
    Proven,
}

impl Maturity {
    /// The word that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Proven => "proven",
        }
    }
}

/// What an engine says about itself for one capability.
#[derive(Debug, Clone, Copy)]
pub struct Offer<F> {
    /// Its promises and limits.
    pub features: F,
    /// Whether that is already proven by the suite.
    pub maturity: Maturity,
}

/// A port and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// What it is for, for example `clients` or `management`.
    pub purpose: &'static str,
    /// The number by convention.
    pub number: u16,
}

/// An environment variable that a product's own clients read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientVariable {
    /// Its name, for example `REDIS_URL`.
    pub name: &'static str,
    /// What stands in it.
    pub content: ClientContent,
}

/// What stands in a client's variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientContent {
    /// The address.
    Url,
    /// `host:port`.
    Place,
    /// `http://host:port`.
    Endpoint,
    /// The name of the first bucket.
    Bucket,
    /// The region.
    Region,
    /// A secret that is named like the variable.
    Secret,
}

impl ClientContent {
    /// The word that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Place => "host:port",
            Self::Endpoint => "endpoint",
            Self::Bucket => "bucket",
            Self::Region => "region",
            Self::Secret => "secret",
        }
    }
}

/// A protocol in which others call us, and how clients of it are sent to this machine.
#[derive(Debug)]
pub struct Door {
    /// The protocol's name, for example `aws`.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
    /// The variable that sends its clients here: `http://host:port` stands in it.
    pub endpoint: &'static str,
    /// What its clients must hold, by variable; the door takes exactly these, so that they are no secrets.
    pub credentials: &'static [(&'static str, &'static str)],
}

/// The image that generated files use for a product.
#[derive(Debug, Clone, Copy)]
pub struct Container {
    /// The upstream image with its tag.
    pub image: &'static str,
    /// What it is started with instead of the image's own arguments; empty: with those.
    pub command: &'static [&'static str],
    /// Where it keeps its data inside; `None` for what keeps nothing.
    pub data: Option<&'static str>,
    /// The command that tells whether it is ready, run inside.
    pub ready: &'static [&'static str],
}

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// What it is good at.
    Strength,
    /// What it is bad at.
    Weakness,
    /// What to use it for.
    BestFor,
    /// When not to use it.
    Avoid,
    /// How many can use it at once.
    Concurrency,
    /// How much it holds.
    Size,
    /// How quickly it answers.
    Latency,
    /// What it takes to operate it.
    Operation,
}

impl Aspect {
    /// The words that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strength => "strength",
            Self::Weakness => "weakness",
            Self::BestFor => "best for",
            Self::Avoid => "not for",
            Self::Concurrency => "concurrency",
            Self::Size => "size",
            Self::Latency => "latency",
            Self::Operation => "operation",
        }
    }
}

/// One thing known about a product.
#[derive(Debug, Clone, Copy)]
pub struct Fact {
    /// What it is about.
    pub aspect: Aspect,
    /// The fact, in a sentence of our own.
    pub text: &'static str,
    /// Where it is from: one of the documents of `docs/guide/sources.md` by its name, or a product's manual.
    pub source: &'static str,
}

/// A future that owns what it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Opens one capability of one engine at an address.
pub type Open<E> = fn(Address) -> BoxFuture<Result<Arc<E>>>;

/// The code in this build that calls one engine.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    /// The product that it calls.
    pub engine: &'static Engine,
    /// Opens its SQL database.
    pub sql: Option<Open<dyn sql::SqlEngine>>,
    /// Opens its cache.
    pub cache: Option<Open<dyn cache::CacheEngine>>,
    /// Opens its bus.
    pub bus: Option<Open<dyn bus::BusEngine>>,
    /// Opens its object store.
    pub objects: Option<Open<dyn objects::ObjectsEngine>>,
    /// How its administrator makes databases; `None` for what has no administrator.
    pub provision: Option<sql::Provision>,
    /// How to run it privately on this machine; `None` for what runs inside the process.
    pub server: Option<&'static Server>,
}

impl Driver {
    /// A driver for nothing yet: what every declaration starts from.
    pub const fn new(engine: &'static Engine) -> Self {
        Self { engine, sql: None, cache: None, bus: None, objects: None, provision: None, server: None }
    }

    /// Whether this build can open the capability.
    pub fn opens(&self, capability: Capability) -> bool {
        match capability {
            Capability::Sql => self.sql.is_some(),
            Capability::Cache => self.cache.is_some(),
            Capability::Bus => self.bus.is_some(),
            Capability::Objects => self.objects.is_some(),
            Capability::Documents | Capability::Vectors => false,
        }
    }
}
