//! The SaaS starter's decision matrix: databases.

use bedplate_catalogue::matrix::Need::{Analytics, Database};

use crate::branch::*;

branches! {
    seed_000_database_tree_oltp_simple_is_sqlite { "database": { "work": "transactions", "relations": "simple" } } =>
        is(Database, "sqlite");
    seed_000_database_tree_oltp_simple_in_several_regions_is_sqlite_with_litefs
        { "regions": 3, "database": { "work": "transactions", "relations": "simple" } } =>
        is(Database, "sqlite"), comes_with(Database, "sqlite", "LiteFS"), gains(Database, "litefs", "several-regions");
    seed_000_database_tree_oltp_simple_with_flexible_schema_is_mongodb
        { "database": { "work": "transactions", "relations": "simple", "schema": "flexible" } } =>
        is(Database, "mongodb"), is_second(Database, "sqlite");
    seed_000_database_tree_oltp_complex_is_postgres { "database": { "work": "transactions", "relations": "complex" } } =>
        is(Database, "postgres");
    seed_000_database_tree_olap_is_duckdb { "database": { "work": "analytics" } } =>
        is(Database, "duckdb"), loses(Database, "sqlite", "analytics");

    seed_000_stack_primary_database_is_postgres {} => is(Database, "postgres"), is_second(Database, "sqlite");
    seed_000_stack_alternative_is_sqlite_with_litefs { "platform": "fly", "regions": 2, "operations": "low" } =>
        is(Database, "sqlite"), comes_with(Database, "sqlite", "LiteFS");
    seed_000_stack_document_store_is_mongodb { "database": { "schema": "flexible" } } => is(Database, "mongodb");
    seed_000_stack_analytics_option_is_duckdb { "analytics": { "need": "aggregations" } } =>
        is(Database, "postgres"), is(Analytics, "duckdb"), comes_with(Analytics, "duckdb", "beside"),
        is_out(Analytics, "none", "asked-for");
    seed_000_stack_without_analytics_adds_nothing {} => is(Analytics, "none"), gains(Analytics, "none", "not-asked-for");
    seed_000_use_case_user_service_is_sqlite
        { "database": { "work": "transactions", "relations": "simple", "concurrent_users": 99, "size_gb": 99 } } =>
        is(Database, "sqlite");
    seed_000_use_case_analytics_service_is_duckdb { "database": { "work": "analytics", "size_gb": 500 } } =>
        is(Database, "duckdb");

    seed_000_sqlite_is_for_fewer_than_100_users { "database": { "relations": "simple", "concurrent_users": 100 } } =>
        is(Database, "postgres"), loses(Database, "sqlite", "many-users");
    seed_000_sqlite_is_for_less_than_100_gb { "database": { "relations": "simple", "size_gb": 100 } } =>
        is(Database, "postgres"), loses(Database, "sqlite", "much-data");
    seed_000_sqlite_has_a_single_writer { "database": { "relations": "simple", "writers": 2 } } =>
        is(Database, "postgres"), loses(Database, "sqlite", "single-writer"), gains(Database, "postgres", "writers");
    seed_000_sqlite_is_not_for_analytics { "analytics": { "need": "aggregations" } } =>
        loses(Analytics, "sqlite", "aggregations");
    seed_000_sqlite_is_for_the_edge { "database": { "local_first": true } } =>
        is(Database, "sqlite"), gains(Database, "sqlite", "local-first");
    seed_000_sqlite_needs_no_operation { "operations": "low" } =>
        is(Database, "sqlite"), gains(Database, "sqlite", "nothing-to-operate"), loses(Database, "postgres", "server");
    seed_000_sqlite_loses_complex_relations { "database": { "relations": "complex" } } =>
        loses(Database, "sqlite", "complex-relations");
    seed_000_sqlite_in_production_is_used_by_one_instance
        // The token gateway's production has replicas; this document's SQLite in production has one instance.
        { "stage": "production", "instances": 1, "operations": "low", "database": { "relations": "simple" } } =>
        is(Database, "sqlite");

    seed_000_duckdb_is_not_for_transactions { "database": { "work": "transactions" } } =>
        loses(Database, "duckdb", "not-transactional");
    seed_000_duckdb_reads_parquet { "analytics": { "need": "reports", "lake_files": true } } =>
        is(Analytics, "duckdb"), gains(Analytics, "duckdb", "lake-files");

    seed_000_litefs_has_one_write_region { "regions": 3, "database": { "relations": "simple", "write_regions": 2 } } =>
        is_out(Database, "sqlite", "one-write-region"), is_out(Database, "litefs", "one-write-region");
    seed_000_litefs_is_made_for_fly { "platform": "fly", "regions": 3 } =>
        gains(Database, "litefs", "fly"), is_above(Database, "litefs", "libsql");
    seed_000_litefs_is_less_for_kubernetes { "platform": "kubernetes", "regions": 3 } =>
        loses(Database, "litefs", "other-platform");
    seed_000_litefs_adds_a_layer { "database": { "relations": "simple" } } =>
        loses(Database, "litefs", "layer"), loses(Database, "litefs", "one-region");
    seed_000_libsql_is_for_serverless { "platform": "serverless", "database": { "relations": "simple" } } =>
        is(Database, "libsql"), loses(Database, "sqlite", "no-disk");
    seed_000_libsql_elsewhere_gives_way_to_sqlite { "database": { "relations": "simple" } } =>
        loses(Database, "libsql", "not-serverless");

    seed_000_postgres_is_for_many_tenants { "database": { "relations": "simple", "tenants": true } } =>
        is(Database, "postgres"), gains(Database, "postgres", "tenants"), loses(Database, "mysql", "tenants");
    seed_000_postgres_is_for_advanced_features { "database": { "extensions": true } } =>
        is(Database, "postgres"), gains(Database, "postgres", "extensions");

    seed_000_mongodb_is_not_for_related_data { "database": { "relations": "complex", "schema": "flexible" } } =>
        is(Database, "postgres"), loses(Database, "mongodb", "relational-data");
    seed_000_mongodb_is_hungry { "operations": "low", "database": { "relations": "simple", "schema": "flexible" } } =>
        loses(Database, "mongodb", "memory");
}
