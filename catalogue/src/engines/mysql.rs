//! MySQL and MariaDB: relational database servers with one protocol.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, sql};

// The pool, its times and the encryption are set with the same words for every server of this kind.
pub use super::postgres::{
    CONNECT_TIMEOUT, CONNECTION_LIMIT, POOL_TIMEOUT, SSLMODE, SSLROOTCERT, STATEMENT_CACHE,
};
use crate::facts::*;
use crate::settings::SLOW_STATEMENT;
use crate::sources::TOKEN_GATEWAY;

/// MySQL and MariaDB.
pub static MYSQL: Engine = Engine {
    name: "mysql",
    title: "MySQL/MariaDB",
    summary: "Two relational database servers of one family that speak one protocol; proven on MariaDB.",
    form: Form::Server,
    schemes: &["mysql", "mariadb"],
    aliases: &["mariadb"],
    licence: "GPL-2.0",
    ports: &[Port { purpose: "clients", number: 3306 }],
    container: Some(Container {
        image: "mariadb:11.4",
        command: &[
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_nopad_bin",
            "--max-allowed-packet=64M",
        ],
        data: Some("/var/lib/mysql"),
        ready: &["healthcheck.sh", "--connect", "--innodb_initialized"],
    }),
    settings: &[
        CONNECTION_LIMIT,
        POOL_TIMEOUT,
        CONNECT_TIMEOUT,
        SSLMODE,
        SSLROOTCERT,
        STATEMENT_CACHE,
        SLOW_STATEMENT,
    ],
    connections: Some(151),
    dialect: Some(sql::Dialect::Mysql),
    sql: Some(Offer {
        maturity: Maturity::Proven,
        features: sql::Features {
            reach: Reach::Network,
            concurrent_writers: Promise::Native,
            // Every CREATE or ALTER commits what went before it.
            transactional_ddl: Promise::Refused,
            // MariaDB's; a MySQL server refuses it when it is opened.
            insert_returning: Promise::Native,
            on_conflict: Promise::Refused,
            nulls_first: Promise::Native,
            // Of a database with a binary collation; one with another refuses it when it is opened.
            byte_order: Promise::Native,
            typed_columns: Promise::Native,
            read_committed: Promise::Native,
            replicas: Promise::Refused,
            update_returning: Promise::Refused,
            decimal_arithmetic: Promise::Native,
            tenants: Promise::Refused,
            max_parameters: Some(65_535),
            // Half of `max_allowed_packet`, in MariaDB's smaller default, less what stands beside a value; an open handle has the
            // server's own. Half, because a dump writes bytes as text that is twice as long.
            max_value_bytes: Some(8 * MIB - 32 * KIB),
        },
    }),
    facts: &[
        strength("Replication is part of it.", TOKEN_GATEWAY),
        strength("Known to every hosting company and most operators.", "MySQL manual: What is MySQL"),
        weakness("Weaker JSON than PostgreSQL.", TOKEN_GATEWAY),
        weakness(
            "A migration that fails half-way stays half-way: schema changes commit by themselves.",
            "MySQL manual: Statements That Cause an Implicit Commit",
        ),
        weakness("No row-level security.", "MySQL manual: Access Control and Account Management"),
        avoid("A new platform that may just as well begin with PostgreSQL.", TOKEN_GATEWAY),
        concurrency(
            "Row locks: writers of different rows don't wait for each other.",
            "MySQL manual: InnoDB Locking",
        ),
        concurrency(
            "151 connections unless `max_connections` says otherwise.",
            "MySQL manual: Server System Variables",
        ),
        weakness(
            "The two differ in their SQL: `INSERT .. RETURNING` and a repeatable read that is one snapshot are MariaDB's.",
            "MariaDB manual: Incompatibilities and Feature Differences Between MariaDB and MySQL",
        ),
        operation("A server of its own, managed by every large cloud.", TOKEN_GATEWAY),
    ],
    ..BLANK
};
