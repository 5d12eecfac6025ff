//! The workload as flags, over a file where one is named.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::PathBuf;

use bedplate_catalogue::matrix::{
    AnalyticsNeed, BusNeed, CacheUse, Cloud, Operations, Platform, Relations, Routing, Scale, Schema, Stage,
    Structures, Work, Workload,
};
use serde::de::DeserializeOwned;

use crate::exit::Failure;
use crate::project;

/// The largest file that can be a workload.
const MAX_WORKLOAD_BYTES: usize = 64 * 1024;

/// Reads a word of the workload; the error lists the words that there are.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_string())).map_err(|error| error.to_string())
}

#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// A file with the workload, in TOML or JSON; flags win over it
    #[arg(long, value_name = "FILE")]
    workload: Option<PathBuf>,
    /// How far the platform has come: pilot, production
    #[arg(long, value_parser = word::<Stage>, help_heading = "Platform")]
    stage: Option<Stage>,
    /// What runs the services: fly, kubernetes, serverless, none
    #[arg(long, value_parser = word::<Platform>, help_heading = "Platform")]
    platform: Option<Platform>,
    /// Whose cloud: aws, gcp, azure, none
    #[arg(long, value_parser = word::<Cloud>, help_heading = "Platform")]
    cloud: Option<Cloud>,
    /// How much there is to operate things with: low, normal
    #[arg(long, value_parser = word::<Operations>, help_heading = "Platform")]
    operations: Option<Operations>,
    /// It must be able to leave its cloud
    #[arg(long, help_heading = "Platform")]
    portable: bool,
    /// Engines that are operated already
    #[arg(long, value_delimiter = ',', help_heading = "Platform")]
    operates: Vec<String>,
    /// Processes of a service at once
    #[arg(long, help_heading = "Platform")]
    instances: Option<u32>,
    /// Machines on which they run
    #[arg(long, help_heading = "Platform")]
    machines: Option<u32>,
    /// Regions in which they run
    #[arg(long, help_heading = "Platform")]
    regions: Option<u32>,
    /// What the database mostly does: transactions, analytics
    #[arg(long, value_parser = word::<Work>, help_heading = "Database")]
    work: Option<Work>,
    /// How its data hangs together: simple, complex
    #[arg(long, value_parser = word::<Relations>, help_heading = "Database")]
    relations: Option<Relations>,
    /// Whether its schema is known beforehand: fixed, flexible
    #[arg(long, value_parser = word::<Schema>, help_heading = "Database")]
    schema: Option<Schema>,
    /// Several tenants share it
    #[arg(long, help_heading = "Database")]
    tenants: bool,
    /// Money depends on its transactions
    #[arg(long, help_heading = "Database")]
    financial: bool,
    /// Columns hold JSON that is queried
    #[arg(long, help_heading = "Database")]
    json_columns: bool,
    /// Full-text search, geography, time series and the like
    #[arg(long, help_heading = "Database")]
    extensions: bool,
    /// It is used at the edge, or offline first
    #[arg(long, help_heading = "Database")]
    local_first: bool,
    /// Users of a service at the same time
    #[arg(long, help_heading = "Database")]
    users: Option<u64>,
    /// Data of one service, in gigabytes
    #[arg(long, help_heading = "Database")]
    size_gb: Option<u64>,
    /// Writers at the same time
    #[arg(long, help_heading = "Database")]
    writers: Option<u32>,
    /// Regions in which there are writers
    #[arg(long, help_heading = "Database")]
    write_regions: Option<u32>,
    /// What analytics are for: reports, aggregations
    #[arg(long, value_parser = word::<AnalyticsNeed>, help_heading = "Analytics")]
    analytics: Option<AnalyticsNeed>,
    /// It reads Parquet files of a data lake
    #[arg(long, help_heading = "Analytics")]
    lake_files: bool,
    /// What the cache is used for: values, rate-limits, sessions, holds, dedupe, breakers, leaderboards, pub-sub
    #[arg(long, value_delimiter = ',', value_parser = word::<CacheUse>, help_heading = "Cache")]
    cache: Vec<CacheUse>,
    /// Whether several processes share its state
    #[arg(long, num_args = 0..=1, default_missing_value = "true", help_heading = "Cache")]
    cache_shared: Option<bool>,
    /// What its values look like: simple, rich
    #[arg(long, value_parser = word::<Structures>, help_heading = "Cache")]
    structures: Option<Structures>,
    /// Its values must outlive a restart
    #[arg(long, help_heading = "Cache")]
    persistent_cache: bool,
    /// Memory is scarce
    #[arg(long, help_heading = "Cache")]
    memory_scarce: bool,
    /// How much it holds, in mebibytes
    #[arg(long, help_heading = "Cache")]
    cache_mib: Option<u64>,
    /// How long an answer may take, in microseconds
    #[arg(long, help_heading = "Cache")]
    latency_us: Option<u64>,
    /// What the bus is for: events, tasks, streaming, low-latency, simple-events
    #[arg(long, value_parser = word::<BusNeed>, help_heading = "Bus")]
    bus: Option<BusNeed>,
    /// Whether a message may not be lost
    #[arg(long, num_args = 0..=1, default_missing_value = "true", help_heading = "Bus")]
    durable: Option<bool>,
    /// Messages of one key are handled in order
    #[arg(long, help_heading = "Bus")]
    ordering: bool,
    /// Old messages are read again
    #[arg(long, help_heading = "Bus")]
    replay: bool,
    /// Several services get each event
    #[arg(long, help_heading = "Bus")]
    fan_out: bool,
    /// Callers wait for a reply
    #[arg(long, help_heading = "Bus")]
    request_reply: bool,
    /// What could not be handled is kept aside
    #[arg(long, help_heading = "Bus")]
    dead_letters: bool,
    /// How messages find their way: simple, complex
    #[arg(long, value_parser = word::<Routing>, help_heading = "Bus")]
    routing: Option<Routing>,
    /// Messages a second
    #[arg(long, help_heading = "Bus")]
    rate: Option<u64>,
    /// Bytes of the largest message
    #[arg(long, help_heading = "Bus")]
    message_bytes: Option<u64>,
    /// Seconds for which a message may be held back
    #[arg(long, help_heading = "Bus")]
    delay_seconds: Option<u64>,
    /// Days for which messages are kept
    #[arg(long, help_heading = "Bus")]
    retention_days: Option<u32>,
    /// There are files or other large values
    #[arg(long, help_heading = "Objects")]
    objects: bool,
    /// Compliance asks for an archive that nobody can change
    #[arg(long, help_heading = "Objects")]
    archive: bool,
    /// Users upload files from a browser
    #[arg(long, help_heading = "Objects")]
    uploads: bool,
    /// Nothing may leave one's own machines
    #[arg(long, help_heading = "Objects")]
    self_hosted: bool,
    /// There are embeddings to search: moderate, high
    #[arg(long, value_parser = word::<Scale>, help_heading = "Vectors")]
    vectors: Option<Scale>,
}

/// A flag that is given wins; one that isn't leaves what is there.
macro_rules! override_with {
    ($($flag:expr => $place:expr;)*) => { $( if $flag.is_some() { $place = $flag; } )* };
}

impl Flags {
    pub(super) fn read(self) -> Result<Workload, Failure> {
        let mut workload = match &self.workload {
            None => Workload::default(),
            Some(file) => read_file(file)?,
        };
        workload.portable |= self.portable;
        workload.operates.extend(self.operates.iter().map(|name| name.to_lowercase()));
        override_with! {
            self.stage => workload.stage;
            self.platform => workload.platform;
            self.cloud => workload.cloud;
            self.operations => workload.operations;
            self.instances => workload.instances;
            self.machines => workload.machines;
            self.regions => workload.regions;
            self.work => workload.database.work;
            self.relations => workload.database.relations;
            self.schema => workload.database.schema;
            self.users => workload.database.concurrent_users;
            self.size_gb => workload.database.size_gb;
            self.writers => workload.database.writers;
            self.write_regions => workload.database.write_regions;
            self.analytics => workload.analytics.need;
            self.cache_shared => workload.cache.shared;
            self.structures => workload.cache.structures;
            self.cache_mib => workload.cache.size_mib;
            self.latency_us => workload.cache.latency_us;
            self.bus => workload.bus.need;
            self.durable => workload.bus.durable;
            self.routing => workload.bus.routing;
            self.rate => workload.bus.messages_per_second;
            self.message_bytes => workload.bus.message_bytes;
            self.delay_seconds => workload.bus.delay_seconds;
            self.retention_days => workload.bus.retention_days;
            self.vectors => workload.vectors.scale;
        }
        let database = &mut workload.database;
        database.tenants |= self.tenants;
        database.financial |= self.financial;
        database.json |= self.json_columns;
        database.extensions |= self.extensions;
        database.local_first |= self.local_first;
        workload.analytics.lake_files |= self.lake_files;
        workload.cache.uses.extend(self.cache.into_iter().collect::<BTreeSet<_>>());
        workload.cache.persistent |= self.persistent_cache;
        workload.cache.memory_scarce |= self.memory_scarce;
        workload.bus.ordering |= self.ordering;
        workload.bus.replay |= self.replay;
        workload.bus.fan_out |= self.fan_out;
        workload.bus.request_reply |= self.request_reply;
        workload.bus.dead_letters |= self.dead_letters;
        workload.objects.needed |= self.objects;
        workload.objects.archive |= self.archive;
        workload.objects.uploads |= self.uploads;
        workload.objects.self_hosted |= self.self_hosted;
        workload.vectors.needed |= self.vectors.is_some();
        Ok(workload)
    }
}

fn read_file(file: &std::path::Path) -> Result<Workload, Failure> {
    let shown = file.display();
    let unreadable = |error: &dyn Display| Failure::new(format!("`{shown}` can't be read: {error}"));
    let bytes = project::read_file(file).map_err(|error| unreadable(&error))?;
    if bytes.len() > MAX_WORKLOAD_BYTES {
        return Err(Failure::new(format!(
            "`{shown}` is no workload: one has {MAX_WORKLOAD_BYTES} bytes at most"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| unreadable(&error))?;
    let json = file.extension().is_some_and(|extension| extension == "json");
    let workload = if json {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |before| before.split('\n').count());
            format!("line {line}: {}", error.message())
        })
    };
    workload.map_err(|error| {
        Failure::new(format!("`{shown}` is no workload: {}", error.trim()))
            .with_help("`bedplate recommend --json` shows the shape of one under `workload`")
    })
}
