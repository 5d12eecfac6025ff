//! CockroachDB: a SQL database that is distributed over machines and regions.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, sql};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// CockroachDB.
pub static COCKROACHDB: Engine = Engine {
    name: "cockroachdb",
    title: "CockroachDB",
    summary: "A SQL database that is distributed by itself and speaks PostgreSQL's protocol.",
    form: Form::Server,
    schemes: &["cockroachdb", "cockroach"],
    aliases: &["cockroach"],
    licence: "CockroachDB Software License",
    ports: &[Port { purpose: "clients", number: 26257 }, Port { purpose: "console", number: 8080 }],
    container: Some(Container {
        image: "cockroachdb/cockroach:latest-v25.2",
        command: &["start-single-node"],
        data: Some("/cockroach/cockroach-data"),
        ready: &["curl", "-fsSk", "https://127.0.0.1:8080/health?ready=1"],
    }),
    dialect: Some(sql::Dialect::Postgres),
    sql: Some(Offer {
        maturity: Maturity::Planned,
        features: sql::Features {
            reach: Reach::Network,
            concurrent_writers: Promise::Native,
            // Schema changes run online, and can fail after the transaction that asked for them has committed.
            transactional_ddl: Promise::Refused,
            insert_returning: Promise::Native,
            on_conflict: Promise::Native,
            nulls_first: Promise::Native,
            byte_order: Promise::Native,
            typed_columns: Promise::Native,
            read_committed: Promise::Native,
            update_returning: Promise::Native,
            decimal_arithmetic: Promise::Native,
            tenants: Promise::Native,
            replicas: Promise::Refused,
            max_parameters: Some(65_535),
            max_value_bytes: Some(16 * MIB),
        },
    }),
    facts: &[
        strength("Replication and distribution are built in.", TOKEN_GATEWAY),
        strength(
            "Survives the loss of a machine or a region without losing a commit.",
            "CockroachDB manual: Multi-Region Capabilities Overview",
        ),
        weakness("Its complexity wants a reason.", TOKEN_GATEWAY),
        weakness(
            "Schema changes inside a transaction aren't atomic.",
            "CockroachDB manual: Online Schema Changes",
        ),
        best_for(
            "Writers in several regions on one database.",
            "CockroachDB manual: Multi-Region Capabilities Overview",
        ),
        avoid("A pilot, and production in one region: overkill.", TOKEN_GATEWAY),
        concurrency(
            "Writers anywhere; a transaction that loses a race is retried.",
            "CockroachDB manual: Transaction Retry Error Reference",
        ),
        operation(
            "Three machines or more, each able to reach the others.",
            "CockroachDB manual: Production Checklist",
        ),
    ],
    ..BLANK
};
