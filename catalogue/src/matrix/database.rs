//! The rules for the database behind the services' requests.

use super::rule::{Need, Note, Rule};
use super::workload::{Platform, Relations, Work};
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

const DB: Need = Need::Database;

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    DB.gains("sqlite", 5, "zero-configuration", |_| true, "Nothing to install, configure or run.", SAAS_STARTER),
    DB.gains("sqlite", 30, "simple-data", |w| w.relations(Relations::Simple), "Transactions on simple data are what it is best at.", SAAS_STARTER),
    DB.gains("sqlite", 60, "pilot", |w| w.pilot(), "A pilot of one instance: one file, no server, a write-ahead log for durability.", TOKEN_GATEWAY),
    DB.gains("sqlite", 15, "local-first", |w| w.database.local_first, "Made for the edge and for services that work offline first.", SAAS_STARTER),
    DB.gains("sqlite", 20, "reads-in-every-region", |w| w.several_regions() && !w.writes_in_several_regions(), "With LiteFS every region reads its own copy.", SAAS_STARTER),
    DB.gains("sqlite", 10, "nothing-to-operate", |w| w.low_operations(), "There is no server to look after.", SAAS_STARTER),
    DB.loses("sqlite", 10, "complex-relations", |w| w.relations(Relations::Complex), "Complex relations belong into PostgreSQL.", SAAS_STARTER),
    DB.loses("sqlite", 40, "many-users", |w| w.database.concurrent_users.is_some_and(|users| users >= 100), "It is for fewer than 100 concurrent users of a service.", SAAS_STARTER),
    DB.loses("sqlite", 40, "much-data", |w| w.database.size_gb.is_some_and(|size| size >= 100), "It is for databases under 100 GB.", SAAS_STARTER),
    DB.loses("sqlite", 30, "single-writer", |w| w.database.writers.is_some_and(|writers| writers > 1), "Only one writes at a time.", SAAS_STARTER),
    DB.loses("sqlite", 20, "analytics", |w| w.analytical(), "Large aggregations are slow in it.", SAAS_STARTER),
    DB.loses("sqlite", 15, "tenants", |w| w.database.tenants, "It has no roles and no policies to keep tenants apart.", "SQLite manual: SQL Features That SQLite Does Not Implement"),
    DB.loses("sqlite", 30, "no-disk", |w| w.platform == Some(Platform::Serverless), "Functions have no disk that would keep its file.", "SQLite manual: Appropriate Uses For SQLite"),
    DB.out("sqlite", "not-distributed", |w| w.distributed() && !w.several_regions(), "Its one file can't be shared by the replicas of a distributed deployment.", TOKEN_GATEWAY),
    DB.out("sqlite", "one-write-region", |w| w.writes_in_several_regions(), "Even with LiteFS only one region writes.", SAAS_STARTER),

    DB.gains("postgres", 10, "default", |_| true, "The standard choice: relational, proven, with a large ecosystem.", SAAS_STARTER),
    DB.gains("postgres", 30, "complex-relations", |w| w.relations(Relations::Complex), "Relations and constraints are its strength.", SAAS_STARTER),
    DB.gains("postgres", 30, "production", |w| w.production(), "Production wants replication, partitions and proven reliability.", TOKEN_GATEWAY),
    DB.gains("postgres", 25, "replicas", |w| w.distributed(), "Every replica reaches it over the network.", TOKEN_GATEWAY),
    DB.gains("postgres", 30, "tenants", |w| w.database.tenants, "Row-level security keeps tenants apart.", ORDERS),
    DB.gains("postgres", 20, "financial", |w| w.database.financial, "ACID transactions that payments can rest on.", ORDERS),
    DB.gains("postgres", 15, "json", |w| w.database.json, "Its JSON support is better than its neighbours'.", TOKEN_GATEWAY),
    DB.gains("postgres", 10, "flexible-metadata", |w| w.flexible() && w.relations(Relations::Complex), "JSONB holds flexible fields beside relational ones.", ORDERS),
    DB.gains("postgres", 20, "extensions", |w| w.database.extensions, "Full-text search, GIS and time series come as features and extensions.", SAAS_STARTER),
    DB.gains("postgres", 15, "many-users", |w| w.database.concurrent_users.is_some_and(|users| users >= 100), "Connection pools and read replicas serve many users.", SAAS_STARTER),
    DB.gains("postgres", 15, "much-data", |w| w.database.size_gb.is_some_and(|size| size >= 100), "Partitioned tables carry large data.", TOKEN_GATEWAY),
    DB.gains("postgres", 15, "writers", |w| w.database.writers.is_some_and(|writers| writers > 1), "Writers of different rows don't wait for each other.", "PostgreSQL manual: Concurrency Control"),
    DB.gains("postgres", 20, "analytics", |w| w.analytical(), "Complex queries and aggregations are built in.", RESIDENTS),
    DB.loses("postgres", 30, "pilot", |w| w.pilot(), "A server process is unnecessary for a pilot of one instance.", TOKEN_GATEWAY),
    DB.loses("postgres", 5, "server", |w| w.low_operations(), "It needs a server, and more resources than an embedded database.", SAAS_STARTER),

    DB.loses("mysql", 15, "weaker-json", |w| w.stage.is_some() || w.database.json, "Weaker JSON than PostgreSQL.", TOKEN_GATEWAY),
    DB.gains("mysql", 10, "replicas", |w| w.distributed(), "Replication is part of it.", TOKEN_GATEWAY),
    DB.loses("mysql", 10, "tenants", |w| w.database.tenants, "It has no row-level security.", "MySQL manual: Access Control and Account Management"),

    DB.gains("mongodb", 45, "flexible-schema", |w| w.flexible(), "Documents whose schema is open or still changes.", SAAS_STARTER),
    DB.loses("mongodb", 40, "relational-data", |w| w.relations(Relations::Complex), "Relational data is needed, and joins are not its strength.", TOKEN_GATEWAY),
    DB.loses("mongodb", 30, "pilot", |w| w.pilot(), "A pilot does without a document server.", TOKEN_GATEWAY),
    DB.loses("mongodb", 20, "financial", |w| w.database.financial, "Eventually consistent unless told otherwise.", SAAS_STARTER),
    DB.loses("mongodb", 10, "memory", |w| w.low_operations(), "It uses a lot of memory.", SAAS_STARTER),

    DB.gains("cockroachdb", 60, "writers-in-several-regions", |w| w.writes_in_several_regions(), "Made for writers in several regions.", "CockroachDB manual: Multi-Region Capabilities Overview"),
    DB.loses("cockroachdb", 40, "overkill", |w| w.pilot(), "Overkill for a pilot.", TOKEN_GATEWAY),
    DB.loses("cockroachdb", 30, "complexity", |w| !w.pilot() && !w.writes_in_several_regions(), "Its complexity isn't justified while one region writes.", TOKEN_GATEWAY),

    DB.gains("litefs", 20, "several-regions", |w| w.several_regions(), "Replicates SQLite to every region without a change in the code.", SAAS_STARTER),
    DB.gains("litefs", 20, "fly", |w| w.platform == Some(Platform::Fly), "Made for Fly.io and platforms like it.", SAAS_STARTER),
    DB.loses("litefs", 15, "other-platform", |w| w.platform == Some(Platform::Kubernetes), "Optimized for Fly.io.", SAAS_STARTER),
    DB.loses("litefs", 10, "layer", |_| true, "One more layer to run.", SAAS_STARTER),
    DB.loses("litefs", 30, "one-region", |w| !w.several_regions(), "One region needs no replication between regions.", SAAS_STARTER),
    DB.out("litefs", "one-write-region", |w| w.writes_in_several_regions(), "Only one region writes.", SAAS_STARTER),

    DB.gains("libsql", 45, "serverless", |w| w.platform == Some(Platform::Serverless), "The fork of SQLite that fits serverless platforms.", SAAS_STARTER),
    DB.loses("libsql", 10, "not-serverless", |w| w.platform != Some(Platform::Serverless), "Where there is a disk SQLite itself will do.", SAAS_STARTER),
    DB.loses("libsql", 30, "single-writer", |w| w.database.writers.is_some_and(|writers| writers > 1), "Only one writes at a time, as in SQLite.", "libSQL manual: README"),

    DB.gains("duckdb", 80, "analytics", |w| w.analytical(), "10 to 50 times as fast as SQLite at aggregations.", SAAS_STARTER),
    DB.loses("duckdb", 60, "not-transactional", |w| w.database.work != Some(Work::Analytics), "Not made for transactions.", SAAS_STARTER),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    DB.note("sqlite", |w| w.several_regions(), "LiteFS, which replicates the file to the other regions", SAAS_STARTER),
    DB.note("postgres", |_| true, "a database of its own for each service", RESIDENTS),
    DB.note("postgres", |w| w.production(), "a managed server with backups, failover, monitoring and, to scale reads, replicas", AUTH_USER_PRODUCT),
    DB.note("postgres", |w| w.database.financial, "append-only audit tables for what moves money", RESIDENTS),
];
