//! DynamoDB: Amazon's key-value and document database, here as a cache.

use bedplate_core::{Capability, Engine, Form, Maturity, Offer, Promise, Reach, cache};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// DynamoDB.
pub static DYNAMODB: Engine = Engine {
    name: "dynamodb",
    title: "Amazon DynamoDB",
    summary: "Amazon's distributed key-value and document database.",
    form: Form::Hosted,
    schemes: &["dynamodb"],
    licence: "Hosted by Amazon",
    cache: Some(Offer {
        maturity: Maturity::Planned,
        features: cache::Features {
            reach: Reach::Network,
            hashes: Promise::Emulated,
            lists: Promise::Refused,
            sorted_sets: Promise::Refused,
            scan: Promise::Emulated,
            // A sort key, beside the partition key that holds the namespace.
            max_key_bytes: Some(KIB),
            max_value_bytes: Some(400 * KIB - 2 * KIB),
        },
    }),
    also: &[Capability::Documents],
    facts: &[
        strength("Shared by all replicas, distributed, and nothing to run.", TOKEN_GATEWAY),
        weakness("Slower than Redis and Memcached.", TOKEN_GATEWAY),
        weakness("Dearer as a cache.", TOKEN_GATEWAY),
        weakness(
            "Expired items are deleted within days, not at once: readers must look at the time themselves.",
            "DynamoDB manual: Using time to live (TTL)",
        ),
        avoid("A cache that is in front of a database to be quicker than it.", TOKEN_GATEWAY),
        size("400 KB in one item.", "DynamoDB manual: Quotas"),
        latency("About 5 ms.", TOKEN_GATEWAY),
        operation("Amazon's, paid by request.", "DynamoDB manual: Read/write capacity mode"),
    ],
    ..BLANK
};
