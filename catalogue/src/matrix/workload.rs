//! The workload: what a platform needs, as far as it says so. What isn't said takes no part in the choice.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::list::by_name;

/// Fewer messages a second than this are few. The documents say "low" without a figure; this one is Bedplate's.
pub const LOW_RATE: u64 = 1_000;
/// As many messages a second as this are many. The documents say "high" without a figure; this one is Bedplate's.
pub const HIGH_RATE: u64 = 100_000;

/// What a platform, or one service of it, needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workload {
    /// How far the platform has come.
    pub stage: Option<Stage>,
    /// What runs the services.
    pub platform: Option<Platform>,
    /// Whose cloud it lives in.
    pub cloud: Option<Cloud>,
    /// How much there is to operate things with.
    pub operations: Option<Operations>,
    /// It must be able to leave its cloud.
    pub portable: bool,
    /// The engines that are operated already, by name or alias.
    pub operates: BTreeSet<String>,
    /// How many processes of a service run at once. Production has several unless this says otherwise.
    pub instances: Option<u32>,
    /// On how many machines they run.
    pub machines: Option<u32>,
    /// In how many regions they run.
    pub regions: Option<u32>,
    /// What is asked of the database.
    pub database: Database,
    /// What is asked beside the database for reports.
    pub analytics: Analytics,
    /// What is asked of the cache.
    pub cache: Cache,
    /// What is asked of the bus.
    pub bus: Bus,
    /// What is asked of the object store.
    pub objects: Objects,
    /// What is asked for embeddings.
    pub vectors: Vectors,
}

/// What is asked of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// What it mostly does.
    pub work: Option<Work>,
    /// How the data hangs together.
    pub relations: Option<Relations>,
    /// Whether the schema is known beforehand.
    pub schema: Option<Schema>,
    /// Several tenants share it.
    pub tenants: bool,
    /// Money depends on its transactions.
    pub financial: bool,
    /// Columns hold JSON that is queried.
    pub json: bool,
    /// Full-text search, geography, time series and the like are wanted.
    pub extensions: bool,
    /// It is used at the edge, or offline first.
    pub local_first: bool,
    /// How many users a service has at the same time.
    pub concurrent_users: Option<u64>,
    /// How much data one service has, in gigabytes.
    pub size_gb: Option<u64>,
    /// How many write at the same time.
    pub writers: Option<u32>,
    /// In how many regions there are writers.
    pub write_regions: Option<u32>,
}

/// What is asked beside the database for reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analytics {
    /// What for.
    pub need: Option<AnalyticsNeed>,
    /// It reads Parquet files of a data lake.
    pub lake_files: bool,
}

/// What is asked of the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// What it is used for. With nothing here and nothing else asked of it, no cache is needed.
    pub uses: BTreeSet<CacheUse>,
    /// Whether several processes share its state. Where nothing is said the number of processes decides.
    pub shared: Option<bool>,
    /// What its values look like.
    pub structures: Option<Structures>,
    /// Its values must outlive a restart.
    pub persistent: bool,
    /// Memory is scarce.
    pub memory_scarce: bool,
    /// How much it holds, in mebibytes.
    pub size_mib: Option<u64>,
    /// How long an answer may take, in microseconds.
    pub latency_us: Option<u64>,
}

/// What is asked of the bus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bus {
    /// What it is for. With nothing here and nothing else asked of it, no bus is needed yet.
    pub need: Option<BusNeed>,
    /// Whether a message may be lost: `false` says that it may.
    pub durable: Option<bool>,
    /// Messages of one key are handled in order.
    pub ordering: bool,
    /// Old messages are read again.
    pub replay: bool,
    /// Several services get each event.
    pub fan_out: bool,
    /// Callers wait for a reply.
    pub request_reply: bool,
    /// What could not be handled must be kept aside.
    pub dead_letters: bool,
    /// How messages find their way.
    pub routing: Option<Routing>,
    /// How many messages a second.
    pub messages_per_second: Option<u64>,
    /// How many bytes the largest message has.
    pub message_bytes: Option<u64>,
    /// How many seconds a message may be held back.
    pub delay_seconds: Option<u64>,
    /// How many days messages are kept.
    pub retention_days: Option<u32>,
}

/// What is asked of the object store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Objects {
    /// There are files or other large values.
    pub needed: bool,
    /// Compliance asks for an archive that nobody can change.
    pub archive: bool,
    /// Users upload files from a browser.
    pub uploads: bool,
    /// Nothing may leave one's own machines.
    pub self_hosted: bool,
}

/// What is asked for embeddings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vectors {
    /// There are embeddings to search.
    pub needed: bool,
    /// How many.
    pub scale: Option<Scale>,
}

macro_rules! words {
    ($( $(#[$meta:meta])* $name:ident { $( $(#[$variant_meta:meta])* $variant:ident, )* } )*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $( $(#[$variant_meta])* $variant, )* }
    )* };
}

words! {
    /// How far a platform has come.
    Stage {
        /// A demonstration or a first version on one machine.
        Pilot,
        /// Users depend on it.
        Production,
    }
    /// What runs the services.
    Platform {
        /// Fly.io and the like.
        Fly,
        /// Kubernetes.
        Kubernetes,
        /// Functions without a disk.
        Serverless,
        /// Nothing of the kind.
        None,
    }
    /// Whose cloud.
    Cloud {
        /// Amazon's.
        Aws,
        /// Google's.
        Gcp,
        /// Microsoft's.
        Azure,
        /// Nobody's.
        None,
    }
    /// How much there is to operate things with.
    Operations {
        /// Few people, few machines.
        Low,
        /// What it takes.
        Normal,
    }
    /// What a database mostly does.
    Work {
        /// Many small reads and writes.
        Transactions,
        /// Few large aggregations.
        Analytics,
    }
    /// How data hangs together.
    Relations {
        /// Few tables, few joins.
        Simple,
        /// Many relations and constraints.
        Complex,
    }
    /// Whether a schema is known beforehand.
    Schema {
        /// It is, and migrations change it.
        Fixed,
        /// Documents differ, and change as they like.
        Flexible,
    }
    /// What analytics are for.
    AnalyticsNeed {
        /// Reports on what the services wrote.
        Reports,
        /// Large aggregations, transformation, data science.
        Aggregations,
    }
    /// What a cache is used for.
    CacheUse {
        /// Values that are dear to compute or to fetch.
        Values,
        /// Counting requests.
        RateLimits,
        /// Users' sessions and contexts.
        Sessions,
        /// Short reservations.
        Holds,
        /// Keys against duplicates, idempotency keys included.
        Dedupe,
        /// What the replicas know of a failing neighbour.
        Breakers,
        /// Rankings.
        Leaderboards,
        /// Telling other processes at once.
        PubSub,
    }
    /// What cached values look like.
    Structures {
        /// Strings under keys.
        Simple,
        /// Hashes, lists, sets, sorted sets.
        Rich,
    }
    /// What a bus is for.
    BusNeed {
        /// Events between services, without a special demand.
        Events,
        /// Work for workers.
        Tasks,
        /// Event streaming or event sourcing.
        Streaming,
        /// Quick calls between services.
        LowLatency,
        /// A few plain events.
        SimpleEvents,
    }
    /// How messages find their way.
    Routing {
        /// By name.
        Simple,
        /// By patterns, headers, several exchanges.
        Complex,
    }
    /// How many vectors.
    Scale {
        /// As many as one database server bears.
        Moderate,
        /// More than that.
        High,
    }
}

impl Workload {
    pub(super) fn pilot(&self) -> bool {
        self.stage == Some(Stage::Pilot)
    }

    pub(super) fn production(&self) -> bool {
        self.stage == Some(Stage::Production)
    }

    pub(super) fn low_operations(&self) -> bool {
        self.operations == Some(Operations::Low)
    }

    pub(super) fn several_regions(&self) -> bool {
        self.regions.is_some_and(|regions| regions > 1)
    }

    pub(super) fn several_machines(&self) -> bool {
        self.machines.is_some_and(|machines| machines > 1) || self.several_regions()
    }

    /// Several processes, as far as it is said; in production also where nothing is said.
    pub(super) fn several_processes(&self) -> bool {
        let said = self.instances.map(|instances| instances > 1);
        self.several_machines() || said.unwrap_or_else(|| self.production() && self.machines.is_none())
    }

    /// Spread over machines, as far as it is said; in production also where several processes run and nothing else is said.
    pub(super) fn distributed(&self) -> bool {
        self.several_machines() || (self.production() && self.machines.is_none() && self.several_processes())
    }

    pub(super) fn writes_in_several_regions(&self) -> bool {
        self.database.write_regions.is_some_and(|regions| regions > 1)
    }

    pub(super) fn relations(&self, relations: Relations) -> bool {
        self.database.relations == Some(relations)
    }

    pub(super) fn flexible(&self) -> bool {
        self.database.schema == Some(Schema::Flexible)
    }

    pub(super) fn analytical(&self) -> bool {
        self.database.work == Some(Work::Analytics)
    }

    pub(super) fn analytics(&self, need: AnalyticsNeed) -> bool {
        self.analytics.need == Some(need)
    }

    pub(super) fn analyses(&self) -> bool {
        self.analytics.need.is_some() || self.analytics.lake_files
    }

    /// Whether anything is asked of a cache; that it needn't be shared, or that memory is scarce, asks for none.
    pub(super) fn caches(&self) -> bool {
        let shared = self.cache.shared.filter(|shared| *shared);
        Cache { shared, memory_scarce: false, ..self.cache.clone() } != Cache::default()
    }

    pub(super) fn caches_for(&self, wanted: CacheUse) -> bool {
        self.cache.uses.contains(&wanted)
    }

    pub(super) fn shares_cache(&self) -> bool {
        self.caches() && self.cache.shared.unwrap_or_else(|| self.several_processes())
    }

    pub(super) fn rich_cache(&self) -> bool {
        self.cache.structures == Some(Structures::Rich) || self.caches_for(CacheUse::Leaderboards)
    }

    /// Whether anything is asked of a bus; that messages may be lost asks for none.
    pub(super) fn needs_bus(&self) -> bool {
        let durable = self.bus.durable.filter(|durable| *durable);
        Bus { durable, ..self.bus.clone() } != Bus::default()
    }

    /// What a bus is for; where only its qualities are said, it carries events.
    pub(super) fn bus(&self, need: BusNeed) -> bool {
        let said = self.bus.need.or_else(|| self.needs_bus().then_some(BusNeed::Events));
        said == Some(need)
    }

    /// Whether nothing but a few events is asked for that may be lost.
    pub(super) fn may_lose_events(&self) -> bool {
        self.bus(BusNeed::SimpleEvents)
            && self.bus.durable == Some(false)
            && !self.bus.replay
            && !self.bus.ordering
            && !self.bus.dead_letters
    }

    pub(super) fn few_messages(&self) -> bool {
        self.bus.messages_per_second.is_some_and(|rate| rate < LOW_RATE)
    }

    pub(super) fn many_messages(&self) -> bool {
        self.bus.messages_per_second.is_some_and(|rate| rate >= HIGH_RATE)
    }

    pub(super) fn message_above(&self, bytes: u64) -> bool {
        self.bus.message_bytes.is_some_and(|size| size > bytes)
    }

    pub(super) fn delay_above(&self, seconds: u64) -> bool {
        self.bus.delay_seconds.is_some_and(|delay| delay > seconds)
    }

    pub(super) fn stores_objects(&self) -> bool {
        let objects = &self.objects;
        objects.needed || objects.archive || objects.uploads || objects.self_hosted
    }

    pub(super) fn cloud_is(&self, cloud: Cloud) -> bool {
        self.cloud == Some(cloud)
    }

    /// Whether an engine is operated already.
    pub fn operates(&self, engine: &str) -> bool {
        self.operates.iter().any(|name| by_name(name).is_some_and(|known| known.name == engine))
    }
}
