//! The rules for the bus.

use super::rule::{NONE, Need, Note, Rule};
use super::workload::{BusNeed, Cloud, Platform, Routing, Workload};
use crate::facts::{KIB, MIB, THIRTY_DAYS};
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

const BUS: Need = Need::Bus;

fn complex(w: &Workload) -> bool {
    w.bus.routing == Some(Routing::Complex)
}

fn unjustified(w: &Workload) -> bool {
    w.pilot() || !w.needs_bus() || w.may_lose_events()
}

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    BUS.gains(NONE, 100, "not-yet", |w| !w.needs_bus(), "Nothing asks for a broker yet.", TOKEN_GATEWAY),
    BUS.gains(NONE, 90, "what-is-there-suffices", |w| w.may_lose_events(), "The few events that a first version has are carried by what is there already.", TOKEN_GATEWAY),
    BUS.out(NONE, "asked-for", |w| w.needs_bus() && !w.may_lose_events(), "Messages must arrive.", ORDERS),

    BUS.gains("nats", 5, "modern", |_| true, "Simple, light and built for microservices.", SAAS_STARTER),
    BUS.gains("nats", 40, "events", |w| w.bus(BusNeed::Events), "The recommended choice for events between services.", SAAS_STARTER),
    BUS.gains("nats", 50, "low-latency", |w| w.bus(BusNeed::LowLatency), "Fast: made for communication between microservices.", SAAS_STARTER),
    BUS.gains("nats", 25, "simple-events", |w| w.bus(BusNeed::SimpleEvents), "Easy to set up for simple events.", SAAS_STARTER),
    BUS.gains("nats", 15, "streaming", |w| w.bus(BusNeed::Streaming), "JetStream keeps events and plays them back.", SAAS_STARTER),
    BUS.gains("nats", 15, "low-volume", |w| w.few_messages(), "The choice where volumes are low.", SAAS_STARTER),
    BUS.gains("nats", 15, "high-volume", |w| w.many_messages(), "Millions of messages a second.", SAAS_STARTER),
    BUS.gains("nats", 15, "kubernetes", |w| w.platform == Some(Platform::Kubernetes), "At home in Kubernetes.", SAAS_STARTER),
    BUS.gains("nats", 10, "light", |w| w.low_operations(), "Needs few resources, and its cluster is simple.", SAAS_STARTER),
    BUS.gains("nats", 10, "request-reply", |w| w.bus.request_reply, "Request and reply is one of its patterns.", SAAS_STARTER),
    BUS.loses("nats", 25, "complex-routing", complex, "Routes less flexibly than RabbitMQ.", SAAS_STARTER),
    BUS.out("nats", "large-messages", |w| w.message_above(MIB - 18 * KIB), "Messages have 1 MB at most by default, headers included.", "NATS manual: Server Configuration"),
    BUS.out("nats", "long-delay", |w| w.delay_above(THIRTY_DAYS), "Bedplate holds messages back in it for 30 days at most.", "NATS manual: JetStream Consumers"),

    BUS.gains("rabbitmq", 5, "proven", |_| true, "Battle-tested for more than 15 years.", SAAS_STARTER),
    BUS.gains("rabbitmq", 50, "tasks", |w| w.bus(BusNeed::Tasks), "Task distribution: reliable, durable, with retries.", SAAS_STARTER),
    BUS.gains("rabbitmq", 20, "events", |w| w.bus(BusNeed::Events), "The traditional choice for events between services.", RESIDENTS),
    BUS.gains("rabbitmq", 40, "complex-routing", complex, "Exchanges route by topic, name and header.", SAAS_STARTER),
    BUS.gains("rabbitmq", 15, "request-reply", |w| w.bus.request_reply, "Request and reply is one of its uses.", SAAS_STARTER),
    BUS.gains("rabbitmq", 15, "durable", |w| w.bus.durable == Some(true), "For messages whose durability is critical.", SAAS_STARTER),
    BUS.gains("rabbitmq", 20, "dead-letters", |w| w.bus.dead_letters, "Acknowledgements, and dead-letter queues for what failed.", ORDERS),
    BUS.gains("rabbitmq", 5, "fan-out", |w| w.bus.fan_out, "Several consumers each get an event.", ORDERS),
    BUS.loses("rabbitmq", 20, "latency", |w| w.bus(BusNeed::LowLatency), "Not as fast as NATS.", SAAS_STARTER),
    BUS.loses("rabbitmq", 10, "resources", |w| w.low_operations(), "Many concepts, and at times a lot of memory.", SAAS_STARTER),
    BUS.loses("rabbitmq", 20, "unjustified", unjustified, "Its complexity isn't justified yet.", TOKEN_GATEWAY),
    BUS.loses("rabbitmq", 15, "retention", |w| w.bus.retention_days.is_some_and(|days| days > 0), "A queue forgets what was settled.", "RabbitMQ manual: Queues"),
    BUS.out("rabbitmq", "replay", |w| w.bus.replay, "A queue can't be read again.", "RabbitMQ manual: Queues"),
    BUS.out("rabbitmq", "large-messages", |w| w.message_above(16 * MIB), "Messages have 16 MiB at most by default.", "RabbitMQ manual: Release Notes 4.0"),
    BUS.out("rabbitmq", "long-delay", |w| w.delay_above(4_294_967), "Times to live end at 49 days.", "RabbitMQ manual: Time-To-Live and Expiration"),

    BUS.gains("kafka", 50, "event-log", |w| w.bus(BusNeed::Streaming) || w.bus.replay, "A log of events that is kept and can be replayed.", SAAS_STARTER),
    BUS.gains("kafka", 30, "high-volume", |w| w.many_messages(), "Takes in massive volumes.", SAAS_STARTER),
    BUS.gains("kafka", 20, "retention", |w| w.bus.retention_days.is_some_and(|days| days > 0), "Keeps events on disk for as long as asked.", SAAS_STARTER),
    BUS.gains("kafka", 10, "ordering", |w| w.bus.ordering, "Partitions keep the order of a key.", "Kafka manual: Introduction"),
    BUS.loses("kafka", 45, "task-queue", |w| w.bus(BusNeed::Tasks), "Not for simple task queues: RabbitMQ is.", SAAS_STARTER),
    BUS.loses("kafka", 45, "low-volume", |w| w.few_messages(), "Not for low volumes: NATS is.", SAAS_STARTER),
    BUS.loses("kafka", 45, "constrained", |w| w.low_operations(), "Not where resources are scarce.", SAAS_STARTER),
    BUS.loses("kafka", 20, "no-event-sourcing", |w| w.bus.need.is_some() && !w.bus(BusNeed::Streaming) && !w.bus.replay, "More complex, and better only at event sourcing, which isn't needed.", ORDERS),
    BUS.loses("kafka", 30, "unjustified", unjustified, "Its complexity isn't justified yet.", TOKEN_GATEWAY),
    BUS.out("kafka", "delay", |w| w.delay_above(0), "Holds no message back.", "Kafka manual: Design"),
    BUS.out("kafka", "large-messages", |w| w.message_above(1_000_000), "Batches have about 1 MB at most by default.", "Kafka manual: Broker Configs"),

    BUS.gains("redis", 60, "simple-events-on-redis", |w| w.bus(BusNeed::SimpleEvents) && !w.may_lose_events() && w.operates("redis"), "Simple events where Redis already runs: streams are a free addition.", SAAS_STARTER),
    BUS.gains("redis", 5, "simple-events", |w| w.bus(BusNeed::SimpleEvents), "Streams are easier than Kafka.", SAAS_STARTER),
    BUS.loses("redis", 30, "complex-routing", complex, "Too few features for complex routing.", ORDERS),
    BUS.loses("redis", 15, "high-volume", |w| w.many_messages(), "Scales less than Kafka.", SAAS_STARTER),
    BUS.loses("redis", 10, "durable", |w| w.bus.durable == Some(true), "Less robust than a dedicated broker.", SAAS_STARTER),
    BUS.out("redis", "large-messages", |w| w.message_above(512 * MIB), "Strings have 512 MB at most.", "Redis manual: Strings"),

    BUS.gains("aws", 40, "on-aws", |w| w.bus.need.is_some() && w.cloud_is(Cloud::Aws), "The bus that is there on AWS: topics publish, queues consume.", AUTH_USER_PRODUCT),
    BUS.gains("aws", 10, "fan-out", |w| w.bus.fan_out, "A topic hands each event to every service's queue.", AUTH_USER_PRODUCT),
    BUS.gains("aws", 15, "nothing-to-operate", |w| w.low_operations(), "Amazon runs it.", AUTH_USER_PRODUCT),
    BUS.gains("aws", 5, "dead-letters", |w| w.bus.dead_letters, "Dead-letter queues are part of it.", AUTH_USER_PRODUCT),
    BUS.loses("aws", 25, "lock-in", |w| w.cloud.is_none(), "Ties the platform to one vendor.", ORDERS),
    BUS.loses("aws", 20, "complex-routing", complex, "Filters attributes, and routes no further.", "Amazon SNS manual: Message filtering"),
    BUS.loses("aws", 20, "unjustified", unjustified, "Its complexity isn't justified yet.", TOKEN_GATEWAY),
    BUS.out("aws", "portable", |w| w.portable, "The platform must be able to leave its vendor.", ORDERS),
    BUS.out("aws", "another-cloud", |w| w.cloud.is_some_and(|cloud| cloud != Cloud::Aws), "The platform doesn't live on AWS.", ORDERS),
    BUS.out("aws", "replay", |w| w.bus.replay, "A message is gone once it is deleted.", "Amazon SQS manual: Basic architecture"),
    BUS.out("aws", "large-messages", |w| w.message_above(178 * KIB), "Messages have 256 KiB at most, of which headers and base64 leave 178.", "Amazon SNS manual: Quotas"),
    BUS.out("aws", "long-delay", |w| w.delay_above(900), "Delays have 15 minutes at most.", "Amazon SQS manual: Delay queues"),
    BUS.out("aws", "retention", |w| w.bus.retention_days.is_some_and(|days| days > 14), "Messages are kept for 14 days at most.", "Amazon SQS manual: Message quotas"),

    BUS.gains("postgres", 20, "simple-events", |w| w.bus(BusNeed::SimpleEvents), "`LISTEN`/`NOTIFY` in the database that is there will do.", TOKEN_GATEWAY),
    BUS.loses("postgres", 40, "high-volume", |w| w.many_messages(), "Every message is a row that is written, and deleted again.", "PostgreSQL manual: Routine Vacuuming"),
    BUS.loses("postgres", 20, "latency", |w| w.bus(BusNeed::LowLatency), "Not as fast as a message server.", "PostgreSQL manual: NOTIFY"),
    BUS.loses("postgres", 20, "complex-routing", complex, "Has channels and no routing.", "PostgreSQL manual: NOTIFY"),
    BUS.out("postgres", "large-messages", |w| w.message_above(MIB), "Bedplate takes 1 MiB at most in a row of its log.", "PostgreSQL manual: TOAST"),
    BUS.out("postgres", "long-delay", |w| w.delay_above(THIRTY_DAYS), "Bedplate holds messages back in it for 30 days at most.", "PostgreSQL manual: Routine Vacuuming"),

    BUS.gains("sqlite", 60, "pilot", |w| w.bus.need.is_some() && w.pilot(), "A pilot keeps everything in one file: no broker to run.", TOKEN_GATEWAY),
    BUS.loses("sqlite", 15, "not-a-pilot", |w| !w.pilot(), "Brokers are made for it; this is a log in a file.", "SQLite manual: Appropriate Uses For SQLite"),
    BUS.loses("sqlite", 40, "high-volume", |w| w.many_messages(), "Only one writes at a time.", SAAS_STARTER),
    BUS.out("sqlite", "several-machines", |w| w.distributed(), "Its file belongs to one machine.", TOKEN_GATEWAY),
    BUS.out("sqlite", "large-messages", |w| w.message_above(MIB), "Bedplate takes 1 MiB at most in a row of its log.", "SQLite manual: Limits In SQLite"),
    BUS.out("sqlite", "long-delay", |w| w.delay_above(THIRTY_DAYS), "Bedplate holds messages back in it for 30 days at most.", "SQLite manual: Limits In SQLite"),

    BUS.gains("memory", 20, "one-process", |w| w.bus.need.is_some() && w.pilot() && w.bus.durable == Some(false), "A pilot of one process whose messages may be lost.", TOKEN_GATEWAY),
    BUS.out("memory", "not-durable", |w| w.bus.durable != Some(false), "Lost on restart.", SAAS_STARTER),
    BUS.out("memory", "several-processes", |w| w.several_processes(), "Replicas see nothing of each other's memory.", TOKEN_GATEWAY),
    BUS.out("memory", "replay", |w| w.bus.replay, "Forgets what was settled.", SAAS_STARTER),
    BUS.out("memory", "large-messages", |w| w.message_above(MIB), "Messages have 1 MiB at most.", "Bedplate manual: the memory engine"),
    BUS.out("memory", "long-delay", |w| w.delay_above(THIRTY_DAYS), "Delays have 30 days at most.", "Bedplate manual: the memory engine"),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    BUS.note(NONE, unjustified, "PostgreSQL's `LISTEN`/`NOTIFY` and Redis pub/sub for the first events", TOKEN_GATEWAY),
    BUS.note("nats", |w| w.bus.durable != Some(false), "JetStream, its persistence layer", SAAS_STARTER),
    BUS.note("rabbitmq", |w| w.production(), "a managed or monitored cluster", RESIDENTS),
    BUS.note("aws", |w| w.cloud_is(Cloud::Aws), "dead-letter queues, alarms on queue depth, and a local endpoint on port 4566 for development", AUTH_USER_PRODUCT),
];
