//! The tree to a manifest.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::{Fields, as_table, scalar};
use crate::keys::{Kind, ROOT, SECRET};
use crate::manifest::{
    BusNeed, CacheNeed, Choice, Engines, EnvEntry, EnvValue, Environment, Manifest, ObjectsNeed, Override,
    Profile, Scalar, Service, Span, SqlNeed, Subscribe, Value, Written,
};
use crate::template;

pub(super) fn manifest(tree: &DeTable<'_>, hidden: Arc<[Span]>) -> Manifest {
    let root = Fields::new(tree, &ROOT);
    let platform = match root.table("platform") {
        Some((table, _)) => table.value("name"),
        None => root.value("platform"),
    };
    let services = root
        .map("services")
        .into_iter()
        .filter_map(|(name, span, value, kind)| Some(service(name, span, as_table(value, kind)?.0)))
        .collect();
    let mut environments: Vec<Environment> = root
        .map("environments")
        .into_iter()
        .filter_map(|(name, span, value, kind)| Some(environment(name, span, as_table(value, kind)?.0)))
        .collect();
    if !environments.iter().any(|environment| environment.profile() == Profile::Development) {
        environments.insert(0, Environment { name: "dev".into(), ..Environment::default() });
    }
    let outside = root.table("outside").map_or_else(Vec::new, |(table, _)| table.list("publishes"));
    Manifest { platform, services, environments, outside, hidden }
}

fn service(name: &str, span: Span, table: Fields<'_>) -> Service {
    Service {
        name: name.to_string(),
        span,
        port: table.value("port"),
        run: table.value("run"),
        dir: table.value("dir"),
        replicas: table.value("replicas"),
        env: env(table),
        sql: need(table, "sql").map(|(choice, table)| sql(choice, table)),
        cache: need(table, "cache").map(|(choice, table)| cache(choice, table)),
        bus: need(table, "bus").map(|(choice, table)| bus(choice, table)),
        objects: need(table, "objects").map(|(choice, table)| objects(choice, table)),
    }
}

/// What a service says about one need: nothing where it is absent or `false`, a table where it is one.
fn need<'a>(table: Fields<'a>, name: &str) -> Option<(Choice, Option<Fields<'a>>)> {
    let written = table.raw(name)?;
    match written.get_ref() {
        DeValue::Boolean(false) => None,
        DeValue::Boolean(true) => Some((Choice { span: written.span(), ..Choice::default() }, None)),
        DeValue::String(_) => Some((short_choice(written)?, None)),
        DeValue::Table(_) => {
            let (inner, span) = table.table(name)?;
            Some((choice(inner, span), Some(inner)))
        }
        _ => None,
    }
}

/// A choice in one word: a URL where it has a scheme, else an engine's name.
fn short_choice(written: &Spanned<DeValue<'_>>) -> Option<Choice> {
    static TEXT: Kind = Kind::Text;
    let value: Value<String> = scalar(written, &TEXT)?;
    let mut choice = Choice { span: value.span.clone(), ..Choice::default() };
    let is_url = matches!(written.get_ref(), DeValue::String(text) if has_scheme(text));
    if is_url {
        choice.url = Some(value);
    } else {
        choice.engine = Some(value);
    }
    Some(choice)
}

/// Whether the text begins with a scheme; a `:` inside of a variable is none.
fn has_scheme(text: &str) -> bool {
    match text.find(':') {
        Some(at) => !text[..at].contains("${") || text.contains("://"),
        None => false,
    }
}

fn choice(table: Fields<'_>, span: Span) -> Choice {
    Choice {
        span,
        off: false,
        engine: table.value("engine"),
        url: table.value("url"),
        host: table.value("host"),
        port: table.value("port"),
        region: table.value("region"),
        max_connections: table.value("max_connections"),
        one_server: table.value("one_server"),
        archive: table.value("archive"),
        connection_limit: table.value("connection_limit"),
        pool_timeout: table.value("pool_timeout"),
        connect_timeout: table.value("connect_timeout"),
        lifetime: table.value("lifetime"),
        settings: table.settings(),
    }
}

fn list<T: Scalar>(table: Option<Fields<'_>>, name: &str) -> Vec<Value<T>> {
    table.map_or_else(Vec::new, |table| table.list(name))
}

fn sql(choice: Choice, table: Option<Fields<'_>>) -> SqlNeed {
    SqlNeed {
        choice,
        database: table.and_then(|table| table.value("database")),
        role: table.and_then(|table| table.value("role")),
        tables: list(table, "tables"),
        migrations: table.and_then(|table| table.value("migrations")),
        extensions: list(table, "extensions"),
        promises: list(table, "promises"),
    }
}

fn cache(choice: Choice, table: Option<Fields<'_>>) -> CacheNeed {
    CacheNeed {
        choice,
        keys: list(table, "keys"),
        namespace: table.and_then(|table| table.value("namespace")),
        shared: table.and_then(|table| table.value("shared")),
        promises: list(table, "promises"),
    }
}

fn bus(choice: Choice, table: Option<Fields<'_>>) -> BusNeed {
    BusNeed {
        choice,
        publishes: list(table, "publishes"),
        subscribes: table.map_or_else(Vec::new, subscriptions),
        durable: table.and_then(|table| table.value("durable")),
        promises: list(table, "promises"),
    }
}

/// The plain entries are one subscription together; each table is one of its own.
fn subscriptions(table: Fields<'_>) -> Vec<Subscribe> {
    let mut plain = Subscribe::default();
    let mut own = Vec::new();
    for (entry, kind) in table.entries("subscribes") {
        if let Some((fields, span)) = as_table(entry, kind) {
            own.push(Subscribe {
                span,
                topics: fields.list("topics"),
                group: fields.value("group"),
                broadcast: fields.value("broadcast"),
                key_order: fields.value("key_order"),
                delay: fields.value("delay"),
                start: fields.value("start"),
                max_attempts: fields.value("max_attempts"),
            });
        } else if let Some(topic) = scalar(entry, kind) {
            plain.span = entry.span();
            plain.topics.push(topic);
        }
    }
    if !plain.topics.is_empty() {
        own.insert(0, plain);
    }
    own
}

fn objects(choice: Choice, table: Option<Fields<'_>>) -> ObjectsNeed {
    ObjectsNeed { choice, buckets: list(table, "buckets"), promises: list(table, "promises") }
}

fn env(table: Fields<'_>) -> Vec<EnvEntry> {
    let entry = |(name, _, value, kind): (&str, Span, _, _)| {
        let value = match as_table(value, kind) {
            Some((reference, _)) => EnvValue::Secret(reference.value(SECRET.keys().next()?.name)?),
            None => EnvValue::Text(scalar(value, kind)?),
        };
        Some(EnvEntry { name: name.to_string(), value })
    };
    // A shell would run what a name that is none has in it.
    let has_name = |(name, ..): &(&str, Span, _, _)| template::is_variable_name(name);
    table.map("env").into_iter().filter(has_name).filter_map(entry).collect()
}

fn engines(table: Fields<'_>) -> Engines {
    let engine = |name: &str| match table.raw(name)?.get_ref() {
        DeValue::Table(_) => table.table(name).map(|(inner, span)| choice(inner, span)),
        DeValue::Boolean(on) => Some(Choice { span: table.raw(name)?.span(), off: !on, ..Choice::default() }),
        _ => short_choice(table.raw(name)?),
    };
    Engines { sql: engine("sql"), cache: engine("cache"), bus: engine("bus"), objects: engine("objects") }
}

fn environment(name: &str, span: Span, table: Fields<'_>) -> Environment {
    let profile = table.value::<String>("profile").and_then(|value| match value.written {
        Written::Plain(word) => match word.as_str() {
            "development" => Some(Profile::Development),
            "staging" => Some(Profile::Staging),
            _ => Some(Profile::Production),
        },
        Written::Template { .. } => None,
    });
    Environment {
        name: name.to_string(),
        span,
        profile,
        replicas: table.value("replicas"),
        machines: table.value("machines"),
        env: env(table),
        tools: table
            .map("tools")
            .into_iter()
            .filter_map(|(name, _, value, kind)| Some((name.to_string(), scalar(value, kind)?)))
            .collect(),
        engines: engines(table),
        services: table
            .map("services")
            .into_iter()
            .filter_map(|(name, span, value, kind)| Some(overridden(name, span, as_table(value, kind)?.0)))
            .collect(),
    }
}

fn overridden(service: &str, span: Span, table: Fields<'_>) -> Override {
    Override {
        service: service.to_string(),
        span,
        port: table.value("port"),
        replicas: table.value("replicas"),
        env: env(table),
        engines: engines(table),
    }
}
