//! Whatever text comes in: findings at places that exist, in time that grows with the text, and never a panic.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use bedplate_core::sql::{Dialect, Migrations};
use bedplate_lint::{Finding, Level, Options, explain, lint};
use proptest::prelude::*;

const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

fn judge(scripts: &[String]) -> Vec<Finding> {
    let files = scripts.iter().enumerate().map(|(at, script)| (format!("{:04}_a.sql", at + 1), script));
    // A directive in the wrong place is refused before there is anything to judge.
    let Ok(migrations) = Migrations::from_files(files) else { return Vec::new() };
    let findings = lint(&migrations, &Options::new(ALL));
    // As the migrations hold them, without an editor's mark at their start.
    let held = migrations.of(ALL[0]);
    for finding in &findings {
        let number: usize = finding.file[..4].parse().unwrap();
        let script = held[number - 1].script.as_str();
        let span = finding.span.clone();
        assert!(script.get(span.clone()).is_some(), "{finding:?}");
        let before = &script[..span.start];
        assert_eq!(finding.line, before.matches('\n').count() + 1, "{finding:?}");
        assert_eq!(finding.column, before.rsplit('\n').next().unwrap().chars().count() + 1, "{finding:?}");
        assert_eq!(explain(finding.code).map(|code| code.level), Some(finding.level));
        assert!(!finding.message.is_empty() && !finding.dialects.is_empty(), "{finding:?}");
        assert!(serde_json::to_string(finding).is_ok());
    }
    findings
}

const PIECES: &[&str] = &[
    "create",
    "table",
    "if not exists",
    "orders",
    "\"Orders\"",
    "`orders`",
    "[orders]",
    "public.",
    "a.b",
    "(",
    ")",
    ",",
    ";",
    ";\n",
    "\n\n",
    "id",
    "bigint",
    "serial",
    "varchar(20)",
    "numeric(10, 2)",
    "text[]",
    "timestamp(3)",
    "not null",
    "default",
    "null",
    "now()",
    "'x'",
    "$1",
    "$$",
    "$a$",
    "primary key",
    "unique",
    "references",
    "foreign key",
    "check",
    "index",
    "concurrently",
    "on",
    "using",
    "where",
    "alter",
    "column",
    "add",
    "drop",
    "rename",
    "to",
    "type",
    "set",
    "constraint",
    "update",
    "delete from",
    "truncate",
    "insert into",
    "values",
    "select",
    "from",
    "begin",
    "end",
    "commit",
    "case",
    "trigger",
    "function",
    "as",
    "-- lint: allow drop-table: why\n",
    "-- lint: allow drop-table\n",
    "-- lint: allow\n",
    "-- lint:\n",
    "-- bedplate: no-transaction\n",
    "/*",
    "*/",
    "--",
    "#",
    "'",
    "\"",
    "`",
    "ä",
    "\u{1F980}",
    "\0",
    "\r\n",
    "\t",
    "\u{feff}",
    "e'\\",
    "1e9",
    "-",
    "::",
    "[",
    "]",
    "{",
    "}",
    "create table t (id bigint primary key);\n",
    "alter table t add column c int not null;\n",
    "create index i on t (c);\n",
    "drop table t;\n",
    "alter table t rename to u;\n",
];

/// Pieces of SQL, put together at random: some are almost right.
fn almost_sql() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec![" ", "", "\n"]);
    let piece =
        (prop::sample::select(PIECES), separator).prop_map(|(piece, space)| format!("{piece}{space}"));
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn almost_sql_never_panics(scripts in prop::collection::vec(almost_sql(), 1..4)) {
        judge(&scripts);
    }

    #[test]
    fn any_text_never_panics(script in "\\PC{0,200}", head in prop::sample::select(vec!["", "create table ", "alter table t ", "create index "])) {
        judge(&[format!("{head}{script}")]);
    }
}

#[test]
fn deep_nesting_and_long_chains_are_left_unread() {
    let wraps = [
        ("(", ")"),
        ("case when ", " then 1 end"),
        ("not ", ""),
        ("- ", ""),
        ("array[", "]"),
        ("f(", ")"),
        ("exists (select ", ")"),
        ("select * from (", ")"),
        ("1 + ", ""),
        ("a and ", ""),
        ("a.", ""),
        ("cast(", " as int)"),
        ("interval ", ""),
        ("struct<", ">"),
    ];
    for depth in [5, 9, 498, 5_000] {
        for (open, close) in wraps {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let table =
                format!("create table t (id bigint primary key, a int default {nested}, check ({nested}))");
            let types = format!("create table t (id bigint primary key, a {nested})");
            judge(&[
                table,
                types,
                format!("alter table t add check ({nested})"),
                format!("create index i on t (({nested}))"),
            ]);
        }
    }
}

#[test]
fn a_long_script_and_a_thousand_scripts_are_judged_in_time_that_grows_with_them() {
    let columns: Vec<String> = (0..1000).map(|at| format!("column_{at} varchar(20) not null")).collect();
    let wide = format!("create table wide (id bigint primary key, {});", columns.join(", "));
    let rows = vec!["(1, 'some text; with a semicolon')"; 50_000].join(", ");
    let started = Instant::now();
    judge(&[wide, format!("insert into wide values {rows};"), "drop table wide;\n".repeat(200)]);
    let scripts: Vec<String> = (0..1000)
        .map(|at| {
            format!(
                "create table t{at} (id bigint primary key, other bigint references t{} (id), name varchar(20));\n\
                 create index t{at}_other on t{at} (other);\nalter table t{} add column extra varchar(10);\n",
                at / 2,
                at / 2
            )
        })
        .collect();
    judge(&scripts);
    // A build for tests on a busy machine: a square of the size would take minutes.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn what_cannot_be_read_is_a_note_and_silences_what_would_be_guessed() {
    let scripts = [
        "create table t (id frobnicate the whole thing)".to_string(),
        "alter table t add column a int".into(),
    ];
    let files = scripts.iter().enumerate().map(|(at, script)| (format!("{at}_a.postgres.sql"), script));
    let findings = lint(&Migrations::from_files(files).unwrap(), &Options::new([Dialect::Postgres]));
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.level)).collect();
    assert_eq!(found, [("not-understood", Level::Note)]);
}
