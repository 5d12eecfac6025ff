//! The keys of an environment: its engines, and what is different for single services.

use super::kind::{Key, Kind, Section};
use super::needs::{CACHE_CHOICE, CHOICE_KEYS, SQL_CHOICE};
use super::parts::{PORT, REPLICAS, key};
use super::shape;
use super::table::ENV;

static SQL_ENGINE: Section = Section {
    name: "environments.<name>.sql",
    doc: "The engine that serves SQL, with its settings.",
    keys: &[CHOICE_KEYS, SQL_CHOICE],
    settings: true,
};

static CACHE_ENGINE: Section = Section {
    name: "environments.<name>.cache",
    doc: "The engine that serves caches, with its settings.",
    keys: &[CHOICE_KEYS, CACHE_CHOICE],
    settings: true,
};

static BUS_ENGINE: Section = Section {
    name: "environments.<name>.bus",
    doc: "The engine that carries events, with its settings.",
    keys: &[CHOICE_KEYS],
    settings: true,
};

static OBJECTS_ENGINE: Section = Section {
    name: "environments.<name>.objects",
    doc: "The engine that stores objects, with its settings.",
    keys: &[CHOICE_KEYS],
    settings: true,
};

static ENGINES: [Key; 4] = [
    key(
        "sql",
        Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&SQL_ENGINE)]),
        "What serves SQL: an engine, a URL, or a table; `false` where it is left out.",
        "\"sqlite\" in development",
        "\"postgres\"",
    ),
    key(
        "cache",
        Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&CACHE_ENGINE)]),
        "What serves caches: an engine, a URL, or a table; `false` where it is left out.",
        "\"memory\" in development",
        "\"redis\"",
    ),
    key(
        "bus",
        Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&BUS_ENGINE)]),
        "What carries events: an engine, a URL, or a table; `false` where it is left out.",
        "\"sqlite\" in development",
        "\"nats\"",
    ),
    key(
        "objects",
        Kind::OneOf(&[Kind::Bool, Kind::Text, Kind::Table(&OBJECTS_ENGINE)]),
        "What stores objects: an engine, a URL, or a table; `false` where it is left out.",
        "\"files\" in development",
        "\"s3\"",
    ),
];

pub(super) static ENVIRONMENT: Section = Section {
    name: "environments.<name>",
    doc: "An environment: which engine serves each need there, and on how many machines.",
    keys: &[
        &[
            key(
                "profile",
                Kind::Fixed(&["development", "staging", "production"]),
                "Where defaults such as pools and lifetimes come from.",
                "by the name: `dev`, `development`, `local`, `test` and `pilot` are development, `staging` is staging, all others production",
                "\"production\"",
            ),
            key("replicas", REPLICAS, "How many processes of each service run.", "1", "3"),
            key("machines", REPLICAS, "On how many machines the services run.", "1", "3"),
            key("env", ENV, "Variables of every service.", "{}", "{ NODE_ENV = \"production\" }"),
            key(
                "tools",
                Kind::Map { name: &shape::NAME, value: &PORT, max: 50 },
                "Tools that run beside the platform, each with its port.",
                "{}",
                "{ adminer = 8080 }",
            ),
            key(
                "services",
                Kind::Map { name: &shape::NAME, value: &Kind::Table(&OVERRIDE), max: crate::MAX_SERVICES },
                "What is different for single services.",
                "{}",
                "{ orders = { replicas = 5 } }",
            ),
        ],
        &ENGINES,
    ],
    settings: false,
};

static OVERRIDE: Section = Section {
    name: "environments.<name>.services.<name>",
    doc: "What is different for one service in one environment.",
    keys: &[
        &[
            key("port", PORT, "The port on which it listens.", "the service's", "3001"),
            key("replicas", REPLICAS, "How many processes of it run.", "the service's", "5"),
            key("env", ENV, "Variables of its own.", "{}", "{ LOG_LEVEL = \"debug\" }"),
        ],
        &ENGINES,
    ],
    settings: false,
};
