//! The lints stand once, in the workspace, and every crate takes them.

use toml::Value;

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::crates;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule { name: "lints", says: "Every crate takes the workspace's lints", check };

fn check(tree: &Tree) -> Vec<Breach> {
    let packages = crates::packages(tree).into_iter();
    packages
        // A fuzz crate is a workspace of its own and can't inherit.
        .filter(|package| !package.folder.ends_with("/fuzz"))
        .filter(|package| {
            let lints = package.table.get("lints").and_then(|lints| lints.get("workspace"));
            lints.and_then(Value::as_bool) != Some(true)
        })
        .map(|package| {
            let help = "add `[lints]` with `workspace = true`";
            Breach::new(package.path, 1, "the crate doesn't take the workspace's lints", help)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_a_breach() {
        let files = [
            ("Cargo.toml", "[workspace]\n"),
            ("core/Cargo.toml", "[package]\nname = \"a\"\n[lints]\nworkspace = true\n"),
            ("cli/Cargo.toml", "[package]\nname = \"b\"\n"),
            ("xtask/Cargo.toml", "[package]\nname = \"c\"\n[lints.rust]\nunsafe_code = \"forbid\"\n"),
        ];
        assert_eq!(broken(&RULE, &files), ["cli/Cargo.toml:1", "xtask/Cargo.toml:1"]);
    }
}
