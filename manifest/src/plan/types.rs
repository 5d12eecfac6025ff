//! The plan as everything after the manifest reads it: plain values in the order of the file.
//!
//! A secret is never in it. Where a value needs one, `${NAME}` stands in its text and the plan's `secrets` list the name.

use std::collections::BTreeMap;

use bedplate_core::Form;
use serde::{Serialize, Serializer};

use crate::manifest::Profile;

/// The version of the plan's JSON. It changes when a reader of the old one would misread the new one.
pub const PLAN_VERSION: u32 = 1;

/// A platform in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The platform's name.
    pub platform: String,
    /// The environment's name.
    pub environment: String,
    /// Where its defaults came from.
    pub profile: Profile,
    /// On how many machines the services run.
    pub machines: u32,
    /// The services.
    pub services: Vec<ServicePlan>,
    /// The servers that must be there.
    pub servers: Vec<ServerPlan>,
    /// The protocols that Bedplate itself serves there.
    pub doors: Vec<DoorPlan>,
    /// The topics with those who publish on them.
    pub topics: Vec<Topic>,
    /// Tools that run beside the platform.
    pub tools: Vec<Tool>,
    /// The secrets that must be there, without their values.
    pub secrets: Vec<Secret>,
}

impl Plan {
    /// A service by its name.
    pub fn service(&self, name: &str) -> Option<&ServicePlan> {
        self.services.iter().find(|service| service.name == name)
    }

    /// A server by its name.
    pub fn server(&self, name: &str) -> Option<&ServerPlan> {
        self.servers.iter().find(|server| server.name == name)
    }
}

/// A service with everything that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServicePlan {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub port: Option<u16>,
    /// What starts it.
    pub run: Option<String>,
    /// Where it is started.
    pub dir: String,
    /// How many processes of it run.
    pub replicas: u32,
    /// Its database.
    pub sql: Option<SqlPlan>,
    /// Its cache.
    pub cache: Option<CachePlan>,
    /// Its events.
    pub bus: Option<BusPlan>,
    /// Its object storage.
    pub objects: Option<ObjectsPlan>,
    /// Its environment variables, by name.
    pub variables: Vec<Variable>,
}

/// A service's SQL database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SqlPlan {
    /// The engine's name.
    pub engine: &'static str,
    /// The server's name among the plan's servers.
    pub server: Option<String>,
    /// The server's host.
    pub host: Option<String>,
    /// The server's port.
    pub port: Option<u16>,
    /// The database on the server.
    pub database: Option<String>,
    /// The role that owns it.
    pub role: Option<String>,
    /// The file of an embedded engine, relative to the manifest's folder unless it is absolute.
    pub path: Option<String>,
    /// The whole address, with `${NAME}` for the password.
    pub url: String,
    /// The pool of each process; `None` for what has none.
    pub pool: Option<Pool>,
    /// The tables that the manifest names.
    pub tables: Vec<String>,
    /// The extensions that it needs.
    pub extensions: Vec<String>,
    /// The folder of its migrations.
    pub migrations: Option<String>,
    /// What the engine must promise.
    pub promises: Vec<String>,
}

/// A pool of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// Connections at most.
    pub connection_limit: u32,
    /// How long a caller waits for one.
    pub pool_timeout_ms: u64,
    /// How long a new one may take.
    pub connect_timeout_ms: u64,
}

/// A service's cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CachePlan {
    /// The engine's name.
    pub engine: &'static str,
    /// The server's name among the plan's servers.
    pub server: Option<String>,
    /// The whole address.
    pub url: String,
    /// What every key begins with.
    pub namespace: String,
    /// The patterns of its keys, the namespace included.
    pub keys: Vec<String>,
    /// How long a value lives where nothing else is said.
    pub lifetime_ms: u64,
    /// Whether all processes must see the same values.
    pub shared: bool,
    /// What the engine must promise.
    pub promises: Vec<String>,
}

/// A service's part in the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BusPlan {
    /// The engine's name.
    pub engine: &'static str,
    /// The server's name among the plan's servers.
    pub server: Option<String>,
    /// The whole address.
    pub url: String,
    /// Whether a message that was published survives the loss of every process.
    pub durable: bool,
    /// Topics on which it publishes.
    pub publishes: Vec<String>,
    /// What it handles.
    pub subscriptions: Vec<SubscriptionPlan>,
    /// What the engine must promise.
    pub promises: Vec<String>,
}

/// A subscription of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionPlan {
    /// The group; `None` is a broadcast to every process.
    pub group: Option<String>,
    /// Topics and patterns that it gets.
    pub topics: Vec<String>,
    /// Whether messages with one key are handled in their order.
    pub key_order: bool,
    /// How long messages are held back at most.
    pub delay_ms: Option<u64>,
    /// Where a new group starts: `now` or `earliest`.
    pub start: String,
    /// How often a message is delivered before it is dead.
    pub max_attempts: u32,
    /// Where its dead letters are; a broadcast has none.
    pub dead_letters: Option<String>,
}

/// A service's object storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectsPlan {
    /// The engine's name.
    pub engine: &'static str,
    /// The server's name among the plan's servers.
    pub server: Option<String>,
    /// Its buckets.
    pub buckets: Vec<Bucket>,
    /// What the engine must promise.
    pub promises: Vec<String>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its whole address.
    pub url: String,
}

/// An environment variable of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value. `${NAME}` is to be replaced where `NAME` is among `secrets`, and is plain text otherwise.
    pub value: String,
    /// The secrets in it, by their variables.
    pub secrets: Vec<String>,
}

/// A server that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerPlan {
    /// Its name, for example `postgres` or `postgres-auth`.
    pub name: String,
    /// The engine's name.
    pub engine: &'static str,
    /// How it is run.
    #[serde(serialize_with = "form")]
    pub form: Form,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The databases on it.
    pub databases: Vec<DatabasePlan>,
    /// Who uses it for what.
    pub used_by: Vec<Use>,
    /// Its connections, where it is counted.
    pub connections: Option<Connections>,
    /// Where it archives every change, and how it is told to.
    pub archive: Option<ArchivePlan>,
}

/// A server's continuous archive, from which it can be brought back as it was at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchivePlan {
    /// The folder on the server.
    pub folder: String,
    /// What the server's configuration must say, by name.
    pub settings: BTreeMap<String, String>,
}

fn form<S: Serializer>(form: &Form, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(form.as_str())
}

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabasePlan {
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub role: String,
    /// The service that it belongs to.
    pub service: String,
    /// The variable with the role's password; `None` where the manifest's URL has credentials of its own.
    pub password: Option<String>,
    /// The extensions that it needs.
    pub extensions: Vec<String>,
}

/// Who uses a server for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The service.
    pub service: String,
    /// The capability's word in the manifest.
    pub capability: &'static str,
}

/// How many connections a server allows, and how many may be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// The sum of all pools, each times its replicas.
    pub needed: u64,
    /// What the server allows.
    pub allowed: u64,
    /// Whether the manifest says what the server allows; otherwise it is the product's default.
    pub stated: bool,
}

/// A protocol that Bedplate itself serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoorPlan {
    /// Its name.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
    /// Its address.
    pub url: String,
    /// Who uses it for what.
    pub used_by: Vec<Use>,
}

/// A topic with those who publish on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// The services that publish on it, by name.
    pub publishers: Vec<String>,
    /// Whether systems outside of the platform publish on it.
    pub outside: bool,
}

/// A tool that runs beside the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub port: u16,
}

/// A secret that must be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// Its name in the store of secrets, in kebab-case.
    pub name: String,
    /// The variable for which it stands in the plan's texts.
    pub variable: String,
    /// Whether Bedplate makes it; otherwise somebody must have put it there.
    pub generated: bool,
    /// The services that use it.
    pub used_by: Vec<String>,
}
