//! The keys of a service's needs.

use super::kind::{Key, Kind, Section};
use super::parts::{HOST, IDENTIFIER, NAME, PATH, PATTERNS, PORT, PROMISES, TOPICS, key, required};
use super::shape;

/// What chooses an engine and says where it is, for every capability.
pub(super) const CHOICE_KEYS: &[Key] = &[
    key("engine", Kind::Text, "The engine, by its name.", "the environment's", "\"postgres\""),
    key(
        "url",
        Kind::Text,
        "Where it is; its scheme chooses the engine. Credentials are variables, never values.",
        "",
        "\"redis://:${REDIS_PASSWORD}@cache:6379\"",
    ),
    key(
        "host",
        HOST,
        "The host of a server.",
        "\"localhost\" in development, else the server's name",
        "\"${DB_HOST:-db}\"",
    ),
    key("port", PORT, "The port of a server.", "the engine's", "5432"),
    key("region", NAME, "The region of an engine that a cloud runs.", "\"us-east-1\"", "\"eu-central-1\""),
];

pub(super) const SQL_CHOICE: &[Key] = &[
    key(
        "max_connections",
        Kind::Count { min: 1, max: 100_000 },
        "How many connections the server allows.",
        "the engine's",
        "200",
    ),
    key(
        "one_server",
        Kind::Bool,
        "Whether the services share a server, each with a database and a role of its own.",
        "true",
        "false",
    ),
    key(
        "archive",
        Kind::Shaped(&shape::FOLDER),
        "The folder where the server archives every change as it happens, so that it can be brought back as it was at any time.",
        "",
        "\"/backups/orders\"",
    ),
    key(
        "connection_limit",
        Kind::Count { min: 1, max: 10_000 },
        "Connections of one process of a service.",
        "10 in development, 5 in staging, 20 in production",
        "20",
    ),
    key(
        "pool_timeout",
        Kind::Duration,
        "How long a caller waits for a connection of the pool.",
        "\"5s\" in development, \"10s\" elsewhere",
        "\"10s\"",
    ),
    key(
        "connect_timeout",
        Kind::Duration,
        "How long a new connection may take.",
        "\"5s\" in development, \"10s\" elsewhere",
        "\"10s\"",
    ),
];

pub(super) const CACHE_CHOICE: &[Key] = &[key(
    "lifetime",
    Kind::Duration,
    "How long a value lives where the service says nothing.",
    "\"15m\" in development, \"5m\" in staging, \"10m\" in production",
    "\"10m\"",
)];

pub(super) static SQL_NEED: Section = Section {
    name: "services.<name>.sql",
    doc: "A SQL database that belongs to this service and to no other. A `port` here gives it a server of its own.",
    keys: &[
        &[
            key("database", IDENTIFIER, "The database's name.", "<service>_db", "\"orders_db\""),
            key("role", IDENTIFIER, "The role that owns it.", "<service>_user", "\"orders_user\""),
            key(
                "tables",
                Kind::List(&IDENTIFIER),
                "The tables that it holds, for diagrams and checks.",
                "[]",
                "[\"orders\", \"order_items\"]",
            ),
            key("migrations", PATH, "The folder of its migrations.", "", "\"services/orders/migrations\""),
            key(
                "extensions",
                Kind::List(&IDENTIFIER),
                "Extensions of the engine that it needs.",
                "[]",
                "[\"pgvector\"]",
            ),
            key("promises", PROMISES, "What the engine must promise.", "[]", "[\"tenants\"]"),
        ],
        SQL_CHOICE,
        CHOICE_KEYS,
    ],
    settings: true,
};

pub(super) static CACHE_NEED: Section = Section {
    name: "services.<name>.cache",
    doc: "A cache under a namespace of this service.",
    keys: &[
        &[
            key(
                "keys",
                Kind::List(&Kind::Shaped(&shape::CACHE_KEY)),
                "The patterns of its keys, without the namespace.",
                "[]",
                "[\"id:{userId}\"]",
            ),
            key(
                "namespace",
                Kind::Shaped(&shape::CACHE_KEY),
                "What every key begins with.",
                "<service>:",
                "\"orders:\"",
            ),
            key(
                "shared",
                Kind::Bool,
                "Whether all processes of the service must see the same values: limits, holds, idempotency.",
                "false",
                "true",
            ),
            key("promises", PROMISES, "What the engine must promise.", "[]", "[\"sorted-sets\"]"),
        ],
        CACHE_CHOICE,
        CHOICE_KEYS,
    ],
    settings: true,
};

pub(super) static BUS_NEED: Section = Section {
    name: "services.<name>.bus",
    doc: "The events that this service publishes and handles.",
    keys: &[
        &[
            key("publishes", TOPICS, "Topics on which it publishes.", "[]", "[\"user.created\"]"),
            key(
                "subscribes",
                Kind::List(&Kind::OneOf(&[Kind::Shaped(&shape::PATTERN), Kind::Table(&SUBSCRIPTION)])),
                "Topics and patterns that it handles, in one group named after the service; a table is a subscription of its own.",
                "[]",
                "[\"user.*\"]",
            ),
            key(
                "durable",
                Kind::Bool,
                "Whether a message that was published survives the loss of every process.",
                "true",
                "false",
            ),
            key("promises", PROMISES, "What the engine must promise.", "[]", "[\"replay\"]"),
        ],
        CHOICE_KEYS,
    ],
    settings: true,
};

static SUBSCRIPTION: Section = Section {
    name: "services.<name>.bus.subscribes[]",
    doc: "A subscription with options.",
    keys: &[&[
        required("topics", PATTERNS, "Topics and patterns that it gets.", "[\"user.*\"]"),
        key("group", NAME, "The group whose members share the messages.", "the service's name", "\"mailer\""),
        key(
            "broadcast",
            Kind::Bool,
            "Whether every process gets every message, without a group.",
            "false",
            "true",
        ),
        key(
            "key_order",
            Kind::Bool,
            "Whether messages with one key are handled in their order.",
            "false",
            "true",
        ),
        key("delay", Kind::Duration, "How long messages are held back at most.", "", "\"10m\""),
        key(
            "start",
            Kind::Choice(&["now", "earliest"]),
            "Where a new group starts.",
            "\"now\"",
            "\"earliest\"",
        ),
        key(
            "max_attempts",
            Kind::Count { min: 1, max: 1_000 },
            "How often a message is delivered before it is dead.",
            "5",
            "3",
        ),
    ]],
    settings: false,
};

pub(super) static OBJECTS_NEED: Section = Section {
    name: "services.<name>.objects",
    doc: "Object storage for this service.",
    keys: &[
        &[
            key(
                "buckets",
                Kind::List(&Kind::Shaped(&shape::BUCKET)),
                "Its buckets.",
                "one with the service's name",
                "[\"avatars\"]",
            ),
            key("promises", PROMISES, "What the engine must promise.", "[]", "[\"retention\"]"),
        ],
        CHOICE_KEYS,
    ],
    settings: true,
};

/// The keys that stand beside the settings of an engine.
pub(crate) fn choice_keys() -> impl Iterator<Item = &'static str> {
    CHOICE_KEYS.iter().chain(SQL_CHOICE).chain(CACHE_CHOICE).map(|key| key.name)
}
