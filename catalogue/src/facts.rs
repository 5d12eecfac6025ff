//! Short names for writing an engine down: one function an aspect of its facts, one a content of its variables.

use bedplate_core::{Aspect, ClientContent, ClientVariable, Engine, Fact, Form};

/// An engine without anything: what every declaration starts from, so that it lists only what the product has.
pub(crate) const BLANK: Engine = Engine {
    name: "",
    title: "",
    summary: "",
    form: Form::Server,
    schemes: &[],
    aliases: &[],
    licence: "",
    ports: &[],
    container: None,
    settings: &[],
    clients: &[],
    connections: None,
    archive: &[],
    region: None,
    door: None,
    dialect: None,
    sql: None,
    cache: None,
    bus: None,
    objects: None,
    also: &[],
    facts: &[],
};

/// One kibibyte, in bytes.
pub(crate) const KIB: u64 = 1 << 10;
/// One mebibyte, in bytes.
pub(crate) const MIB: u64 = 1 << 20;
/// One gibibyte, in bytes.
pub(crate) const GIB: u64 = 1 << 30;
/// One tebibyte, in bytes.
pub(crate) const TIB: u64 = 1 << 40;
/// Thirty days, in seconds.
pub(crate) const THIRTY_DAYS: u64 = 30 * 86_400;

const fn variable(name: &'static str, content: ClientContent) -> ClientVariable {
    ClientVariable { name, content }
}

/// A variable with the address.
pub(crate) const fn url(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Url)
}

/// A variable with `host:port`.
pub(crate) const fn place(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Place)
}

/// A variable with `http://host:port`.
pub(crate) const fn endpoint(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Endpoint)
}

/// A variable with the name of the first bucket.
pub(crate) const fn bucket(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Bucket)
}

/// A variable with the region.
pub(crate) const fn region(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Region)
}

/// A variable with a secret.
pub(crate) const fn secret(name: &'static str) -> ClientVariable {
    variable(name, ClientContent::Secret)
}

const fn fact(aspect: Aspect, text: &'static str, source: &'static str) -> Fact {
    Fact { aspect, text, source }
}

/// What it is good at.
pub(crate) const fn strength(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Strength, text, source)
}

/// What it is bad at.
pub(crate) const fn weakness(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Weakness, text, source)
}

/// What to use it for.
pub(crate) const fn best_for(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::BestFor, text, source)
}

/// When not to use it.
pub(crate) const fn avoid(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Avoid, text, source)
}

/// How many can use it at once.
pub(crate) const fn concurrency(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Concurrency, text, source)
}

/// How much it holds.
pub(crate) const fn size(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Size, text, source)
}

/// How quickly it answers.
pub(crate) const fn latency(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Latency, text, source)
}

/// What it takes to operate it.
pub(crate) const fn operation(text: &'static str, source: &'static str) -> Fact {
    fact(Aspect::Operation, text, source)
}
