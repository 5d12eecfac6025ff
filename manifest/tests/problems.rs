//! Every code has a golden folder and an explanation, and each explanation's examples are what it says.
//!
//! `SNAPSHOTS=overwrite cargo test -p bedplate-manifest` rewrites the expected texts.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use bedplate_core::{Capability, Engine};
use bedplate_manifest::{CODES, Checked, Context, Source, check, explain, render};
use snapbox::{Data, assert_data_eq};

/// The engines that a build with every driver of today opens.
fn opens_today(engine: &Engine, capability: Capability) -> bool {
    matches!(
        (engine.name, capability),
        ("sqlite" | "postgres" | "mysql", Capability::Sql)
            | ("memory", Capability::Cache | Capability::Bus)
            | ("files", Capability::Objects)
    )
}

/// What one code is about must be the only thing wrong: every engine can be opened, but for that code.
fn check_for(code: &str, source: &Source, environments: &[&str]) -> Checked {
    let opens =
        |engine: &Engine, capability| code != "engine-not-in-build" || opens_today(engine, capability);
    check(source, environments, &Context { variables: &|_| None, opens: &opens })
}

fn folder(code: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/problems").join(code)
}

/// What a folder can't hold is made here.
fn made(code: &str) -> Option<Vec<u8>> {
    match code {
        "manifest-too-large" => Some(vec![b'#'; 4 * 1024 * 1024 + 1]),
        "not-utf8" => Some(b"platform = \"shop\"\n\n[services.orders]\nrun = \"npm start \xE4\"\n".to_vec()),
        "too-many" => {
            let services = (0..2_001).map(|n| format!("[services.s{n}]\nport = {}\n", n + 1));
            Some(format!("platform = \"shop\"\n{}", services.collect::<String>()).into_bytes())
        }
        _ => None,
    }
}

fn rendered(checked: &Checked, source: &Source) -> String {
    let blocks: Vec<String> = checked.problems.iter().map(|problem| render(problem, source, false)).collect();
    blocks.join("\n\n") + "\n"
}

#[test]
fn every_code_has_a_golden_text() {
    for code in CODES {
        let folder = folder(code.code);
        let bytes =
            made(code.code).unwrap_or_else(|| fs::read(folder.join("bedplate.toml")).expect(code.code));
        let source = Source::new("bedplate.toml", bytes);
        let environments: &[&str] = if code.code == "unknown-environment" { &["prodution"] } else { &[] };
        let checked = check_for(code.code, &source, environments);
        assert!(
            checked.problems.iter().any(|problem| problem.code == code.code),
            "{}: {:#?}",
            code.code,
            checked.problems
        );
        let expected = Data::read_from(&folder.join("expected.txt"), None).raw();
        assert_data_eq!(Data::text(rendered(&checked, &source)).raw(), expected);
    }
}

#[test]
fn every_folder_is_a_code() {
    for entry in fs::read_dir(folder("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(explain(&name).is_some(), "{name}");
    }
}

/// The TOML examples of a page, in their order.
fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn every_explanation_shows_what_is_wrong_and_what_is_right() {
    for code in CODES {
        let examples = examples(code.page);
        if made(code.code).is_some() || code.code == "unknown-environment" {
            assert!(examples.is_empty() && code.page.len() > 100, "{}", code.code);
            continue;
        }
        let [wrong, right] = examples[..] else { panic!("{} has {} examples", code.code, examples.len()) };
        let found = check_for(code.code, &Source::new("wrong", wrong), &[]).problems;
        assert!(
            !found.is_empty() && found.iter().all(|problem| problem.code == code.code),
            "the wrong example of {} has {found:#?}",
            code.code
        );
        let left = check_for(code.code, &Source::new("right", right), &[]).problems;
        assert!(left.is_empty(), "the right example of {} has {left:#?}", code.code);
    }
}

#[test]
fn a_proven_engine_that_was_left_out_names_its_feature() {
    let source = Source::new("bedplate.toml", "platform = \"shop\"\n[services.orders]\nsql = \"postgres\"\n");
    let checked = check(&source, &[], &Context { variables: &|_| None, opens: &|_, _| false });
    assert_eq!(checked.problems.len(), 1, "{:#?}", checked.problems);
    assert_eq!(checked.problems[0].help.as_deref(), Some("build with `--features postgres`"));
}

#[test]
fn a_problem_as_json_has_its_place() {
    let source =
        Source::new("bedplate.toml", "platform = \"shop\"\n[services.\"ä\"]\nsql = true\nslq = true\n");
    let problems = check_for("", &source, &[]).problems;
    let json: Vec<_> = problems.iter().map(|problem| problem.to_json(&source)).collect();
    let unknown = json.iter().find(|problem| problem["code"] == "unknown-key").unwrap();
    assert_eq!(unknown["file"], "bedplate.toml");
    assert_eq!((&unknown["line"], &unknown["column"]), (&4.into(), &1.into()));
    assert_eq!((&unknown["end"]["line"], &unknown["end"]["column"]), (&4.into(), &4.into()));
    assert_eq!(unknown["help"], "did you mean `sql`?");
}

#[test]
fn an_excerpt_never_shows_a_secret() {
    let text = "platform = \"shop\"\n[services.orders]\nenv = { API_TOKEN = \"hunter2hunter2\", JWT_SECRET = { value = \"hunter2hunter2\" }, B = [] }\nsql = \"postgres://hunter2:hunter2hunter2@h\"\nrun = \"x amqp://u:hunter2hunter2@a redis://:hunter2hunter2@b --password=hunter2hunter2\"\ndir = 'a\\b://u:hunter2hunter2@c'\n";
    let source = Source::new("bedplate.toml", text);
    let checked = check_for("", &source, &[]);
    let shown = rendered(&checked, &source);
    assert!(
        shown.contains("plain-secret") && shown.contains("wrong-type") && !shown.contains("hunter2hunter2"),
        "{shown}"
    );
    let plans = serde_json::to_string(&checked.plans).unwrap();
    assert!(!plans.contains("hunter2hunter2"), "{plans}");
    let json: String = checked.problems.iter().map(|problem| problem.to_json(&source).to_string()).collect();
    assert!(!json.contains("hunter2hunter2"), "{json}");
}

#[test]
fn an_excerpt_of_a_line_that_is_no_toml_never_shows_a_secret() {
    for line in [
        "env = { JWT_SECRET = \"hunter2\" \"x\" }",
        "JWT_SECRET \"hunter2\"",
        "DB_PASSWORD: hunter2",
        "env = { A = \"${JWT_SECRET:-hunter2}\" } x",
    ] {
        let source =
            Source::new("bedplate.toml", format!("platform = \"shop\"\n[services.orders]\n{line}\n"));
        let shown = rendered(&check_for("", &source, &[]), &source);
        assert!(shown.contains("syntax") && !shown.contains("hunter2"), "{shown}");
    }
}
