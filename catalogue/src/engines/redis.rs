//! Redis: a server for data structures in memory; its streams are a bus.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, bus, cache};

use crate::facts::*;
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

/// Redis.
pub static REDIS: Engine = Engine {
    name: "redis",
    title: "Redis",
    summary: "A server for data structures in memory, with streams and pub/sub.",
    form: Form::Server,
    schemes: &["redis", "rediss"],
    aliases: &["redis-streams", "valkey"],
    licence: "BSD-3-Clause to 7.2; RSALv2 or SSPL-1.0 from 7.4; AGPL-3.0 too from 8.0",
    ports: &[Port { purpose: "clients", number: 6379 }],
    container: Some(Container {
        image: "redis:7-alpine",
        command: &["redis-server", "--appendonly", "yes"],
        data: Some("/data"),
        ready: &["redis-cli", "ping"],
    }),
    clients: &[url("REDIS_URL")],
    cache: Some(Offer {
        maturity: Maturity::Planned,
        features: cache::Features {
            reach: Reach::Network,
            hashes: Promise::Native,
            lists: Promise::Native,
            sorted_sets: Promise::Native,
            scan: Promise::Native,
            max_key_bytes: Some(512 * MIB),
            max_value_bytes: Some(512 * MIB),
        },
    }),
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            // With its append-only file, which the container's command turns on.
            durable: Promise::Native,
            key_order: Promise::Emulated,
            delay: Promise::Emulated,
            replay: Promise::Native,
            broadcast: Promise::Native,
            max_message_bytes: Some(512 * MIB),
            max_delay_seconds: None,
        },
    }),
    facts: &[
        strength("Strings, hashes, lists, sets and sorted sets.", SAAS_STARTER),
        strength("Sessions, rate limits, cache and pub/sub in one server.", SAAS_STARTER),
        strength(
            "State that all replicas share: limits can't be dodged by changing the instance.",
            AUTH_USER_PRODUCT,
        ),
        strength("Can keep its data on disk, by snapshots or an append-only file.", SAAS_STARTER),
        strength("Pub/sub tells replicas of an open circuit breaker.", TOKEN_GATEWAY),
        strength(
            "Streams have consumer groups much like Kafka's, and cost nothing where Redis already runs.",
            SAAS_STARTER,
        ),
        weakness("Everything lies in memory, which can be dear.", SAAS_STARTER),
        weakness("Commands run on one core.", SAAS_STARTER),
        weakness("A cluster of it is complex to set up.", SAAS_STARTER),
        weakness("Streams are less robust than a dedicated broker and scale less than Kafka.", SAAS_STARTER),
        weakness("Streams have too few features for complex routing.", ORDERS),
        best_for(
            "Limits, holds of three minutes, keys against duplicates, sessions, leaderboards.",
            RESIDENTS,
        ),
        best_for("Idempotency keys, sessions and rate limits of an order service.", ORDERS),
        best_for("Simple event streams where Redis is already operated.", SAAS_STARTER),
        avoid("Data that must outlive the cache: keep that in PostgreSQL.", RESIDENTS),
        avoid("A pilot of one instance: unnecessary.", TOKEN_GATEWAY),
        concurrency(
            "10,000 clients unless `maxclients` says otherwise.",
            "Redis manual: Redis client handling",
        ),
        size("As much as fits into memory.", SAAS_STARTER),
        latency("About 1 ms over the network.", TOKEN_GATEWAY),
        operation("One shared cluster with a namespace per service will do.", RESIDENTS),
        operation(
            "In production managed, with persistence, replication and an eye on its memory.",
            AUTH_USER_PRODUCT,
        ),
    ],
    ..BLANK
};
