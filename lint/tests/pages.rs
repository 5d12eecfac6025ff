//! The examples of every page: the wrong one shows its finding, the right one shows none at all.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use bedplate_core::sql::{Dialect, Migrations};
use bedplate_lint::{CODES, Finding, Options, explain, lint, reference};

/// The scripts of an example: a line `-- 0001_name.sql` begins each.
fn files(example: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in example.lines() {
        match line.strip_prefix("-- ").filter(|name| name.starts_with('0') && name.ends_with(".sql")) {
            Some(name) => files.push((name.to_string(), String::new())),
            None => {
                let (_, script) = files.last_mut().expect("an example begins with the name of a file");
                script.push_str(line);
                script.push('\n');
            }
        }
    }
    files
}

fn judge(example: &str) -> Vec<Finding> {
    let files = files(example);
    let dialects: Vec<Dialect> = Dialect::ALL
        .into_iter()
        .filter(|dialect| {
            let word = format!(".{}.sql", dialect.as_str());
            let is_own = |name: &String| name.ends_with(&word) || name.matches('.').count() == 1;
            files.iter().all(|(name, _)| is_own(name))
        })
        .collect();
    assert!(!dialects.is_empty());
    lint(&Migrations::from_files(files).unwrap(), &Options::new(dialects))
}

#[test]
fn the_wrong_example_of_every_page_has_its_finding_and_the_right_one_has_none() {
    let mut failures = Vec::new();
    for code in CODES {
        let examples: Vec<&str> =
            code.page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        let [wrong, right] = examples.as_slice() else { panic!("{}: not two examples", code.code) };
        let found = judge(wrong);
        if !found.iter().any(|finding| finding.code == code.code) {
            failures.push(format!("{}: the wrong example has {found:#?}", code.code));
        }
        let others: Vec<&str> = found.iter().map(|f| f.code).filter(|found| *found != code.code).collect();
        let expected: &[&str] = match code.code {
            "type-without-meaning" | "table-rewritten" => &[],
            "type-not-in-engine" => &["type-without-meaning"],
            _ => &[],
        };
        if others != expected {
            failures.push(format!("{}: the wrong example also has {others:?}", code.code));
        }
        let found = judge(right);
        if !found.is_empty() {
            failures.push(format!("{}: the right example has {found:#?}", code.code));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_code_is_explained_in_the_reference() {
    let reference = reference();
    for code in CODES {
        assert_eq!(explain(code.code), Some(code));
        assert!(reference.contains(&format!(
            "\n## {}\n\n{}: {}\n",
            code.code,
            code.level.as_str(),
            code.title
        )));
        assert!(code.page.len() > 150 && code.page.ends_with("```\n"), "{}", code.code);
    }
    assert_eq!(explain("nonsense"), None);
}
