//! Whatever bytes come in: problems or a plan, in time that grows with the input, and never a panic.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use bedplate_manifest::{Checked, Context, MAX_MANIFEST_BYTES, MAX_PROBLEMS, Source, check, render};
use proptest::prelude::*;

fn check_bytes(bytes: impl Into<Vec<u8>>) -> Checked {
    let source = Source::new("bedplate.toml", bytes);
    let context = Context {
        variables: &|name| (name.len() % 2 == 0).then(|| "value".to_string()),
        opens: &|_, _| true,
    };
    let checked = check(&source, &[], &context);
    assert!(checked.problems.len() <= MAX_PROBLEMS + 1);
    for problem in checked.problems.iter().take(20) {
        let text = source.text();
        if let Some(span) = &problem.span {
            assert!(span.start <= span.end && span.end <= text.len(), "{problem:?}");
        }
        assert!(render(problem, &source, false).contains(problem.code));
        assert!(problem.to_json(&source)["code"] == problem.code);
    }
    for plan in &checked.plans {
        assert!(serde_json::to_string(plan).is_ok());
        // A diagram draws every pair of a topic and its subscriber: its size is the square of the platform.
        assert!(plan.services.len() > 100 || plan.mermaid().starts_with("flowchart"));
    }
    checked
}

fn codes(checked: &Checked) -> Vec<&str> {
    let mut codes: Vec<&str> = checked.problems.iter().map(|problem| problem.code).collect();
    codes.dedup();
    codes
}

const PIECES: &[&str] = &[
    "platform",
    "services",
    "environments",
    "orders",
    "user-service",
    "sql",
    "cache",
    "bus",
    "objects",
    "env",
    "dev",
    "production",
    "publishes",
    "subscribes",
    "topics",
    "engine",
    "url",
    "port",
    "host",
    "replicas",
    "machines",
    "postgres",
    "redis",
    "memory",
    "shared",
    "keys",
    "secret",
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'",
    "\n",
    "\n[services.a]\n",
    "\n[environments.production]\n",
    "true",
    "false",
    "0",
    "3000",
    "99999999999999999999",
    "1.5",
    "2026-01-01",
    "\"${A}\"",
    "\"${AB:-3}\"",
    "\"${\"",
    "\"$$\"",
    "\"user.*\"",
    "\"#\"",
    "\"a b\"",
    "\"postgres://a:b@c:1/d?e=f\"",
    "\"sqlite:./x\"",
    "\"redis\"",
    "\"shop\"",
    " = ",
    "sql = true\n",
    "cache = { shared = true }\n",
    "bus = { subscribes = [\"a.*\"] }\n",
    "ä",
    "\u{1F980}",
    "\0",
    "\r\n",
    "\t",
    "#",
    "\\",
    "\"\"\"",
];

/// Pieces of manifests, put together at random: most are almost right.
fn almost_a_manifest() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Manifests in which only values vary.
fn shaped() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "true",
        "false",
        "3",
        "-1",
        "\"x\"",
        "\"${AB}\"",
        "\"${A}\"",
        "\"\"",
        "[]",
        "{}",
        "[\"a.b\"]",
        "\"postgres\"",
        "\"memory:\"",
        "\"redis://:${PW}@h\"",
        "\"sqlite:./a/\"",
        "{ engine = \"nats\", shared = true }",
        "{ url = \"mysql://u:p@[::1]:1/d\" }",
        "{ subscribes = [\"#\", { topics = [\"*\"], delay = \"9h\" }] }",
        "\"5m\"",
        "1979-05-27",
        "\"\u{1F980}\"",
        "{ secret = \"a\" }",
    ]);
    let key = prop::sample::select(vec![
        "port", "run", "dir", "replicas", "env", "sql", "cache", "bus", "objects", "machines", "profile",
        "tools", "services",
    ]);
    let table = prop::sample::select(vec![
        "services.a",
        "services.b",
        "environments.dev",
        "environments.production",
        "outside",
    ]);
    let tables = prop::collection::btree_map(table, prop::collection::btree_map(key, value, 0..6), 0..5);
    tables.prop_map(|tables| {
        let mut text = String::from("platform = \"x\"\n");
        for (table, keys) in tables {
            text.push_str(&format!("[{table}]\n"));
            for (key, value) in keys {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        check_bytes(bytes);
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check_bytes(text);
    }

    #[test]
    fn almost_manifests(text in almost_a_manifest()) {
        check_bytes(text);
    }

    #[test]
    fn manifests_with_any_values(text in shaped()) {
        check_bytes(text);
    }

    #[test]
    fn the_same_text_gives_the_same_answer(text in shaped()) {
        let (one, other) = (check_bytes(text.clone()), check_bytes(text));
        prop_assert_eq!(one.problems, other.problems);
        prop_assert_eq!(one.plans, other.plans);
    }

    #[test]
    fn a_password_never_leaves_a_manifest(password in "[a-zA-Z0-9]{12,20}", other in shaped()) {
        let text = format!(
            "{other}\n[services.z]\nsql = \"postgres://app:{password}@db\"\nrun = {{}}\nenv = {{ API_TOKEN = \"{password}\", A = [] }}\n"
        );
        let source = Source::new("bedplate.toml", text);
        let checked = check(&source, &[], &Context { variables: &|_| None, opens: &|_, _| false });
        prop_assert!(!serde_json::to_string(&checked.plans).unwrap().contains(&password));
        for problem in &checked.problems {
            prop_assert!(!render(problem, &source, true).contains(&password));
            prop_assert!(!problem.to_json(&source).to_string().contains(&password));
        }
    }
}

#[test]
fn nested_deeper_than_any_manifest() {
    for (open, close) in [("[", "]"), ("{a=", "}"), ("[[", "]]")] {
        for depth in [17, 81, 1_000, 100_000] {
            let text = format!("a = {}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(codes(&check_bytes(text)), ["too-deep"], "{open} {depth}");
        }
    }
    for text in [
        format!("a{} = 1", ".a".repeat(500_000)),
        format!("[a{}]", ".a".repeat(500_000)),
        "a = {b.c.".repeat(100_000),
    ] {
        assert_eq!(codes(&check_bytes(text)), ["too-deep"]);
    }
}

#[test]
fn no_input_takes_long() {
    let mib = 1024 * 1024;
    let inputs: Vec<(&str, Vec<u8>)> = vec![
        ("10 MB of text", b"a = 1\n".repeat(10 * mib / 6)),
        ("4 MiB of zeros", vec![0; MAX_MANIFEST_BYTES]),
        ("4 MiB of empty keys", b"=\n".repeat(2 * mib)),
        ("1 MiB of brackets", b"[".repeat(mib)),
        ("1 MiB of quotes", b"\"".repeat(mib)),
        ("1 MiB of equal signs", b"=\n".repeat(mib / 2)),
        ("1 MiB of one key", b"a = 1\n".repeat(mib / 6)),
        ("1 MiB of one header", b"[services.orders]\n".repeat(mib / 18)),
        (
            "1 MiB of unknown keys",
            (0..mib / 16).map(|n| format!("unknown{n} = 1\n")).collect::<String>().into_bytes(),
        ),
        ("1 MiB in one line", format!("platform = \"{}\"\n", "x".repeat(mib)).into_bytes()),
        ("1 MiB of a comment", b"#".repeat(mib)),
        ("1 MiB of variables", format!("platform = \"{}\"", "${A}".repeat(mib / 4)).into_bytes()),
        ("3 MiB of defaults", in_text("${A:-b}", 3 * mib)),
        ("3 MiB of braces in URLs", in_text("://{", 3 * mib)),
        ("3 MiB of URLs without ports", in_text("x://a:b/ ", 3 * mib)),
        ("10,000 services", services(10_000).into_bytes()),
    ];
    for (what, bytes) in inputs {
        let start = Instant::now();
        let checked = check_bytes(bytes);
        assert!(!checked.problems.is_empty(), "{what}");
        // A debug build on a busy machine: a hundred times what it takes, and far below anything quadratic.
        assert!(start.elapsed() < Duration::from_secs(60), "{what} took {:?}", start.elapsed());
        println!(
            "{what}: {:?}, {} problems, {:?}",
            start.elapsed(),
            checked.problems.len(),
            codes(&checked).first()
        );
    }
}

fn in_text(piece: &str, bytes: usize) -> Vec<u8> {
    let text = piece.repeat(bytes / piece.len() / 2);
    format!("platform = \"{text}\"\n[services.orders]\nrun = \"{text}\"\n").into_bytes()
}

fn services(count: usize) -> String {
    let mut text = String::from("platform = \"x\"\n");
    for n in 0..count {
        text.push_str(&format!(
            "[services.s{n}]\nsql = true\ncache = {{ shared = true }}\nbus = {{ publishes = [\"s{n}.x\"], subscribes = [\"*.x\", \"s{}.#\"] }}\n",
            n / 2
        ));
    }
    text
}

#[test]
fn ten_thousand_services_are_too_many_and_two_thousand_are_not() {
    assert!(codes(&check_bytes(services(10_000))).contains(&"too-many"));
    assert!(check_bytes(services(2_000)).problems.is_empty());
}

#[test]
fn nothing_is_a_manifest_without_a_platform() {
    assert_eq!(codes(&check_bytes("")), ["missing-key", "no-services"]);
}
