//! The order service's architecture decision record.

use bedplate_catalogue::matrix::Need::{Bus, Cache, Database};

use crate::branch::*;

branches! {
    seed_004_bus_is_rabbitmq
        { "stage": "production", "platform": "kubernetes", "bus": { "need": "events", "routing": "complex", "dead_letters": true, "fan_out": true } } =>
        is(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "dead-letters"), gains(Bus, "rabbitmq", "complex-routing"),
        gains(Bus, "rabbitmq", "fan-out"), is_out(Bus, "none", "asked-for");
    seed_004_bus_kafka_is_more_complex_and_event_sourcing_is_not_needed { "bus": { "need": "events", "routing": "complex" } } =>
        loses(Bus, "kafka", "no-event-sourcing");
    seed_004_bus_redis_streams_have_too_few_features
        { "operates": ["redis"], "bus": { "need": "events", "routing": "complex", "dead_letters": true } } =>
        is(Bus, "rabbitmq"), loses(Bus, "redis", "complex-routing");
    /// Simple events go to Redis streams where Redis runs, says the SaaS starter; complex routing makes the difference.
    seed_004_bus_redis_streams_lose_simple_events_with_complex_routing_to_rabbitmq
        { "operates": ["redis"], "bus": { "need": "events", "routing": "complex" } } => is(Bus, "rabbitmq");
    seed_004_bus_sqs_locks_in { "bus": { "need": "events" } } => loses(Bus, "aws", "lock-in");
    seed_004_bus_sqs_locks_in_even_on_eks
        { "platform": "kubernetes", "cloud": "aws", "portable": true, "bus": { "need": "events", "routing": "complex" } } =>
        is(Bus, "rabbitmq"), is_out(Bus, "aws", "portable");
    seed_004_bus_sqs_is_not_on_other_clouds { "cloud": "gcp", "bus": { "need": "events" } } => is_out(Bus, "aws", "another-cloud");
    seed_004_cache_is_redis
        { "stage": "production", "platform": "kubernetes", "cache": { "uses": ["dedupe", "sessions", "rate-limits", "pub-sub"], "structures": "rich" } } =>
        is(Cache, "redis"), gains(Cache, "redis", "rich-structures"), gains(Cache, "redis", "dedupe"), gains(Cache, "redis", "sessions"),
        comes_with(Cache, "redis", "cluster");
    seed_004_database_is_postgres
        { "stage": "production", "database": { "relations": "complex", "financial": true, "tenants": true, "json": true, "schema": "flexible" } } =>
        is(Database, "postgres"), gains(Database, "postgres", "financial"), gains(Database, "postgres", "tenants"),
        gains(Database, "postgres", "flexible-metadata"), loses(Database, "mongodb", "financial");
}
