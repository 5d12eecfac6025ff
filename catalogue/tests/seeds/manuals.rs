//! What the documents leave open and the products' manuals decide.

use bedplate_catalogue::matrix::Need::{Bus, Cache, Database, Objects};

use crate::branch::*;

branches! {
    manual_cockroachdb_has_writers_in_several_regions { "stage": "production", "regions": 3, "database": { "write_regions": 3 } } =>
        gains(Database, "cockroachdb", "writers-in-several-regions"), is_above(Database, "cockroachdb", "mysql");
    manual_sqlite_has_no_policies { "database": { "tenants": true } } => loses(Database, "sqlite", "tenants");
    manual_libsql_has_a_single_writer { "platform": "serverless", "database": { "writers": 4 } } =>
        is(Database, "postgres"), loses(Database, "libsql", "single-writer");
    manual_sqlite_shares_a_cache_between_processes_of_a_machine
        { "stage": "pilot", "instances": 3, "machines": 1, "cache": { "uses": ["rate-limits"] } } =>
        is(Cache, "sqlite"), gains(Cache, "sqlite", "processes-of-one-machine");
    manual_sqlite_is_no_private_cache { "instances": 1, "cache": { "uses": ["values"] } } => loses(Cache, "sqlite", "private");
    manual_sqlite_is_no_cache_of_several_machines { "machines": 2, "cache": { "uses": ["values", "pub-sub"] } } =>
        is_out(Cache, "sqlite", "several-machines"), is_out(Cache, "sqlite", "pub-sub"), is_out(Cache, "dynamodb", "pub-sub");
    manual_dynamodb_is_amazons { "cloud": "gcp", "cache": { "uses": ["values"] } } => is_out(Cache, "dynamodb", "not-on-aws");

    manual_small_messages_go_anywhere { "bus": { "need": "streaming", "ordering": true, "message_bytes": 262144 } } =>
        is(Bus, "kafka"), gains(Bus, "kafka", "ordering");
    manual_large_messages_rule_out_most
        { "stage": "pilot", "bus": { "need": "tasks", "durable": false, "message_bytes": 600000000 } } =>
        is_out(Bus, "aws", "large-messages"), is_out(Bus, "nats", "large-messages"), is_out(Bus, "kafka", "large-messages"),
        is_out(Bus, "rabbitmq", "large-messages"), is_out(Bus, "redis", "large-messages"), is_out(Bus, "sqlite", "large-messages"),
        is_out(Bus, "postgres", "large-messages"), is_out(Bus, "memory", "large-messages"),
        nothing_is_left(Bus);
    manual_kafka_delays_nothing { "bus": { "need": "streaming", "delay_seconds": 1 } } => is_out(Bus, "kafka", "delay"), is(Bus, "nats");
    manual_sqs_delays_a_quarter_of_an_hour { "cloud": "aws", "bus": { "need": "tasks", "delay_seconds": 901 } } => is_out(Bus, "aws", "long-delay");
    manual_few_delay_by_months { "bus": { "need": "tasks", "delay_seconds": 9000000 } } =>
        is_out(Bus, "rabbitmq", "long-delay"), is_out(Bus, "nats", "long-delay"), is_out(Bus, "sqlite", "long-delay"),
        is_out(Bus, "postgres", "long-delay"), is_out(Bus, "memory", "long-delay");
    manual_sqs_keeps_messages_for_a_fortnight { "cloud": "aws", "bus": { "need": "events", "retention_days": 15, "replay": true } } =>
        is_out(Bus, "aws", "retention"), is_out(Bus, "aws", "replay"), is_out(Bus, "memory", "replay");
    manual_sns_routes_by_filters { "cloud": "aws", "bus": { "need": "events", "routing": "complex" } } => loses(Bus, "aws", "complex-routing");
    manual_databases_are_no_mass_transport { "bus": { "need": "events", "messages_per_second": 100000 } } =>
        loses(Bus, "postgres", "high-volume"), loses(Bus, "sqlite", "high-volume"), loses(Bus, "sqlite", "not-a-pilot");
    manual_sqlite_is_no_bus_of_several_machines { "machines": 2, "bus": { "need": "events" } } =>
        is_out(Bus, "sqlite", "several-machines"), is_out(Bus, "memory", "several-processes"), is_out(Bus, "memory", "not-durable");
    manual_memory_is_a_bus_for_what_may_be_lost { "stage": "pilot", "instances": 1, "bus": { "need": "tasks", "durable": false } } =>
        gains(Bus, "memory", "one-process"), is(Bus, "sqlite");
    manual_low_volumes_are_for_nats { "bus": { "need": "events", "messages_per_second": 10 } } => is(Bus, "nats"), gains(Bus, "nats", "low-volume");
    manual_files_and_uploads_are_no_archive { "instances": 1, "objects": { "archive": true, "uploads": true } } =>
        is_out(Objects, "files", "archive"), is_out(Objects, "uploadthing", "archive"), is(Objects, "s3");
    manual_archives_are_locked_in_every_cloud { "cloud": "azure", "objects": { "archive": true } } =>
        gains(Objects, "gcs", "archive"), gains(Objects, "azure", "archive");
}
