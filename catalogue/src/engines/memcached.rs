//! Memcached: a server that caches strings.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Reach, cache};

use crate::facts::*;
use crate::sources::{SAAS_STARTER, TOKEN_GATEWAY};

/// Memcached.
pub static MEMCACHED: Engine = Engine {
    name: "memcached",
    title: "Memcached",
    summary: "A server that caches strings in memory, and nothing else.",
    form: Form::Server,
    schemes: &["memcached", "memcache"],
    licence: "BSD-3-Clause",
    ports: &[Port { purpose: "clients", number: 11211 }],
    container: Some(Container {
        image: "memcached:1.6-alpine",
        command: &[],
        data: None,
        ready: &["nc", "-z", "127.0.0.1", "11211"],
    }),
    clients: &[place("MEMCACHED_SERVERS")],
    cache: Some(Offer {
        maturity: Maturity::Planned,
        features: cache::Features {
            reach: Reach::Network,
            // 250 as they are sent, which is 187 where a key must be written in base64.
            max_key_bytes: Some(187),
            max_value_bytes: Some(MIB),
            ..cache::Features::NONE
        },
    }),
    facts: &[
        strength("Easy to set up and to use.", SAAS_STARTER),
        strength("Very quick at plain keys and values, on all cores.", SAAS_STARTER),
        strength("Uses memory better than Redis does.", SAAS_STARTER),
        weakness("Nothing is kept on disk.", SAAS_STARTER),
        weakness("Strings only: no hashes, lists or sorted sets.", SAAS_STARTER),
        weakness("No pub/sub.", SAAS_STARTER),
        best_for("Plain caching where memory is scarce and nothing must last.", SAAS_STARTER),
        avoid("Rate limits, breakers and sessions that need richer structures than strings.", TOKEN_GATEWAY),
        size(
            "Keys of up to 250 bytes, values of up to 1 MiB unless `-I` says otherwise.",
            "Memcached manual: Protocol",
        ),
        latency("About 1 ms over the network.", TOKEN_GATEWAY),
        operation(
            "One process without a disk; clients spread the keys over several.",
            "Memcached manual: About",
        ),
    ],
    ..BLANK
};
