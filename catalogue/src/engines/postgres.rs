//! PostgreSQL: the relational database server.

use bedplate_core::{
    Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, Setting, SettingKind, bus, sql,
};

use crate::facts::*;
use crate::settings::SLOW_STATEMENT;
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

/// How many connections a process holds.
pub const CONNECTION_LIMIT: Setting = Setting {
    name: "connection_limit",
    doc: "Connections that one process holds at most.",
    kind: SettingKind::Count,
    default: "10",
};
/// How long a caller waits for a connection.
pub const POOL_TIMEOUT: Setting = Setting {
    name: "pool_timeout",
    doc: "How long a caller waits for a free connection before it gets `TimedOut`.",
    kind: SettingKind::Duration,
    default: "10s",
};
/// How long a new connection may take.
pub const CONNECT_TIMEOUT: Setting = Setting {
    name: "connect_timeout",
    doc: "How long a new connection to the server may take.",
    kind: SettingKind::Duration,
    default: "10s",
};
/// Whether the connection is encrypted and the server's certificate checked.
pub const SSLMODE: Setting = Setting {
    name: "sslmode",
    doc: "`disable`: never encrypted. `prefer`: where the server can. `require`: always. `verify-full`: always, and the certificate must be the host's.",
    kind: SettingKind::Choice(&["disable", "prefer", "require", "verify-full"]),
    default: "prefer",
};
/// The certificates of the authorities that are trusted.
pub const SSLROOTCERT: Setting = Setting {
    name: "sslrootcert",
    doc: "A PEM file with the authorities that `verify-full` trusts; empty: those of the build.",
    kind: SettingKind::Text,
    default: "",
};
/// How many prepared statements a connection keeps.
pub const STATEMENT_CACHE: Setting = Setting {
    name: "statement_cache",
    doc: "Prepared statements that each connection keeps; 0: none.",
    kind: SettingKind::Count,
    default: "128",
};
/// What the server's activity view shows.
pub const APPLICATION_NAME: Setting = Setting {
    name: "application_name",
    doc: "What the server shows in `pg_stat_activity`.",
    kind: SettingKind::Text,
    default: "bedplate",
};
/// The standbys from which a replica handle reads.
pub const REPLICAS: Setting = Setting {
    name: "replicas",
    doc: "Standbys to read from, as `host:port,host:port`; the user, the password and the database are those of the URL.",
    kind: SettingKind::Text,
    default: "",
};
/// How long a read may wait for a replica.
pub const REPLICA_WAIT: Setting = Setting {
    name: "replica_wait",
    doc: "How long a read waits for a replica to have what was written before, until the primary answers it.",
    kind: SettingKind::Duration,
    default: "1s",
};

/// PostgreSQL.
pub static POSTGRES: Engine = Engine {
    name: "postgres",
    title: "PostgreSQL",
    summary: "The relational database server: transactions, constraints, JSON, extensions.",
    form: Form::Server,
    schemes: &["postgres", "postgresql"],
    aliases: &["postgresql", "pg"],
    licence: "PostgreSQL",
    ports: &[Port { purpose: "clients", number: 5432 }],
    container: Some(Container {
        image: "postgres:16-alpine",
        command: &[],
        data: Some("/var/lib/postgresql/data"),
        // Over TCP: while the image prepares its data folder, a server answers on the socket only.
        ready: &["pg_isready", "-h", "127.0.0.1"],
    }),
    settings: &[
        CONNECTION_LIMIT,
        POOL_TIMEOUT,
        CONNECT_TIMEOUT,
        SSLMODE,
        SSLROOTCERT,
        STATEMENT_CACHE,
        APPLICATION_NAME,
        REPLICAS,
        REPLICA_WAIT,
        SLOW_STATEMENT,
    ],
    connections: Some(100),
    archive: &[
        ("wal_level", "replica"),
        ("archive_mode", "on"),
        // A file that is there already is never replaced; it is fine where it is the same, and only then. The whole of a new one is on the disk
        // before it has its name.
        (
            "archive_command",
            "if test -f {archive}/%f; then cmp -s %p {archive}/%f; else cp %p {archive}/%f.part && sync {archive}/%f.part && mv {archive}/%f.part {archive}/%f; fi",
        ),
        // A quiet server would keep its last changes to itself.
        ("archive_timeout", "60s"),
    ],
    dialect: Some(sql::Dialect::Postgres),
    sql: Some(Offer {
        maturity: Maturity::Proven,
        features: sql::Features {
            reach: Reach::Network,
            concurrent_writers: Promise::Native,
            transactional_ddl: Promise::Native,
            insert_returning: Promise::Native,
            on_conflict: Promise::Native,
            nulls_first: Promise::Refused,
            byte_order: Promise::Native,
            typed_columns: Promise::Native,
            read_committed: Promise::Native,
            replicas: Promise::Native,
            update_returning: Promise::Native,
            decimal_arithmetic: Promise::Native,
            tenants: Promise::Native,
            max_parameters: Some(65_535),
            max_value_bytes: Some(GIB - 1),
        },
    }),
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            durable: Promise::Native,
            key_order: Promise::Emulated,
            delay: Promise::Emulated,
            replay: Promise::Emulated,
            broadcast: Promise::Emulated,
            max_message_bytes: Some(MIB),
            max_delay_seconds: Some(THIRTY_DAYS),
        },
    }),
    facts: &[
        strength("Transactions that payments and bookings can rest on.", RESIDENTS),
        strength("Constraints and relations that keep linked data consistent.", RESIDENTS),
        strength(
            "JSON, arrays, full-text search, and extensions such as PostGIS and TimescaleDB.",
            SAAS_STARTER,
        ),
        strength("Streaming replication, read replicas, partitioned tables.", TOKEN_GATEWAY),
        strength("Row-level security keeps tenants apart inside one database.", ORDERS),
        strength("Better JSON than MySQL.", TOKEN_GATEWAY),
        strength("`LISTEN`/`NOTIFY` carries simple events without a broker.", TOKEN_GATEWAY),
        strength("pgvector adds similarity search without another server.", RESIDENTS),
        weakness("A server that has to be set up, fed and looked after.", SAAS_STARTER),
        weakness("Takes more resources than an embedded database.", SAAS_STARTER),
        weakness(
            "A notification carries less than 8,000 bytes and only reaches who listens at that moment.",
            "PostgreSQL manual: NOTIFY",
        ),
        best_for("Complex relations, many tenants, one database for each service.", SAAS_STARTER),
        best_for("Production with several replicas of a service.", TOKEN_GATEWAY),
        best_for("Reports on what the services' transactions wrote.", RESIDENTS),
        avoid("A five-minute pilot of one instance: unnecessary there.", TOKEN_GATEWAY),
        concurrency(
            "Pools of 10 (development), 5 (staging) and 20 (production) connections per service.",
            AUTH_USER_PRODUCT,
        ),
        concurrency(
            "100 connections unless `max_connections` says otherwise.",
            "PostgreSQL manual: Connections and Authentication",
        ),
        size("32 TB in one table, 1 GB in one field.", "PostgreSQL manual: PostgreSQL Limits"),
        operation("Managed by every large cloud: backups, failover and monitoring come with it.", RESIDENTS),
    ],
    ..BLANK
};
