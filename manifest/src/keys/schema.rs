//! The table of keys as a JSON Schema, so that editors complete and check a manifest.

use serde_json::{Map, Value, json};

use super::kind::{Key, Kind, Section};
use super::table::ROOT;
use crate::MAX_ENTRIES;

/// Text with a variable in it, which may stand for any value.
const VARIABLE_PATTERN: &str = "\\$";

/// The JSON Schema (draft 2020-12) of `bedplate.toml`.
pub fn schema() -> Value {
    let mut schema = section(&ROOT);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "bedplate.toml".into();
    schema
}

fn section(section: &Section) -> Value {
    let properties: Map<String, Value> =
        section.keys().map(|key| (key.name.to_string(), property(key))).collect();
    let required: Vec<&str> = section.keys().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": section.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if section.settings {
        schema["additionalProperties"] =
            json!({ "type": ["string", "number", "boolean"], "description": "A setting of the engine." });
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    schema["description"] = key.doc.into();
    match literal(key.default) {
        Some(default) => schema["default"] = default,
        None if !key.default.is_empty() => {
            schema["description"] = format!("{} Default: {}.", key.doc, key.default).into()
        }
        None => {}
    }
    if let Some(example) = literal(key.example) {
        schema["examples"] = json!([example]);
    }
    schema
}

/// A value as it is written in TOML, where it is one.
fn literal(text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let table: toml::Table = format!("value = {text}").parse().ok()?;
    serde_json::to_value(table.get("value")?).ok()
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Shaped(shape) => json!({
            "type": "string",
            "pattern": format!("{}|{VARIABLE_PATTERN}", shape.pattern),
        }),
        Kind::Choice(words) => or_variable(json!({ "enum": words })),
        Kind::Fixed(words) => json!({ "enum": words }),
        Kind::Count { min, max } => or_variable(json!({ "type": "integer", "minimum": min, "maximum": max })),
        Kind::Bool => or_variable(json!({ "type": "boolean" })),
        Kind::Duration => json!({ "anyOf": [
            { "type": "string", "pattern": format!("^[0-9]+ *(ms|s|m|min|h|d)?$|{VARIABLE_PATTERN}") },
            { "type": "integer", "minimum": 0 },
        ] }),
        Kind::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Kind::List(entry) => json!({ "type": "array", "items": self::kind(entry), "maxItems": MAX_ENTRIES }),
        Kind::Table(inner) => section(inner),
        Kind::Map { name, value, max } => json!({
            "type": "object",
            "propertyNames": { "pattern": name.pattern },
            "additionalProperties": self::kind(value),
            "maxProperties": max,
        }),
        Kind::OneOf(kinds) => json!({ "anyOf": kinds.iter().map(self::kind).collect::<Vec<_>>() }),
    }
}

fn or_variable(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": VARIABLE_PATTERN }] })
}
