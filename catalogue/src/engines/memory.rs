//! The process's own memory: a cache and a bus that end with the process.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, Setting, SettingKind, bus, cache};

use crate::facts::*;
use crate::sources::{SAAS_STARTER, TOKEN_GATEWAY};

/// How many values the cache holds.
pub const MAX_ENTRIES: Setting = Setting {
    name: "max_entries",
    doc: "Values that the cache holds; beyond that it forgets those that were used longest ago.",
    kind: SettingKind::Count,
    default: "100000",
};
/// How many bytes the cache holds.
pub const MAX_BYTES: Setting = Setting {
    name: "max_bytes",
    doc: "Bytes that the cache holds, keys included; beyond that it forgets what was used longest ago.",
    kind: SettingKind::Count,
    default: "268435456",
};
/// How many messages the bus holds.
pub const MAX_MESSAGES: Setting = Setting {
    name: "max_messages",
    doc: "Messages that the bus holds, unsettled and dead ones included; beyond that a publish gets `Limited`.",
    kind: SettingKind::Count,
    default: "100000",
};

/// The process's own memory.
pub static MEMORY: Engine = Engine {
    name: "memory",
    title: "Memory",
    summary: "The process's own memory: a private cache, and an ephemeral bus that is the reference for tests.",
    form: Form::Embedded,
    schemes: &["memory"],
    aliases: &["node-cache", "hashmap", "lru", "in-memory"],
    licence: "MIT OR Apache-2.0",
    settings: &[MAX_ENTRIES, MAX_BYTES, MAX_MESSAGES],
    cache: Some(Offer {
        maturity: Maturity::Proven,
        features: cache::Features {
            reach: Reach::Process,
            hashes: Promise::Native,
            lists: Promise::Native,
            sorted_sets: Promise::Native,
            scan: Promise::Native,
            max_key_bytes: Some(8 * KIB),
            max_value_bytes: Some(64 * MIB),
        },
    }),
    bus: Some(Offer {
        maturity: Maturity::Proven,
        features: bus::Features {
            reach: Reach::Process,
            durable: Promise::Refused,
            key_order: Promise::Native,
            delay: Promise::Native,
            replay: Promise::Refused,
            broadcast: Promise::Native,
            max_message_bytes: Some(MIB),
            max_delay_seconds: Some(THIRTY_DAYS),
        },
    }),
    facts: &[
        strength("Nothing to set up and no dependency outside.", SAAS_STARTER),
        strength(
            "Rate limits in a map and validations in an LRU cache are enough for one instance.",
            TOKEN_GATEWAY,
        ),
        weakness("One process: another one sees nothing of it.", SAAS_STARTER),
        weakness("Gone with a restart.", SAAS_STARTER),
        best_for("Development, services of one instance, small applications.", SAAS_STARTER),
        best_for("The pilot on one machine: quicker to change, simpler to set up.", TOKEN_GATEWAY),
        avoid("State that replicas must share.", TOKEN_GATEWAY),
        avoid("Production that scales out.", SAAS_STARTER),
        latency("Under 0.1 ms.", TOKEN_GATEWAY),
        operation("Nothing runs.", SAAS_STARTER),
    ],
    ..BLANK
};
