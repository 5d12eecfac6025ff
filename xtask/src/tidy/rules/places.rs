//! Nothing names the machine it was written on: no folder of a user, no registry but the public one.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "places",
    says: "No file names a folder of somebody's machine or a private registry",
    check,
};

/// Where the folders of users begin. Written in two halves, so that this file keeps its own rule.
const HOMES: &[&str] =
    &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("C:\\Us", "ers\\")];

const PUBLIC_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files() {
        for (at, line) in text.lines().enumerate() {
            if let Some(folder) = machine_folder(line, tree.root()) {
                let message = format!("`{folder}` is a folder of one machine");
                let help = "write a path from the repository's root, or read it from the environment";
                breaches.push(Breach::new(path, at + 1, message, help));
            }
        }
        for (line, message) in registries(path, text) {
            breaches.push(Breach::new(path, line, message, "everything comes from crates.io"));
        }
    }
    breaches
}

fn machine_folder<'a>(line: &str, root: Option<&'a str>) -> Option<&'a str> {
    // A root such as `/src` would be found in half of all paths.
    let root = root.filter(|root| root.matches('/').count() > 1);
    HOMES
        .iter()
        .copied()
        .chain(root)
        .find(|folder| line.match_indices(folder).any(|(at, _)| begins(&line[..at])))
}

/// Whether a path may begin behind this text: not in the middle of another path or of a URL.
fn begins(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '*' | '}' | '>'))
}

fn registries(path: &str, text: &str) -> Vec<(usize, &'static str)> {
    let file = path.rsplit('/').next().unwrap_or(path);
    let is_cargo = matches!(file, "Cargo.toml" | "Cargo.lock") || path.contains(".cargo/");
    let lines = text.lines().enumerate().filter(|_| is_cargo);
    lines
        .filter_map(|(at, line)| {
            let line = line.trim();
            if line.starts_with("source = ") && !line.contains(PUBLIC_REGISTRY) {
                return Some((at + 1, "a package from another registry"));
            }
            let names_one = ["[source", "[registr", "registry = ", "registry-index = ", "replace-with = "];
            names_one
                .iter()
                .any(|start| line.starts_with(start))
                .then_some((at + 1, "another registry is set up"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{broken, places};
    use super::*;

    #[test]
    fn folders_of_machines_are_found() {
        let text = format!("a\nsee {}ann/notes\ncd '{}x'\n", HOMES[0], HOMES[2]);
        assert_eq!(broken(&RULE, &[("docs/a.md", &text)]), ["docs/a.md:2", "docs/a.md:3"]);
        let text = format!("https://example.org{}x and docs{}y", HOMES[0], HOMES[1]);
        assert_eq!(broken(&RULE, &[("docs/a.md", &text)]), [""; 0]);
    }

    #[test]
    fn the_folder_of_this_very_checkout_is_found() {
        let files = [("docs/a.md", "cd /srv/checkout && ls\n/src is fine\n")];
        assert_eq!(places(&check(&Tree::at("/srv/checkout", &files))), ["docs/a.md:1"]);
        assert_eq!(places(&check(&Tree::at("/src", &files))), [""; 0]);
    }

    #[test]
    fn private_registries_are_found() {
        let lock =
            format!("source = \"{PUBLIC_REGISTRY}\"\nsource = \"registry+https://mirror.example/index\"\n");
        let config = "[source.crates-io]\nreplace-with = \"mirror\"\n";
        let files = [("Cargo.lock", lock.as_str()), (".cargo/config.toml", config), ("docs/a.toml", config)];
        assert_eq!(broken(&RULE, &files), [".cargo/config.toml:1", ".cargo/config.toml:2", "Cargo.lock:2"]);
    }
}
