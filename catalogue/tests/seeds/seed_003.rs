//! The residents' platform.

use bedplate_catalogue::matrix::Need::{Analytics, Bus, Cache, Database, Objects, Vectors};

use crate::branch::*;

branches! {
    seed_003_primary_database_is_postgres { "stage": "production", "database": { "relations": "complex", "financial": true } } =>
        is(Database, "postgres"), gains(Database, "postgres", "complex-relations"), comes_with(Database, "postgres", "append-only");
    seed_003_reporting_stays_in_postgres { "analytics": { "need": "reports" } } =>
        is(Analytics, "postgres"), gains(Analytics, "duckdb", "reports"), gains(Analytics, "sqlite", "reports");
    seed_003_aggregations_are_built_in { "analytics": { "need": "aggregations" } } => gains(Analytics, "postgres", "aggregations");
    seed_003_complex_queries_are_built_in { "database": { "work": "analytics" } } => gains(Database, "postgres", "analytics");

    seed_003_redis_is_not_required_everywhere { "stage": "production" } => is(Cache, "none");
    seed_003_redis_helps_the_gateway { "stage": "production", "cache": { "uses": ["rate-limits", "values"] } } =>
        is(Cache, "redis"), is_out(Cache, "none", "used");
    seed_003_redis_helps_search { "stage": "production", "cache": { "uses": ["values"] } } => is(Cache, "redis");
    seed_003_redis_helps_booking { "stage": "production", "cache": { "uses": ["holds"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "holds");
    seed_003_redis_helps_notifications { "stage": "production", "cache": { "uses": ["dedupe", "rate-limits"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "dedupe");
    seed_003_redis_helps_the_assistant { "stage": "production", "cache": { "uses": ["values", "sessions"] } } => is(Cache, "redis");
    seed_003_redis_is_one_cluster_with_namespaces { "stage": "production", "cache": { "uses": ["holds"] } } =>
        comes_with(Cache, "redis", "own prefix");

    /// The SaaS starter recommends NATS for events; here topic exchanges route them, and what failed is kept aside.
    seed_003_bus_is_rabbitmq { "stage": "production", "bus": { "need": "events", "routing": "complex" } } =>
        is(Bus, "rabbitmq"), gains(Bus, "rabbitmq", "events"), comes_with(Bus, "rabbitmq", "managed");

    seed_003_uploads_are_uploadthing { "stage": "production", "cloud": "aws", "objects": { "uploads": true } } =>
        is(Objects, "uploadthing"), comes_with(Objects, "uploadthing", "owner");
    seed_003_uploads_are_uploadthing_in_development_too { "stage": "pilot", "objects": { "uploads": true } } =>
        is(Objects, "uploadthing"), is_out(Objects, "none", "files");
    seed_003_uploadthing_is_not_for_other_files { "stage": "production", "objects": { "needed": true } } =>
        is(Objects, "s3"), loses(Objects, "uploadthing", "no-uploads");

    seed_003_vectors_first_version_is_pgvector { "vectors": { "needed": true } } =>
        is(Vectors, "pgvector"), is_second(Vectors, "qdrant"), gains(Vectors, "qdrant", "specialized"), comes_with(Vectors, "pgvector", "PostgreSQL");
    seed_003_vectors_moderate_scale_is_pgvector { "operates": ["postgresql"], "vectors": { "needed": true, "scale": "moderate" } } =>
        is(Vectors, "pgvector"), gains(Vectors, "pgvector", "postgres-is-there");
    seed_003_vectors_high_scale_is_qdrant { "operates": ["postgresql"], "vectors": { "needed": true, "scale": "high" } } =>
        is(Vectors, "qdrant"), loses(Vectors, "pgvector", "bottleneck");
    seed_003_vectors_another_server_is_another_server { "operations": "low", "vectors": { "needed": true } } =>
        loses(Vectors, "qdrant", "another-server");
    seed_003_vectors_are_an_option {} => is(Vectors, "none"), gains(Vectors, "none", "no-embeddings");
    seed_003_vectors_rule_out_doing_without { "vectors": { "needed": true } } => is_out(Vectors, "none", "embeddings");
}
