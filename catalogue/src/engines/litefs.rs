//! LiteFS: SQLite files that are replicated to other machines and regions.

use bedplate_core::{Engine, Form, Maturity, Offer, Port, Promise, Reach, sql};

use crate::facts::*;
use crate::sources::SAAS_STARTER;

/// LiteFS.
pub static LITEFS: Engine = Engine {
    name: "litefs",
    title: "LiteFS",
    summary: "A file system that replicates SQLite databases from one primary to other machines.",
    form: Form::Server,
    schemes: &["litefs"],
    licence: "Apache-2.0",
    ports: &[Port { purpose: "replication", number: 20202 }],
    dialect: Some(sql::Dialect::Sqlite),
    sql: Some(Offer {
        maturity: Maturity::Planned,
        features: sql::Features {
            // Every machine reads its own copy; what writes must reach the primary.
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
        strength("Replicates SQLite without a change to the service's code.", SAAS_STARTER),
        strength("Each region reads its own copy.", SAAS_STARTER),
        strength("Chooses a new primary through Consul when the old one is lost.", SAAS_STARTER),
        weakness("All writes go to one region.", SAAS_STARTER),
        weakness("Made for Fly.io first.", SAAS_STARTER),
        weakness("A layer of its own to run and to understand.", SAAS_STARTER),
        weakness(
            "Replication is asynchronous: the latest writes can be lost with the primary.",
            "LiteFS manual: How LiteFS Works",
        ),
        best_for("SQLite in several regions, at the edge, on Fly.io and the like.", SAAS_STARTER),
        avoid("A service that writes in several regions.", SAAS_STARTER),
        concurrency("One writer at a time, on one machine.", SAAS_STARTER),
        latency("Local reads in every region.", SAAS_STARTER),
        operation(
            "A FUSE mount beside each instance, and Consul for the choice of the primary.",
            "LiteFS manual: Getting Started",
        ),
    ],
    ..BLANK
};
