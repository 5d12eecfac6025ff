//! The JSON Schema and the reference page say the same as the reader.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use bedplate_manifest::{CODES, Kind, ROOT, Section, Source, read, reference, schema};
use serde_json::Value;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every manifest that stands in this repository: examples, golden files, explanations.
fn manifests() -> Vec<(String, String)> {
    let mut list = Vec::new();
    for folder in ["../examples", "tests/problems"] {
        for entry in fs::read_dir(here(folder)).unwrap() {
            let path = entry.unwrap().path().join("bedplate.toml");
            if let Ok(text) = fs::read_to_string(&path) {
                list.push((path.display().to_string(), text));
            }
        }
    }
    for code in CODES {
        let pieces = code.page.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        list.extend(pieces.enumerate().map(|(at, text)| (format!("{} {at}", code.code), text.to_string())));
    }
    list
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let structural = ["unknown-key", "wrong-type", "missing-key", "invalid-name", "invalid-value"];
    let (mut right, mut wrong) = (0, 0);
    for (name, text) in manifests() {
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let problems = read(&Source::new(name.clone(), text)).problems;
        if problems.iter().any(|problem| problem.code == "too-deep") {
            continue;
        }
        let reader = !problems.iter().any(|problem| structural.contains(&problem.code));
        let json = serde_json::to_value(table).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors.is_empty(), reader, "{name}: {errors:?} {problems:?}");
        if reader { right += 1 } else { wrong += 1 }
    }
    assert!(right > 50 && wrong > 8, "{right} {wrong}");
}

/// A key of a service, values that it takes, and values that it doesn't.
const VALUES: &[(&str, &[&str], &[&str])] = &[
    ("port", &["1", "65535", "\"${PORT}\"", "\"${PORT:-1}\""], &["0", "65536", "\"1\"", "1.5", "true", "[]"]),
    ("replicas", &["1", "1000"], &["0", "1001", "-1"]),
    ("run", &["\"\"", "\"npm start\""], &["1", "[]", "{}"]),
    (
        "env",
        &["{}", "{ A = 1, B = true, C = 1.5, D = { secret = \"x\" } }"],
        &["[]", "{ \"1\" = 1 }", "{ A = {} }", "{ A = [] }"],
    ),
    (
        "sql",
        &["true", "\"sqlite\"", "{ port = 1, pool_timeout = \"1s\", connect_timeout = 3 }"],
        &["1", "{ port = 0 }", "{ tables = \"a\" }"],
    ),
    (
        "sql",
        &["{ database = \"Orders_1\" }", "{ one_server = false }"],
        &["{ database = \"1a\" }", "{ one_server = \"no\" }"],
    ),
    (
        "sql",
        &["{ pool_timeout = \"10 min\" }"],
        &["{ pool_timeout = \"soon\" }", "{ pool_timeout = -1 }", "{ pool_timeout = \"1y\" }"],
    ),
    (
        "cache",
        &["{ keys = [\"a:{b}\"], shared = \"${S:-true}\" }"],
        &["{ keys = [\"a b\"] }", "{ shared = 1 }"],
    ),
    (
        "bus",
        &["{ publishes = [\"a.b-c_d\"] }"],
        &["{ publishes = [\"a.*\"] }", "{ publishes = [\"a..b\"] }", "{ publishes = \"a\" }"],
    ),
    (
        "bus",
        &["{ subscribes = [\"a.*\", \"#\"] }"],
        &["{ subscribes = [\"a*\"] }", "{ subscribes = [{}] }", "{ subscribes = [1] }"],
    ),
    (
        "bus",
        &["{ subscribes = [{ topics = [\"a\"], start = \"now\", max_attempts = 1 }] }"],
        &[
            "{ subscribes = [{ topics = [\"a\"], start = \"then\" }] }",
            "{ subscribes = [{ topics = [\"a\"], x = 1 }] }",
        ],
    ),
    ("objects", &["{ buckets = [\"abc\"] }"], &["{ buckets = [\"ab\"] }", "{ buckets = [\"Abc\"] }"]),
    ("colour", &[], &["1", "\"blue\""]),
];

/// One value at a time: what the reader thinks of it, the schema must think too.
#[test]
fn the_schema_and_the_reader_agree_on_single_values() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    for (key, right, wrong) in VALUES {
        for (value, expected) in
            right.iter().map(|value| (value, true)).chain(wrong.iter().map(|value| (value, false)))
        {
            let text = format!("platform = \"shop\"\n[services.orders]\n{key} = {value}\n");
            let json = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
            let problems = read(&Source::new("bedplate.toml", text)).problems;
            assert_eq!(problems.is_empty(), expected, "{key} = {value}: {problems:?}");
            assert_eq!(validator.is_valid(&json), expected, "the schema on {key} = {value}");
        }
    }
    for (text, expected) in [
        ("platform = { name = \"shop\" }\n[services.a]\n[environments.x]\nprofile = \"staging\"", true),
        ("platform = \"shop\"\n[services.a]\n[environments.x]\nprofile = \"fast\"", false),
        ("platform = \"shop\"\n[services.a]\n[environments.x]\nprofile = \"${P}\"", false),
        ("platform = \"shop\"\n[services.A]", false),
        ("platform = \"shop\"\n[services.a]\n[environments.x]\nmachines = 0", false),
        (
            "platform = \"shop\"\n[services.a]\n[environments.x]\ntools = { adminer = 8080 }\nobjects = false",
            true,
        ),
        ("[services.a]", false),
        ("platform = {}\n[services.a]", false),
    ] {
        let json = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        let problems = read(&Source::new("bedplate.toml", text)).problems;
        assert_eq!(problems.is_empty(), expected, "{text}: {problems:?}");
        assert_eq!(validator.is_valid(&json), expected, "the schema on {text}");
    }
}

#[test]
fn every_example_and_default_in_the_schema_is_a_value_of_its_key() {
    let mut checked = 0;
    check_examples(&schema(), &mut checked);
    assert!(checked > 60, "{checked}");
}

fn check_examples(value: &Value, checked: &mut usize) {
    match value {
        Value::Object(object) => {
            let said = ["examples", "default"].into_iter().filter_map(|key| object.get(key));
            for example in said.filter(|_| object.contains_key("description")) {
                let example = example
                    .as_array()
                    .filter(|list| object.get("default") != Some(example) && list.len() == 1)
                    .map_or(example, |list| &list[0]);
                let own = jsonschema::draft202012::new(value).unwrap();
                assert!(own.is_valid(example), "{example} in {}", object["description"]);
                *checked += 1;
            }
            object.values().for_each(|inner| check_examples(inner, checked));
        }
        Value::Array(list) => list.iter().for_each(|inner| check_examples(inner, checked)),
        _ => {}
    }
}

/// Every table of the manifest, each once.
fn sections(section: &'static Section, found: &mut Vec<&'static Section>) {
    if found.iter().any(|one| one.name == section.name) {
        return;
    }
    found.push(section);
    section.keys().for_each(|key| inside(&key.kind, found));
}

fn inside(kind: &'static Kind, found: &mut Vec<&'static Section>) {
    match kind {
        Kind::Table(section) => sections(section, found),
        Kind::Map { value, .. } => inside(value, found),
        Kind::List(entry) => inside(entry, found),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| inside(kind, found)),
        _ => {}
    }
}

#[test]
fn the_reference_has_every_key_with_its_sentence() {
    let page = reference();
    let mut found = Vec::new();
    sections(&ROOT, &mut found);
    assert!(found.len() > 12);
    for section in found {
        for key in section.keys() {
            assert!(key.doc.ends_with('.') && !key.example.is_empty(), "{} {}", section.name, key.name);
            assert!(
                page.contains(&format!("| `{}` |", key.name)) && page.contains(key.doc),
                "{} {}",
                section.name,
                key.name
            );
        }
    }
}

#[test]
fn the_schema_describes_every_table() {
    let text = schema().to_string();
    assert!(text.contains("\"$schema\":\"https://json-schema.org/draft/2020-12/schema\""));
    let mut found = Vec::new();
    sections(&ROOT, &mut found);
    for section in found {
        assert!(text.contains(&serde_json::to_string(section.doc).unwrap()), "{}", section.name);
    }
}
