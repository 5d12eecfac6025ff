//! Scripts as people and their tools write them: what is found in each is known, and nothing else is.
//!
//! `LINT_TESTS=overwrite cargo test -p bedplate-lint --test realistic` rewrites what is expected.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bedplate_core::sql::{Dialect, Migrations};
use bedplate_lint::{Options, lint};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/realistic")
}

/// The scripts in a file: a line `-- 0001_name.sql` begins each.
fn scripts(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("-- ").filter(|name| name.starts_with('0') && name.ends_with(".sql")) {
            Some(name) => files.push((name.to_string(), String::new())),
            None => {
                let (_, script) = files.last_mut().unwrap();
                script.push_str(line);
                script.push('\n');
            }
        }
    }
    files
}

fn judged(name: &str, text: &str) -> String {
    let all = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];
    let own = |dialect: &Dialect| name.ends_with(&format!("-{}.sql", dialect.as_str()));
    let own = all.into_iter().find(own);
    let dialects = own.map_or(all.to_vec(), |dialect| vec![dialect]);
    let migrations = Migrations::from_files(scripts(text)).unwrap();
    let mut shown = String::new();
    for finding in lint(&migrations, &Options::new(dialects)) {
        let (file, line, column) = (&finding.file, finding.line, finding.column);
        let of = finding.dialects.join(" ");
        let (level, code) = (finding.level.as_str(), finding.code);
        writeln!(shown, "{file}:{line}:{column}: {level}[{code}] ({of}) {}", finding.message).unwrap();
    }
    shown
}

#[test]
fn what_is_found_in_real_scripts_is_what_is_wrong_with_them() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let actual = judged(name, &fs::read_to_string(&path).unwrap());
        let expected = path.with_extension("txt");
        if std::env::var("LINT_TESTS").is_ok_and(|value| value == "overwrite") {
            fs::write(&expected, &actual).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if actual != expected {
            wrong.push(format!("{name} has:\n{actual}and not:\n{expected}"));
        }
    }
    assert!(count >= 10, "{count} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The scripts of every folder called `migrations` below a folder.
fn migrations_below(folder: &Path, found: &mut Vec<Vec<(String, String)>>) {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            migrations_below(&path, found);
        } else if folder.ends_with("migrations") && name.ends_with(".sql") {
            scripts.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    if !scripts.is_empty() {
        found.push(scripts);
    }
}

#[test]
fn the_examples_of_this_repository_have_nothing_to_find() {
    let mut services = Vec::new();
    migrations_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut services);
    assert!(services.len() >= 2);
    for scripts in services {
        let migrations = Migrations::from_files(scripts).unwrap();
        let options = Options::new([Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql]);
        assert_eq!(lint(&migrations, &options), []);
    }
}
