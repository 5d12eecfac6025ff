//! libSQL: a fork of SQLite with a server.

use bedplate_core::{Engine, Form, Maturity, Offer, Port, Promise, Reach, sql};

use crate::facts::*;
use crate::sources::SAAS_STARTER;

/// libSQL.
pub static LIBSQL: Engine = Engine {
    name: "libsql",
    title: "libSQL",
    summary: "A fork of SQLite by Turso that can be reached over the network.",
    form: Form::Server,
    schemes: &["libsql"],
    aliases: &["turso", "sqld"],
    licence: "MIT",
    ports: &[Port { purpose: "http", number: 8080 }, Port { purpose: "replication", number: 5001 }],
    dialect: Some(sql::Dialect::Sqlite),
    sql: Some(Offer {
        maturity: Maturity::Planned,
        features: sql::Features {
            reach: Reach::Network,
            transactional_ddl: Promise::Native,
            insert_returning: Promise::Native,
            on_conflict: Promise::Native,
            nulls_first: Promise::Native,
            byte_order: Promise::Native,
            update_returning: Promise::Native,
            max_parameters: Some(32_766),
            max_value_bytes: Some(1_000_000_000),
            ..sql::Features::NONE
        },
    }),
    facts: &[
        strength("SQLite's file format and SQL, made fit for serverless platforms.", SAAS_STARTER),
        strength(
            "Embedded replicas read locally and send their writes to the server.",
            "libSQL manual: Embedded Replicas",
        ),
        weakness("One writer at a time, as in SQLite.", "libSQL manual: README"),
        best_for("SQLite for functions that have no disk.", SAAS_STARTER),
        operation("A server of its own, or Turso's service.", "libSQL manual: libSQL Server"),
    ],
    ..BLANK
};
