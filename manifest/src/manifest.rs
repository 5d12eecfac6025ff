//! The manifest as it is written: what each service needs and what each environment offers, variables unresolved.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::Capability;
use bedplate_core::setting::parse_duration;
use serde::Serialize;

use crate::keys::Kind;
use crate::template::Part;

/// A place in the source's text, in bytes. What is implied has an empty one.
pub(crate) type Span = Range<usize>;

/// A manifest that was read. It is turned into a plan by [`plan`](crate::plan()).
#[derive(Debug, Clone)]
pub struct Manifest {
    pub(crate) platform: Option<Value<String>>,
    pub(crate) services: Vec<Service>,
    pub(crate) environments: Vec<Environment>,
    pub(crate) outside: Vec<Value<String>>,
    pub(crate) hidden: Arc<[Span]>,
}

impl Manifest {
    /// The names of the environments, in the order of the file; an implied `dev` comes first.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|environment| environment.name.as_str())
    }

    /// The names of the services, in the order of the file.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|service| service.name.as_str())
    }

    /// The environment that commands use when none is named: the first one with the development profile, else the first.
    pub fn default_environment(&self) -> &str {
        let development = self.environments.iter().find(|one| one.profile() == Profile::Development);
        development.or(self.environments.first()).map_or("dev", |environment| &environment.name)
    }
}

/// Where an environment's defaults come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// One machine, embedded engines, generous pools.
    Development,
    /// Like production, with less.
    Staging,
    /// The real thing.
    Production,
}

impl Profile {
    /// The word in the manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// The profile that an environment of this name has.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "dev" | "development" | "local" | "test" | "pilot" => Self::Development,
            "staging" => Self::Staging,
            _ => Self::Production,
        }
    }
}

/// A value as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Value<T> {
    pub(crate) span: Span,
    pub(crate) written: Written<T>,
}

#[derive(Debug, Clone)]
pub(crate) enum Written<T> {
    /// The value itself.
    Plain(T),
    /// Text with variables, which must become a value of this kind.
    Template { parts: Vec<Part>, kind: &'static Kind },
}

/// A type that values can have.
pub(crate) trait Scalar: Sized + Clone {
    /// Reads text that its kind accepts.
    fn from_text(text: &str) -> Option<Self>;
}

macro_rules! parsed {
    ($($type:ty),*) => { $(impl Scalar for $type {
        fn from_text(text: &str) -> Option<Self> {
            text.parse().ok()
        }
    })* };
}
parsed!(String, bool, u16, u32);

impl Scalar for Duration {
    fn from_text(text: &str) -> Option<Self> {
        parse_duration(text).ok()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) port: Option<Value<u16>>,
    pub(crate) run: Option<Value<String>>,
    pub(crate) dir: Option<Value<String>>,
    pub(crate) replicas: Option<Value<u32>>,
    pub(crate) env: Vec<EnvEntry>,
    pub(crate) sql: Option<SqlNeed>,
    pub(crate) cache: Option<CacheNeed>,
    pub(crate) bus: Option<BusNeed>,
    pub(crate) objects: Option<ObjectsNeed>,
}

impl Service {
    /// Where a need stands, if the service has it.
    pub(crate) fn need(&self, capability: Capability) -> Option<&Choice> {
        match capability {
            Capability::Sql => self.sql.as_ref().map(|need| &need.choice),
            Capability::Cache => self.cache.as_ref().map(|need| &need.choice),
            Capability::Bus => self.bus.as_ref().map(|need| &need.choice),
            Capability::Objects => self.objects.as_ref().map(|need| &need.choice),
            _ => None,
        }
    }
}

/// A variable of a service's own.
#[derive(Debug, Clone)]
pub(crate) struct EnvEntry {
    pub(crate) name: String,
    pub(crate) value: EnvValue,
}

#[derive(Debug, Clone)]
pub(crate) enum EnvValue {
    Text(Value<String>),
    Secret(Value<String>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SqlNeed {
    pub(crate) choice: Choice,
    pub(crate) database: Option<Value<String>>,
    pub(crate) role: Option<Value<String>>,
    pub(crate) tables: Vec<Value<String>>,
    pub(crate) migrations: Option<Value<String>>,
    pub(crate) extensions: Vec<Value<String>>,
    pub(crate) promises: Vec<Value<String>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct CacheNeed {
    pub(crate) choice: Choice,
    pub(crate) keys: Vec<Value<String>>,
    pub(crate) namespace: Option<Value<String>>,
    pub(crate) shared: Option<Value<bool>>,
    pub(crate) promises: Vec<Value<String>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct BusNeed {
    pub(crate) choice: Choice,
    pub(crate) publishes: Vec<Value<String>>,
    pub(crate) subscribes: Vec<Subscribe>,
    pub(crate) durable: Option<Value<bool>>,
    pub(crate) promises: Vec<Value<String>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Subscribe {
    pub(crate) span: Span,
    pub(crate) topics: Vec<Value<String>>,
    pub(crate) group: Option<Value<String>>,
    pub(crate) broadcast: Option<Value<bool>>,
    pub(crate) key_order: Option<Value<bool>>,
    pub(crate) delay: Option<Value<Duration>>,
    pub(crate) start: Option<Value<String>>,
    pub(crate) max_attempts: Option<Value<u32>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectsNeed {
    pub(crate) choice: Choice,
    pub(crate) buckets: Vec<Value<String>>,
    pub(crate) promises: Vec<Value<String>>,
}

/// What one place says about the engine of a capability. Several places are laid over one another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    pub(crate) span: Span,
    /// The need is switched off.
    pub(crate) off: bool,
    pub(crate) engine: Option<Value<String>>,
    pub(crate) url: Option<Value<String>>,
    pub(crate) host: Option<Value<String>>,
    pub(crate) port: Option<Value<u16>>,
    pub(crate) region: Option<Value<String>>,
    pub(crate) max_connections: Option<Value<u32>>,
    pub(crate) one_server: Option<Value<bool>>,
    pub(crate) archive: Option<Value<String>>,
    pub(crate) connection_limit: Option<Value<u32>>,
    pub(crate) pool_timeout: Option<Value<Duration>>,
    pub(crate) connect_timeout: Option<Value<Duration>>,
    pub(crate) lifetime: Option<Value<Duration>>,
    pub(crate) settings: Vec<EngineSetting>,
}

/// A setting of the engine itself.
#[derive(Debug, Clone)]
pub(crate) struct EngineSetting {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) value: Value<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) profile: Option<Profile>,
    pub(crate) replicas: Option<Value<u32>>,
    pub(crate) machines: Option<Value<u32>>,
    pub(crate) env: Vec<EnvEntry>,
    pub(crate) tools: Vec<(String, Value<u16>)>,
    pub(crate) engines: Engines,
    pub(crate) services: Vec<Override>,
}

impl Environment {
    pub(crate) fn profile(&self) -> Profile {
        self.profile.unwrap_or_else(|| Profile::of(&self.name))
    }
}

/// What is said about the engine of each capability.
#[derive(Debug, Clone, Default)]
pub(crate) struct Engines {
    pub(crate) sql: Option<Choice>,
    pub(crate) cache: Option<Choice>,
    pub(crate) bus: Option<Choice>,
    pub(crate) objects: Option<Choice>,
}

impl Engines {
    pub(crate) fn get(&self, capability: Capability) -> Option<&Choice> {
        match capability {
            Capability::Sql => self.sql.as_ref(),
            Capability::Cache => self.cache.as_ref(),
            Capability::Bus => self.bus.as_ref(),
            Capability::Objects => self.objects.as_ref(),
            _ => None,
        }
    }
}

/// What is different for one service in one environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Override {
    pub(crate) service: String,
    pub(crate) span: Span,
    pub(crate) port: Option<Value<u16>>,
    pub(crate) replicas: Option<Value<u32>>,
    pub(crate) env: Vec<EnvEntry>,
    pub(crate) engines: Engines,
}
