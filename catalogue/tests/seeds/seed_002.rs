//! The platform of an auth, a user and a product service.

use bedplate_catalogue::matrix::Need::{Bus, Cache, Database};

use crate::branch::*;

branches! {
    seed_002_database_per_service_is_postgres { "stage": "production", "database": { "work": "transactions" } } =>
        is(Database, "postgres"), comes_with(Database, "postgres", "each service"), comes_with(Database, "postgres", "replicas");
    seed_002_cache_shared_rate_limits_are_redis { "instances": 2, "cache": { "uses": ["rate-limits"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "rate-limits");
    seed_002_cache_user_data_is_redis { "instances": 2, "cache": { "uses": ["values"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "values");
    seed_002_cache_sessions_are_redis { "instances": 2, "cache": { "uses": ["sessions"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "sessions");
    seed_002_cache_falls_back_to_memory_for_one_process { "instances": 1, "cache": { "uses": ["rate-limits"] } } =>
        is(Cache, "memory");
    seed_002_cache_in_production_is_managed { "stage": "production", "cache": { "uses": ["values", "rate-limits"] } } =>
        is(Cache, "redis"), comes_with(Cache, "redis", "persistence");
    /// The order service refuses SQS for its lock-in: it may run in any cloud. This platform lives on AWS.
    seed_002_bus_on_aws_is_sns_to_sqs { "cloud": "aws", "operations": "low", "bus": { "need": "events", "fan_out": true } } =>
        is(Bus, "aws"), gains(Bus, "aws", "on-aws"), gains(Bus, "aws", "fan-out"), gains(Bus, "aws", "nothing-to-operate"),
        comes_with(Bus, "aws", "4566");
    seed_002_bus_in_production_has_dead_letters
        { "stage": "production", "cloud": "aws", "operations": "low", "bus": { "need": "events", "fan_out": true, "dead_letters": true } } =>
        is(Bus, "aws"), gains(Bus, "aws", "dead-letters"), comes_with(Bus, "aws", "dead-letter queues");
}
