//! The token gateway's infrastructure choices: each solution of each table, in the pilot and in production.

use bedplate_catalogue::by_name;
use bedplate_catalogue::matrix::Need::{Bus, Cache, Database, Objects};
use bedplate_core::{Aspect, Capability, Form, Reach};

use crate::branch::*;

branches! {
    seed_001_database_pilot_sqlite_is_chosen { "stage": "pilot", "instances": 1, "database": { "relations": "complex", "json": true } } =>
        is(Database, "sqlite"), gains(Database, "sqlite", "pilot");
    seed_001_database_pilot_postgres_is_unnecessary { "stage": "pilot", "instances": 1 } => loses(Database, "postgres", "pilot");
    seed_001_database_pilot_mysql_has_weaker_json { "stage": "pilot", "instances": 1 } => loses(Database, "mysql", "weaker-json");
    seed_001_database_pilot_mongodb_is_rejected { "stage": "pilot", "instances": 1 } => loses(Database, "mongodb", "pilot");
    seed_001_database_pilot_cockroachdb_is_overkill { "stage": "pilot", "instances": 1 } => loses(Database, "cockroachdb", "overkill");
    /// Production has replicas; the SaaS starter's SQLite in production has one instance.
    seed_001_database_production_sqlite_is_not_distributed
        { "stage": "production", "machines": 3, "database": { "relations": "simple" } } =>
        is_out(Database, "sqlite", "not-distributed");
    seed_001_database_production_postgres_is_chosen { "stage": "production", "database": { "json": true } } =>
        is(Database, "postgres"), gains(Database, "postgres", "production"), gains(Database, "postgres", "replicas"),
        gains(Database, "postgres", "json"), is_out(Database, "sqlite", "not-distributed");
    seed_001_database_production_postgres_is_partitioned { "stage": "production", "database": { "size_gb": 800, "concurrent_users": 5000 } } =>
        is(Database, "postgres"), gains(Database, "postgres", "much-data"), gains(Database, "postgres", "many-users");
    seed_001_database_production_mysql_has_weaker_json { "stage": "production" } =>
        loses(Database, "mysql", "weaker-json"), gains(Database, "mysql", "replicas");
    seed_001_database_production_mongodb_lacks_relations { "stage": "production", "database": { "relations": "complex" } } =>
        loses(Database, "mongodb", "relational-data");
    seed_001_database_production_cockroachdb_is_not_justified { "stage": "production", "machines": 3 } =>
        loses(Database, "cockroachdb", "complexity");

    seed_001_cache_pilot_memory_is_chosen { "stage": "pilot", "cache": { "uses": ["rate-limits", "values"] } } =>
        is(Cache, "memory"), gains(Cache, "memory", "pilot");
    seed_001_cache_pilot_redis_is_unnecessary { "stage": "pilot", "cache": { "uses": ["rate-limits"] } } => loses(Cache, "redis", "unnecessary");
    seed_001_cache_pilot_memcached_is_unnecessary { "stage": "pilot", "cache": { "uses": ["rate-limits"] } } => loses(Cache, "memcached", "unnecessary");
    seed_001_cache_pilot_dynamodb_has_higher_latency { "stage": "pilot", "cache": { "uses": ["rate-limits"] } } => loses(Cache, "dynamodb", "latency");
    seed_001_cache_production_memory_is_not_distributed { "stage": "production", "cache": { "uses": ["rate-limits"] } } => is_out(Cache, "memory", "shared");
    seed_001_cache_production_redis_is_chosen
        { "stage": "production", "machines": 3, "cache": { "uses": ["rate-limits", "breakers", "sessions"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "breakers"), gains(Cache, "redis", "shared");
    seed_001_cache_production_memcached_is_the_alternative
        { "stage": "production", "machines": 3, "cache": { "uses": ["rate-limits", "sessions"] } } =>
        is_second(Cache, "memcached"), loses(Cache, "memcached", "poorer-structures"), gains(Cache, "memcached", "shared");
    seed_001_cache_production_dynamodb_costs_more { "stage": "production", "cache": { "uses": ["rate-limits"] } } =>
        loses(Cache, "dynamodb", "cost"), gains(Cache, "dynamodb", "shared");
    seed_001_cache_memory_answers_in_a_tenth_of_a_millisecond { "cache": { "uses": ["values"], "latency_us": 100 } } =>
        is(Cache, "memory"), gains(Cache, "memory", "latency"), is_out(Cache, "redis", "latency"), is_out(Cache, "memcached", "latency");
    seed_001_cache_redis_answers_in_a_millisecond { "instances": 3, "cache": { "uses": ["values"], "latency_us": 1000 } } => is(Cache, "redis");
    seed_001_cache_dynamodb_answers_in_five_milliseconds { "cache": { "uses": ["values"], "shared": true, "latency_us": 4999 } } =>
        is_out(Cache, "dynamodb", "latency-budget");
    seed_001_cache_dynamodb_meets_five_milliseconds { "cache": { "uses": ["values"], "shared": true, "latency_us": 5000 } } =>
        is_above(Cache, "dynamodb", "memory");

    seed_001_objects_pilot_none_is_chosen { "stage": "pilot" } => is(Objects, "none"), gains(Objects, "none", "database-only");
    seed_001_objects_pilot_files_are_the_alternative { "stage": "pilot", "objects": { "needed": true } } =>
        is(Objects, "files"), gains(Objects, "files", "pilot"), gains(Objects, "files", "one-machine");
    seed_001_objects_pilot_s3_is_unnecessary { "stage": "pilot", "objects": { "needed": true } } => loses(Objects, "s3", "unnecessary");
    seed_001_objects_pilot_gcs_is_unnecessary { "stage": "pilot", "cloud": "gcp", "objects": { "needed": true } } =>
        is(Objects, "files"), loses(Objects, "gcs", "unnecessary");
    seed_001_objects_pilot_azure_is_unnecessary { "stage": "pilot", "cloud": "azure", "objects": { "needed": true } } =>
        is(Objects, "files"), loses(Objects, "azure", "unnecessary");
    seed_001_objects_pilot_minio_is_unnecessary { "stage": "pilot", "objects": { "self_hosted": true } } =>
        is(Objects, "files"), loses(Objects, "minio", "unnecessary");
    seed_001_objects_production_none_lacks_an_archive { "stage": "production", "objects": { "archive": true } } => is_out(Objects, "none", "archive");
    seed_001_objects_production_files_are_not_distributed { "stage": "production", "objects": { "needed": true } } =>
        is_out(Objects, "files", "not-distributed"), is(Objects, "s3");
    seed_001_objects_production_s3_is_chosen { "stage": "production", "objects": { "archive": true } } =>
        is(Objects, "s3"), gains(Objects, "s3", "archive"), gains(Objects, "s3", "production"), comes_with(Objects, "s3", "retention");
    seed_001_objects_production_s3_fits_aws { "stage": "production", "cloud": "aws", "objects": { "archive": true } } =>
        is(Objects, "s3"), gains(Objects, "s3", "on-aws"), loses(Objects, "gcs", "another-cloud"), loses(Objects, "azure", "another-cloud");
    seed_001_objects_production_gcs_is_the_alternative_on_google_cloud { "stage": "production", "cloud": "gcp", "objects": { "archive": true } } =>
        is(Objects, "gcs"), gains(Objects, "gcs", "objects"), gains(Objects, "gcs", "on-google-cloud"), loses(Objects, "s3", "another-cloud");
    seed_001_objects_production_azure_is_the_alternative_on_azure { "stage": "production", "cloud": "azure", "objects": { "archive": true } } =>
        is(Objects, "azure"), gains(Objects, "azure", "objects"), gains(Objects, "azure", "on-azure"), loses(Objects, "s3", "another-cloud");
    seed_001_objects_production_minio_is_the_self_hosted_alternative { "stage": "production", "objects": { "archive": true, "self_hosted": true } } =>
        is(Objects, "minio"), gains(Objects, "minio", "self-hosted"), is_out(Objects, "s3", "self-hosted"), is_out(Objects, "gcs", "self-hosted"),
        is_out(Objects, "azure", "self-hosted"), is_out(Objects, "uploadthing", "self-hosted"), comes_with(Objects, "minio", "maintained");
    seed_001_objects_production_minio_gives_way_where_hosted_will_do { "stage": "production", "objects": { "archive": true } } =>
        loses(Objects, "minio", "hosted-will-do"), loses(Objects, "minio", "archived-project");

    seed_001_bus_none_initially { "stage": "production", "operates": ["postgres", "redis"] } =>
        is(Bus, "none"), comes_with(Bus, "none", "LISTEN"), comes_with(Bus, "none", "pub/sub");
    /// The SaaS starter sends simple events through Redis streams: there they must arrive, here they may be lost.
    seed_001_bus_listen_notify_and_pub_sub_suffice
        { "stage": "production", "operates": ["postgres", "redis"], "bus": { "need": "simple-events", "durable": false } } =>
        is(Bus, "none"), gains(Bus, "none", "what-is-there-suffices"), gains(Bus, "postgres", "simple-events"),
        comes_with(Bus, "none", "LISTEN");
    seed_001_bus_kafka_is_not_justified_yet {} => loses(Bus, "kafka", "unjustified");
    seed_001_bus_rabbitmq_is_not_justified_yet {} => loses(Bus, "rabbitmq", "unjustified");
    seed_001_bus_sqs_is_not_justified_yet { "cloud": "aws" } => loses(Bus, "aws", "unjustified");
    seed_001_bus_pilot_stays_in_one_file { "stage": "pilot", "bus": { "need": "tasks" } } =>
        is(Bus, "sqlite"), gains(Bus, "sqlite", "pilot"), loses(Bus, "rabbitmq", "unjustified");
}

fn reach(engine: &str, capability: Capability) -> Reach {
    by_name(engine).unwrap().promises(capability).unwrap().0
}

#[test]
fn seed_001_database_column_setup_only_sqlite_needs_no_server() {
    assert_eq!(by_name("sqlite").unwrap().form, Form::Embedded);
    for engine in ["postgres", "mysql", "mongodb", "cockroachdb"] {
        assert_eq!(by_name(engine).unwrap().form, Form::Server, "{engine}");
    }
}

#[test]
fn seed_001_database_column_replication_only_sqlite_stays_on_its_machine() {
    assert_eq!(reach("sqlite", Capability::Sql), Reach::Machine);
    for engine in ["postgres", "mysql", "cockroachdb"] {
        assert_eq!(reach(engine, Capability::Sql), Reach::Network, "{engine}");
    }
}

#[test]
fn seed_001_cache_column_shared_state_only_memory_has_none() {
    for name in ["hashmap", "lru"] {
        assert_eq!(reach(name, Capability::Cache), Reach::Process, "{name}");
    }
    for engine in ["redis", "memcached", "dynamodb"] {
        assert_eq!(reach(engine, Capability::Cache), Reach::Network, "{engine}");
    }
}

#[test]
fn seed_001_cache_column_latency_is_told() {
    for (engine, latency) in
        [("memory", "0.1 ms"), ("redis", "1 ms"), ("memcached", "1 ms"), ("dynamodb", "5 ms")]
    {
        let facts = by_name(engine).unwrap().facts;
        let told = facts.iter().any(|fact| fact.aspect == Aspect::Latency && fact.text.contains(latency));
        assert!(told, "{engine} doesn't say {latency}");
    }
}
