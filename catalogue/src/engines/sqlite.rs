//! SQLite: a SQL database in one file, inside the service's own process.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, Setting, SettingKind, bus, cache, sql};

use crate::facts::*;
use crate::settings::SLOW_STATEMENT;
use crate::sources::{SAAS_STARTER, TOKEN_GATEWAY};

/// How long a writer waits for another one.
pub const BUSY_TIMEOUT: Setting = Setting {
    name: "busy_timeout",
    doc: "How long a writer waits for another writer before it gets `TimedOut`.",
    kind: SettingKind::Duration,
    default: "5s",
};
/// How many connections read beside the writer.
pub const READERS: Setting = Setting {
    name: "readers",
    doc: "Connections that read while another one writes.",
    kind: SettingKind::Count,
    default: "4",
};
/// How long a caller waits for a connection.
pub const POOL_TIMEOUT: Setting = Setting {
    name: "pool_timeout",
    doc: "How long a caller waits for a free connection before it gets `TimedOut`.",
    kind: SettingKind::Duration,
    default: "10s",
};
/// When a commit reaches the disk.
pub const SYNCHRONOUS: Setting = Setting {
    name: "synchronous",
    doc: "`full`: a commit survives a power cut. `normal`: it survives a crash of the process, and a power cut may undo the latest ones.",
    kind: SettingKind::Choice(&["full", "normal"]),
    default: "full",
};
/// How many prepared statements a connection keeps.
pub const STATEMENT_CACHE: Setting = Setting {
    name: "statement_cache",
    doc: "Prepared statements that each connection keeps.",
    kind: SettingKind::Count,
    default: "128",
};

const MANUAL_WHEN: &str = "SQLite manual: Appropriate Uses For SQLite";

/// SQLite.
pub static SQLITE: Engine = Engine {
    name: "sqlite",
    title: "SQLite",
    summary: "A SQL database in one file, inside the service's own process.",
    form: Form::Embedded,
    schemes: &["sqlite"],
    aliases: &["sqlite3"],
    licence: "Public domain",
    settings: &[BUSY_TIMEOUT, READERS, POOL_TIMEOUT, SYNCHRONOUS, STATEMENT_CACHE, SLOW_STATEMENT],
    dialect: Some(sql::Dialect::Sqlite),
    sql: Some(Offer {
        maturity: Maturity::Proven,
        features: sql::Features {
            reach: Reach::Machine,
            concurrent_writers: Promise::Refused,
            transactional_ddl: Promise::Native,
            insert_returning: Promise::Native,
            on_conflict: Promise::Native,
            nulls_first: Promise::Native,
            byte_order: Promise::Native,
            typed_columns: Promise::Refused,
            read_committed: Promise::Refused,
            replicas: Promise::Refused,
            update_returning: Promise::Native,
            decimal_arithmetic: Promise::Refused,
            tenants: Promise::Refused,
            max_parameters: Some(32_766),
            max_value_bytes: Some(1_000_000_000),
        },
    }),
    cache: Some(Offer {
        maturity: Maturity::Planned,
        features: cache::Features {
            reach: Reach::Machine,
            hashes: Promise::Emulated,
            lists: Promise::Emulated,
            sorted_sets: Promise::Emulated,
            scan: Promise::Native,
            max_key_bytes: Some(8 * KIB),
            max_value_bytes: Some(64 * MIB),
        },
    }),
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Machine,
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
        strength(
            "No server and nothing to configure: the database is a file that the process opens.",
            SAAS_STARTER,
        ),
        strength("Full ACID transactions, and quick at the short ones that services make.", SAAS_STARTER),
        strength("The most widely deployed database there is; about 600 KB of code.", SAAS_STARTER),
        strength(
            "With a write-ahead log, readers go on while somebody writes.",
            "SQLite manual: Write-Ahead Logging",
        ),
        weakness("One writer at a time.", SAAS_STARTER),
        weakness("Slow at large aggregations.", SAAS_STARTER),
        weakness("Doesn't reach beyond one machine without a layer such as LiteFS.", SAAS_STARTER),
        weakness("No replication: the data is one file on one disk.", TOKEN_GATEWAY),
        weakness(
            "Decimals are stored as text or floats; sums of them are floats.",
            "SQLite manual: Datatypes In SQLite",
        ),
        best_for("Services with data of their own, at the edge, and local-first.", SAAS_STARTER),
        best_for("The pilot: one instance, one file, write-ahead log for durability.", TOKEN_GATEWAY),
        avoid("Several replicas on several machines that write to one database.", TOKEN_GATEWAY),
        avoid(
            "A database file on a network file system: its locks are not to be trusted there.",
            MANUAL_WHEN,
        ),
        concurrency("Fewer than 100 concurrent users of a service.", SAAS_STARTER),
        size("Databases under 100 GB.", SAAS_STARTER),
        latency("A call inside the process: no network round trip.", MANUAL_WHEN),
        operation(
            "Nothing runs. Backups are copies made with its backup interface.",
            "SQLite manual: SQLite Backup API",
        ),
    ],
    ..BLANK
};
