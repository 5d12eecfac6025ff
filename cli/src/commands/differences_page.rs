//! The reference page of the differences: engines of one capability, pair by pair, from the catalogue and the dialects alone.

use std::fmt::Write;

use bedplate_catalogue::differences::{Difference, differences, pairs};
use bedplate_core::sql::{Dialect, ValueKind};
use bedplate_core::{Capability, Engine};

/// The dialects, in the order in which the tables show them, by the words of their makers.
const DIALECTS: [(&str, Dialect); 3] =
    [("SQLite", Dialect::Sqlite), ("PostgreSQL", Dialect::Postgres), ("MySQL, MariaDB", Dialect::Mysql)];

pub(super) fn page() -> String {
    let mut page = String::from(
        "# Differences\n\nWritten by `cargo xtask docs` from the catalogue; don't edit it by hand. The suites of the contracts prove it: an engine that \
         keeps a promise is shown to keep it, one that refuses it is shown to refuse it. What isn't listed for a pair of engines is the same on both.\n",
    );
    for capability in Capability::CONTRACTS {
        let pairs = pairs(capability);
        if pairs.is_empty() {
            continue;
        }
        // Writing to a string can't fail.
        let _ = write!(page, "\n## {capability}\n");
        if capability == Capability::Sql {
            words(&mut page);
            column_types(&mut page);
        }
        let mut seen: Vec<Difference> = Vec::new();
        for (one, other) in pairs {
            let found = differences(one, other, capability);
            pair(&mut page, one, other, &found);
            seen.extend(found);
        }
        let _ = write!(page, "\n### What it means, and what to write so that it works on both\n\n");
        seen.sort_by_key(|difference| difference.place);
        seen.dedup_by_key(|difference| difference.place);
        for difference in seen {
            let _ = writeln!(page, "- **{}**: {} {}", difference.feature, difference.doc, difference.advice);
        }
    }
    page
}

fn pair(page: &mut String, one: &Engine, other: &Engine, found: &[Difference]) {
    let _ = write!(page, "\n### {} and {}\n", one.title, other.title);
    if found.is_empty() {
        page.push_str("\nThere are no differences.\n");
        return;
    }
    let _ = write!(page, "\n| | {} | {} |\n|---|---|---|\n", one.name, other.name);
    for difference in found {
        let _ = writeln!(page, "| {} | {} | {} |", difference.feature, difference.has[0], difference.has[1]);
    }
}

fn words(page: &mut String) {
    page.push_str(
        "\n### What each dialect writes\n\nValues are `$1`, `$2` ... on every engine. `Dialect` writes the rest, so that a service needn't know where it runs.\n\n",
    );
    head(page, "");
    row(page, "a name, by `quote`", |dialect| dialect.quote("left over"));
    row(page, "insert or update, by `upsert`", |dialect| dialect.upsert("stock", &["sku"], &["n"]));
    row(page, "insert or leave, by `upsert`", |dialect| dialect.upsert("stock", &["sku"], &[]));
}

fn column_types(page: &mut String) {
    page.push_str(
        "\n### The type of a column that keeps values exactly\n\n`Dialect::column_type` tells it. A type that sounds the same may not: what SQLite calls `numeric` makes \
         floats of decimals.\n\n",
    );
    head(page, "values");
    for kind in ValueKind::ALL.into_iter().filter(|kind| *kind != ValueKind::Null) {
        row(page, kind.as_str(), |dialect| dialect.column_type(kind).unwrap_or_default().into());
    }
}

fn head(page: &mut String, what: &str) {
    let names = DIALECTS.map(|(name, _)| name).join(" | ");
    let _ = write!(page, "| {what} | {names} |\n|---|{}\n", "---|".repeat(DIALECTS.len()));
}

fn row(page: &mut String, what: &str, cell: impl Fn(Dialect) -> String) {
    // Two backticks, because MySQL quotes names with one.
    let code = |text: String| match text.contains('`') {
        true => format!("`` {text} ``"),
        false => format!("`{text}`"),
    };
    let cells = DIALECTS.map(|(_, dialect)| code(cell(dialect))).join(" | ");
    let _ = writeln!(page, "| {what} | {cells} |");
}
