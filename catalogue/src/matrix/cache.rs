//! The rules for the cache.

use super::rule::{NONE, Need, Note, Rule};
use super::workload::{CacheUse, Cloud, Structures};
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

const CACHE: Need = Need::Cache;

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    CACHE.gains(NONE, 100, "no-use", |w| !w.caches(), "A cache isn't required everywhere, and nothing asks for one.", RESIDENTS),
    CACHE.out(NONE, "used", |w| w.caches(), "A cache is asked for.", RESIDENTS),

    CACHE.gains("memory", 50, "private", |w| w.caches() && !w.shares_cache(), "Without a distributed cache the process's own memory will do.", SAAS_STARTER),
    CACHE.gains("memory", 20, "pilot", |w| w.caches() && w.pilot(), "A pilot of one instance: no dependency, simpler to set up, quicker to change.", TOKEN_GATEWAY),
    CACHE.gains("memory", 30, "latency", |w| w.caches() && w.cache.latency_us.is_some_and(|us| us < 1_000), "Answers in under 0.1 ms.", TOKEN_GATEWAY),
    CACHE.loses("memory", 20, "large", |w| w.cache.size_mib.is_some_and(|size| size > 256), "Every process holds a copy of its own; it is for small scale.", SAAS_STARTER),
    CACHE.out("memory", "shared", |w| w.shares_cache(), "Replicas see nothing of each other's memory.", TOKEN_GATEWAY),
    CACHE.out("memory", "persistent", |w| w.cache.persistent, "Lost on restart.", SAAS_STARTER),

    CACHE.gains("redis", 10, "industry-standard", |w| w.caches(), "Sessions, limits, cache and pub/sub all in one.", SAAS_STARTER),
    CACHE.gains("redis", 40, "shared", |w| w.shares_cache(), "State that all replicas share.", TOKEN_GATEWAY),
    CACHE.gains("redis", 30, "pub-sub", |w| w.caches_for(CacheUse::PubSub), "Pub/sub is built in.", SAAS_STARTER),
    CACHE.gains("redis", 30, "rich-structures", |w| w.caches() && w.rich_cache(), "Hashes, lists, sets and sorted sets.", ORDERS),
    CACHE.gains("redis", 20, "persistent", |w| w.caches() && w.cache.persistent, "Can keep its data on disk.", SAAS_STARTER),
    CACHE.gains("redis", 10, "rate-limits", |w| w.caches_for(CacheUse::RateLimits) && w.shares_cache(), "A limit can't be dodged by asking another instance.", AUTH_USER_PRODUCT),
    CACHE.gains("redis", 10, "sessions", |w| w.caches_for(CacheUse::Sessions) && w.shares_cache(), "Sessions are the same on every instance.", ORDERS),
    CACHE.gains("redis", 10, "holds", |w| w.caches_for(CacheUse::Holds), "Holds of some minutes against double booking.", RESIDENTS),
    CACHE.gains("redis", 10, "dedupe", |w| w.caches_for(CacheUse::Dedupe) && w.shares_cache(), "Keys against duplicates and for idempotency.", ORDERS),
    CACHE.gains("redis", 15, "breakers", |w| w.caches_for(CacheUse::Breakers) && w.shares_cache(), "Pub/sub lets replicas agree about failing neighbours.", TOKEN_GATEWAY),
    CACHE.gains("redis", 5, "values", |w| w.caches_for(CacheUse::Values) && w.shares_cache(), "Takes load off the database for all instances.", AUTH_USER_PRODUCT),
    CACHE.gains("redis", 5, "sub-millisecond", |w| w.caches() && w.cache.latency_us.is_some_and(|us| (101..=1_000).contains(&us)), "Answers within a millisecond.", ORDERS),
    CACHE.loses("redis", 35, "unnecessary", |w| w.caches() && w.pilot() && !w.shares_cache(), "Unnecessary for one instance.", TOKEN_GATEWAY),
    CACHE.loses("redis", 10, "memory", |w| w.cache.memory_scarce, "Everything lies in memory, which can be dear.", SAAS_STARTER),
    CACHE.out("redis", "latency", |w| w.cache.latency_us.is_some_and(|us| us <= 100), "About 1 ms over the network.", TOKEN_GATEWAY),

    CACHE.gains("memcached", 35, "shared", |w| w.shares_cache(), "Shared over the network: the alternative to Redis.", TOKEN_GATEWAY),
    CACHE.gains("memcached", 25, "simple-values", |w| w.shares_cache() && w.cache.structures == Some(Structures::Simple), "Plain keys and values are all that it does, and it does them fast.", SAAS_STARTER),
    CACHE.gains("memcached", 20, "memory", |w| w.shares_cache() && w.cache.memory_scarce, "Manages memory better than Redis.", SAAS_STARTER),
    CACHE.loses("memcached", 35, "unnecessary", |w| w.caches() && w.pilot() && !w.shares_cache(), "Unnecessary for one instance.", TOKEN_GATEWAY),
    CACHE.loses("memcached", 15, "poorer-structures", |w| w.caches_for(CacheUse::RateLimits) || w.caches_for(CacheUse::Sessions) || w.caches_for(CacheUse::Breakers), "Redis has the richer data structures for limits, sessions and breakers.", TOKEN_GATEWAY),
    CACHE.out("memcached", "pub-sub", |w| w.caches_for(CacheUse::PubSub), "Has no pub/sub.", SAAS_STARTER),
    CACHE.out("memcached", "rich-structures", |w| w.caches() && w.rich_cache(), "Knows strings only.", SAAS_STARTER),
    CACHE.out("memcached", "persistent", |w| w.cache.persistent, "Keeps nothing on disk.", SAAS_STARTER),
    CACHE.out("memcached", "latency", |w| w.cache.latency_us.is_some_and(|us| us <= 100), "About 1 ms over the network.", TOKEN_GATEWAY),

    CACHE.gains("dynamodb", 10, "shared", |w| w.shares_cache(), "Shared and distributed.", TOKEN_GATEWAY),
    CACHE.loses("dynamodb", 15, "latency", |_| true, "About 5 ms: slower than its neighbours.", TOKEN_GATEWAY),
    CACHE.loses("dynamodb", 15, "cost", |w| !w.pilot(), "Dearer than its neighbours.", TOKEN_GATEWAY),
    CACHE.out("dynamodb", "latency-budget", |w| w.cache.latency_us.is_some_and(|us| us < 5_000), "About 5 ms is above what is asked for.", TOKEN_GATEWAY),
    CACHE.out("dynamodb", "not-on-aws", |w| w.portable || w.cloud.is_some_and(|cloud| cloud != Cloud::Aws), "Only Amazon runs it.", "DynamoDB manual: What is Amazon DynamoDB?"),
    CACHE.out("dynamodb", "pub-sub", |w| w.caches_for(CacheUse::PubSub), "Has no pub/sub.", "DynamoDB manual: API operations"),

    CACHE.gains("sqlite", 80, "processes-of-one-machine", |w| w.shares_cache() && w.pilot() && !w.several_machines(), "Processes of one machine share a file without another server.", "SQLite manual: Isolation In SQLite"),
    CACHE.loses("sqlite", 20, "private", |w| w.caches() && !w.shares_cache(), "Slower than memory, and nobody shares it.", "SQLite manual: Isolation In SQLite"),
    CACHE.out("sqlite", "several-machines", |w| w.distributed(), "Its file belongs to one machine.", TOKEN_GATEWAY),
    CACHE.out("sqlite", "pub-sub", |w| w.caches_for(CacheUse::PubSub), "Tells nobody of a change.", "SQLite manual: Data Change Notification Callbacks"),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    CACHE.note("redis", |w| w.caches(), "one cluster for all services, with keys under each service's own prefix", RESIDENTS),
    CACHE.note("redis", |w| w.production(), "a managed cluster with persistence, replication and an eye on its memory", AUTH_USER_PRODUCT),
    CACHE.note("memory", |w| w.caches() && !w.pilot(), "Redis as soon as a second instance must share what it holds", TOKEN_GATEWAY),
];
