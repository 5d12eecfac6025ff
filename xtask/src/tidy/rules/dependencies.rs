//! A dependency is chosen, not grabbed: it stands once in the workspace, with its reason in the guide.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::crates;
use crate::tidy::markdown;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "dependencies",
    says: "A dependency from outside stands in the workspace, is used, and has its reason in the guide",
    check,
};

/// The page of reasons: the first code span of a table's row is the name of a dependency.
const PAGE: &str = "docs/guide/dependencies.md";

fn check(tree: &Tree) -> Vec<Breach> {
    let Some(workspace) = crates::workspace(tree) else { return Vec::new() };
    let outside: Vec<&str> = crates::shared(&workspace)
        .into_iter()
        .filter(|(_, value)| value.get("path").is_none())
        .map(|(name, _)| name)
        .collect();
    let packages = crates::packages(tree);
    let mut used = Vec::new();
    let mut breaches = Vec::new();
    for package in &packages {
        for dependency in package.dependencies() {
            used.push(dependency.name.to_string());
            let is_ours = dependency.value.get("path").is_some();
            // A fuzz crate is a workspace of its own and can't inherit.
            if !dependency.is_from_workspace() && !is_ours && !package.folder.ends_with("/fuzz") {
                let message = format!("the version of `{}` is chosen here", dependency.name);
                let help = format!(
                    "choose it in the root's [workspace.dependencies]: `{}.workspace = true`",
                    dependency.name
                );
                breaches.push(Breach::new(package.path, package.line_of(dependency.name), message, help));
            }
        }
    }
    let reasons = reasons(tree.text(PAGE).unwrap_or_default());
    for name in &outside {
        let line = workspace.line_of(name);
        if !reasons.iter().any(|(_, reason)| reason == name) {
            let help = format!("add a row with `{name}` and its reason to {PAGE}");
            breaches.push(Breach::new(workspace.path, line, format!("`{name}` has no reason"), help));
        }
        if !used.iter().any(|used| used == name) {
            let message = format!("no crate uses `{name}`");
            breaches.push(Breach::new(
                workspace.path,
                line,
                message,
                "take it out of [workspace.dependencies]",
            ));
        }
    }
    for (line, name) in reasons {
        if !outside.contains(&name) {
            let message = format!("`{name}` is no dependency of the workspace");
            breaches.push(Breach::new(PAGE, line, message, "take the row out"));
        }
    }
    breaches
}

fn reasons(page: &str) -> Vec<(usize, &str)> {
    let rows = markdown::prose(page).filter(|(_, line)| line.starts_with("| `"));
    rows.filter_map(|(at, line)| Some((at, markdown::code_spans(line).next()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const ROOT: (&str, &str) = (
        "Cargo.toml",
        "[workspace]\n[workspace.dependencies]\ncore = { path = \"core\" }\nserde = \"1\"\ntokio = \"1\"\n",
    );
    const USER: (&str, &str) = (
        "core/Cargo.toml",
        "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\n[dev-dependencies]\ntokio.workspace = true\n",
    );

    #[test]
    fn named_and_used_is_fine() {
        let page = (PAGE, "| crate | why |\n|---|---|\n| `serde` | reads |\n| `tokio` | runs, with `rt` |\n");
        assert_eq!(broken(&RULE, &[ROOT, USER, page]), [""; 0]);
    }

    #[test]
    fn a_missing_reason_a_stale_reason_and_an_unused_dependency_are_breaches() {
        let page = (PAGE, "| `serde` | reads |\n| `chrono` | tells the time |\n");
        assert_eq!(broken(&RULE, &[ROOT, USER, page]), ["Cargo.toml:5", "docs/guide/dependencies.md:2"]);
        let page = (PAGE, "| `serde` | reads |\n| `tokio` | runs |\n");
        let user = ("core/Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\n");
        assert_eq!(broken(&RULE, &[ROOT, user, page]), ["Cargo.toml:5"]);
    }

    #[test]
    fn a_version_in_a_crate_is_a_breach() {
        let page = (PAGE, "| `serde` | reads |\n| `tokio` | runs |\n");
        let text = "[package]\nname = \"x\"\n[dependencies]\nrand = \"0.9\"\nserde = { version = \"1\" }\n";
        let files = [ROOT, USER, page, ("cli/Cargo.toml", text), ("cli/fuzz/Cargo.toml", text)];
        assert_eq!(broken(&RULE, &files), ["cli/Cargo.toml:4", "cli/Cargo.toml:5"]);
    }
}
