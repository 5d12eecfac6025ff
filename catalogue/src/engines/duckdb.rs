//! DuckDB: an analytical SQL database inside the service's own process.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, sql};

use crate::facts::*;
use crate::sources::SAAS_STARTER;

/// DuckDB.
pub static DUCKDB: Engine = Engine {
    name: "duckdb",
    title: "DuckDB",
    summary: "An analytical SQL database, columnar and vectorized, inside the service's own process.",
    form: Form::Embedded,
    schemes: &["duckdb"],
    licence: "MIT",
    sql: Some(Offer {
        maturity: Maturity::Planned,
        features: sql::Features {
            // One process may write; others can only read a file that nobody writes.
            reach: Reach::Process,
            concurrent_writers: Promise::Native,
            transactional_ddl: Promise::Native,
            insert_returning: Promise::Native,
            on_conflict: Promise::Native,
            byte_order: Promise::Native,
            typed_columns: Promise::Native,
            update_returning: Promise::Native,
            decimal_arithmetic: Promise::Native,
            ..sql::Features::NONE
        },
    }),
    facts: &[
        strength("10 to 50 times as fast as SQLite at aggregations.", SAAS_STARTER),
        strength("Runs one query on all cores.", SAAS_STARTER),
        strength("Reads Parquet files where they lie.", SAAS_STARTER),
        strength("Speaks SQL close to PostgreSQL's.", SAAS_STARTER),
        weakness("Slower than row stores at many small transactions.", SAAS_STARTER),
        weakness("Takes more memory than SQLite.", SAAS_STARTER),
        weakness("Younger and less proven than SQLite.", SAAS_STARTER),
        best_for(
            "Reports, warehouses, business intelligence and transformation of large data sets.",
            SAAS_STARTER,
        ),
        avoid("The database behind a service's requests.", SAAS_STARTER),
        concurrency("One process writes; optimistic transactions inside it.", "DuckDB manual: Concurrency"),
        size("Spills to disk what doesn't fit into memory.", "DuckDB manual: Tuning Workloads"),
        operation("Nothing runs: a library and a file.", "DuckDB manual: Why DuckDB"),
    ],
    ..BLANK
};
