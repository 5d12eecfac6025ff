//! The table of keys as a page for people.

use std::collections::HashSet;
use std::fmt::Write;

use super::kind::{Kind, Section};
use super::table::ROOT;

/// The reference of `bedplate.toml` in Markdown: every table with its keys.
pub fn reference() -> String {
    let mut page = String::from(
        "# bedplate.toml\n\n\
         Every text may have variables: `${NAME}`, or `${NAME:-default}`; `$$` is a dollar sign. Whatever isn't text may be \
         written as such a text too: `port = \"${PORT:-3000}\"`. A secret is never written as its value, only as a reference.\n",
    );
    let mut done = HashSet::new();
    write_section(&ROOT, &mut page, &mut done);
    page
}

fn write_section(section: &'static Section, page: &mut String, done: &mut HashSet<&'static str>) {
    if !done.insert(section.name) {
        return;
    }
    let title = if section.name.is_empty() { "The file".to_string() } else { format!("`{}`", section.name) };
    // Writing to a String can't fail.
    let _ = write!(
        page,
        "\n## {title}\n\n{}\n\n| key | takes | default | example | what it does |\n|---|---|---|---|---|\n",
        section.doc
    );
    for key in section.keys() {
        let default = match key.default {
            _ if key.required => "required".to_string(),
            "" => "none".to_string(),
            // A value stands in code, a sentence doesn't.
            text if is_value(text) => format!("`{text}`"),
            text => text.to_string(),
        };
        let takes = key.kind.describe().replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {takes} | {default} | `{}` | {} |",
            key.name,
            key.example.replace('|', "\\|"),
            key.doc
        );
    }
    if section.settings {
        page.push_str(
            "\nEvery other key is a setting of the engine: `bedplate engines ENGINE` lists them.\n",
        );
    }
    for key in section.keys() {
        inner(&key.kind, page, done);
    }
}

fn is_value(text: &str) -> bool {
    format!("value = {text}").parse::<toml::Table>().is_ok()
}

fn inner(kind: &'static Kind, page: &mut String, done: &mut HashSet<&'static str>) {
    match kind {
        Kind::Table(section) => write_section(section, page, done),
        Kind::Map { value, .. } => inner(value, page, done),
        Kind::List(entry) => inner(entry, page, done),
        Kind::OneOf(kinds) => kinds.iter().for_each(|kind| inner(kind, page, done)),
        _ => {}
    }
}
