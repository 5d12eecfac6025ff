//! The reference page of the engines, from the catalogue alone: the same in every build.

use std::fmt::Write;

use bedplate_catalogue::ENGINES;
use bedplate_core::{Capability, Engine};

use super::engines::cells;

pub(super) fn page() -> String {
    let mut page = String::from(
        "# Engines\n\nWritten by `cargo xtask docs` from the catalogue; don't edit it by hand. *Proven* means that the contract's suite is green on it; \
         *planned* means that it can be recommended and planned, and not opened yet.\n",
    );
    for capability in Capability::ALL {
        matrix(&mut page, capability);
    }
    for engine in ENGINES {
        section(&mut page, engine);
    }
    page
}

fn matrix(page: &mut String, capability: Capability) {
    let engines: Vec<&&Engine> =
        ENGINES.iter().filter(|engine| engine.promises(capability).is_some()).collect();
    if engines.is_empty() {
        return;
    }
    // Writing to a string can't fail.
    let _ = write!(page, "\n## {capability}\n\n| |");
    for engine in &engines {
        let _ = write!(page, " {} |", engine.name);
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(engines.len()));
    let columns: Vec<_> = engines.iter().map(|engine| cells(engine, capability)).collect();
    let _ = write!(page, "\n| maturity |");
    for engine in &engines {
        let _ = write!(page, " {} |", engine.maturity(capability).map_or("", |maturity| maturity.as_str()));
    }
    for (at, (name, _, _)) in columns[0].iter().enumerate() {
        let _ = write!(page, "\n| {name} |");
        for column in &columns {
            let _ = write!(page, " {} |", column[at].1);
        }
    }
    page.push_str("\n\n");
    for (name, _, doc) in &columns[0] {
        let _ = writeln!(page, "- **{name}**: {doc}");
    }
}

fn section(page: &mut String, engine: &Engine) {
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let capabilities: Vec<&str> = engine.capabilities().map(|capability| capability.as_str()).collect();
    let _ = write!(
        page,
        "\n## {}\n\n{} Runs: {}. For: {}. Licence: {}. URL schemes: {}.",
        engine.title,
        engine.summary,
        engine.form.as_str(),
        capabilities.join(", "),
        engine.licence,
        list(engine.schemes),
    );
    if !engine.aliases.is_empty() {
        let _ = write!(page, " Also known as: {}.", list(engine.aliases));
    }
    if let Some(container) = engine.container {
        let _ = write!(page, " Image: `{}`.", container.image);
    }
    if !engine.ports.is_empty() {
        let ports: Vec<String> =
            engine.ports.iter().map(|port| format!("{} ({})", port.number, port.purpose)).collect();
        let _ = write!(page, " Ports: {}.", ports.join(", "));
    }
    if !engine.clients.is_empty() {
        let variables: Vec<String> =
            engine.clients.iter().map(|one| format!("`{}` ({})", one.name, one.content.as_str())).collect();
        let _ = write!(page, " Its clients read: {}.", variables.join(", "));
    }
    page.push('\n');
    if !engine.settings.is_empty() {
        page.push_str("\n| setting | takes | default | what it does |\n|---|---|---|---|\n");
        for s in engine.settings {
            let _ = writeln!(
                page,
                "| `{}` | {} | `{}` | {} |",
                s.name,
                s.kind.describe(),
                s.default,
                s.doc.replace('|', "\\|")
            );
        }
    }
    page.push_str("\n| about | fact | source |\n|---|---|---|\n");
    for fact in engine.facts {
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            fact.aspect.as_str(),
            fact.text.replace('|', "\\|"),
            fact.source
        );
    }
}
