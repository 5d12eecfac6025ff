//! The SaaS starter's decision matrix: caches.

use bedplate_catalogue::matrix::Need::Cache;

use crate::branch::*;

branches! {
    seed_000_cache_tree_distributed_is_redis { "cache": { "uses": ["values"], "shared": true } } =>
        is(Cache, "redis"), is_out(Cache, "memory", "shared");
    seed_000_cache_tree_distributed_with_pub_sub_is_redis { "cache": { "uses": ["values", "pub-sub"], "shared": true, "structures": "simple" } } =>
        is(Cache, "redis"), is_out(Cache, "memcached", "pub-sub"), gains(Cache, "redis", "pub-sub");
    seed_000_cache_tree_distributed_simple_values_is_memcached
        { "cache": { "uses": ["values"], "shared": true, "structures": "simple" } } =>
        is(Cache, "memcached"), is_second(Cache, "redis");
    seed_000_cache_tree_not_distributed_is_node_cache { "cache": { "uses": ["values"], "shared": false } } =>
        is(Cache, "memory"), is_second(Cache, "redis");

    seed_000_stack_cache_is_redis
        { "stage": "production", "cache": { "uses": ["sessions", "rate-limits", "values", "pub-sub"] } } =>
        is(Cache, "redis"), comes_with(Cache, "redis", "managed");
    seed_000_stack_without_cache_skips_it {} => is(Cache, "none"), gains(Cache, "none", "no-use");
    seed_000_use_case_cache_service_is_redis { "instances": 2, "cache": { "uses": ["values"] } } => is(Cache, "redis");

    seed_000_redis_has_rich_structures { "instances": 2, "cache": { "uses": ["leaderboards"] } } =>
        is(Cache, "redis"), gains(Cache, "redis", "rich-structures"), is_out(Cache, "memcached", "rich-structures");
    seed_000_redis_persists { "cache": { "uses": ["sessions"], "persistent": true } } =>
        is(Cache, "redis"), gains(Cache, "redis", "persistent"), is_out(Cache, "memory", "persistent"),
        is_out(Cache, "memcached", "persistent");
    seed_000_redis_keeps_all_in_memory { "cache": { "uses": ["values"], "shared": true, "memory_scarce": true } } =>
        is(Cache, "memcached"), loses(Cache, "redis", "memory"), gains(Cache, "memcached", "memory");
    seed_000_redis_answers_within_a_millisecond { "instances": 2, "cache": { "uses": ["values"], "latency_us": 900 } } =>
        is(Cache, "redis"), gains(Cache, "redis", "sub-millisecond");
    seed_000_node_cache_is_for_single_instances { "instances": 1, "cache": { "uses": ["values"] } } => is(Cache, "memory");
    seed_000_node_cache_is_not_for_scaling { "cache": { "uses": ["values"], "size_mib": 4096 } } =>
        gains(Cache, "memory", "private"), comes_with(Cache, "memory", "Redis"),
        speaks_against(Cache, "memory", "large");
}
