//! The table of keys itself: the whole of `bedplate.toml`, and its services.

use super::environments::ENVIRONMENT;
use super::kind::{Kind, Section};
use super::needs::{BUS_NEED, CACHE_NEED, OBJECTS_NEED, SQL_NEED};
use super::parts::{NAME, PATH, PORT, REPLICAS, TOPICS, key, required};
use super::shape;

/// The whole file.
pub static ROOT: Section = Section {
    name: "",
    doc: "What a platform consists of, and which engines serve it in each environment.",
    keys: &[&[
        required(
            "platform",
            Kind::OneOf(&[NAME, Kind::Table(&PLATFORM)]),
            "The platform's name.",
            "\"shop\"",
        ),
        key(
            "services",
            Kind::Map { name: &shape::NAME, value: &Kind::Table(&SERVICE), max: crate::MAX_SERVICES },
            "The services, each under its name.",
            "",
            "{ orders = { sql = true } }",
        ),
        key(
            "environments",
            Kind::Map { name: &shape::NAME, value: &Kind::Table(&ENVIRONMENT), max: crate::MAX_ENVIRONMENTS },
            "Where the platform runs. An environment `dev` on embedded engines is there unless another one has the development profile.",
            "{ dev = {} }",
            "{ production = { sql = \"postgres\" } }",
        ),
        key(
            "outside",
            Kind::Table(&OUTSIDE),
            "What comes from systems that aren't part of this platform.",
            "{}",
            "{ publishes = [\"payment.completed\"] }",
        ),
    ]],
    settings: false,
};

static PLATFORM: Section = Section {
    name: "platform",
    doc: "The platform, where it needs more than a name.",
    keys: &[&[required("name", NAME, "The platform's name.", "\"shop\"")]],
    settings: false,
};

static OUTSIDE: Section = Section {
    name: "outside",
    doc: "What comes from systems that aren't part of this platform.",
    keys: &[&[key(
        "publishes",
        TOPICS,
        "Topics that somebody else publishes on the same bus.",
        "[]",
        "[\"payment.completed\"]",
    )]],
    settings: false,
};

pub(super) const ENV: Kind = Kind::Map {
    name: &shape::VARIABLE,
    value: &Kind::OneOf(&[Kind::Scalar, Kind::Table(&SECRET)]),
    max: crate::MAX_ENTRIES,
};

/// A reference to a secret.
pub(crate) static SECRET: Section = Section {
    name: "secret",
    doc: "A reference to a secret, in place of its value.",
    keys: &[&[required(
        "secret",
        NAME,
        "The secret's name; its value comes from the environment's store of secrets.",
        "\"jwt-secret\"",
    )]],
    settings: false,
};

static SERVICE: Section = Section {
    name: "services.<name>",
    doc: "A service: how it is started and what it needs.",
    keys: &[&[
        key("port", PORT, "The port on which it listens.", "", "3001"),
        key("run", Kind::Text, "The command that starts it.", "", "\"npm start\""),
        key("dir", PATH, "The folder in which it is started.", "\".\"", "\"services/orders\""),
        key(
            "replicas",
            REPLICAS,
            "How many processes of it run in every environment.",
            "the environment's",
            "1",
        ),
        key(
            "env",
            ENV,
            "Variables of its own. They win over those that Bedplate makes.",
            "{}",
            "{ LOG_LEVEL = \"info\", JWT_SECRET = { secret = \"jwt-secret\" } }",
        ),
        key(
            "sql",
            Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&SQL_NEED)]),
            "A SQL database of its own: `true`, an engine, a URL, or a table.",
            "false",
            "true",
        ),
        key(
            "cache",
            Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&CACHE_NEED)]),
            "A cache: `true`, an engine, a URL, or a table.",
            "false",
            "{ keys = [\"id:{userId}\"], shared = true }",
        ),
        key(
            "bus",
            Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&BUS_NEED)]),
            "Events that it publishes and handles: a table, `true`, an engine, or a URL.",
            "false",
            "{ publishes = [\"order.placed\"] }",
        ),
        key(
            "objects",
            Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&OBJECTS_NEED)]),
            "Object storage: `true`, an engine, a URL, or a table.",
            "false",
            "{ buckets = [\"avatars\"] }",
        ),
    ]],
    settings: false,
};
