//! The crates of the workspace as their `Cargo.toml` files describe them.

use toml::{Table, Value};

use super::tree::Tree;

/// One `Cargo.toml`.
pub(crate) struct Crate<'t> {
    /// The path of the file.
    pub(crate) path: &'t str,
    /// The folder of the crate; empty for the root.
    pub(crate) folder: &'t str,
    /// The text of the file.
    pub(crate) text: &'t str,
    /// What it says.
    pub(crate) table: Table,
}

/// One dependency of a crate.
pub(crate) struct Dependency<'c> {
    /// Its name in the file.
    pub(crate) name: &'c str,
    /// What the file says about it.
    pub(crate) value: &'c Value,
    /// Whether only tests and benchmarks use it.
    pub(crate) is_dev: bool,
}

impl Dependency<'_> {
    /// Whether the workspace says where it comes from.
    pub(crate) fn is_from_workspace(&self) -> bool {
        self.value.get("workspace").and_then(Value::as_bool) == Some(true)
    }
}

impl Crate<'_> {
    /// Every dependency, those of a single target included.
    pub(crate) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let targets = self.table.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
        std::iter::once(&self.table).chain(targets).flat_map(dependencies_in).collect()
    }

    /// The line of a key, from 1; the first line where it can't be found.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        let is_key = |line: &str| {
            let rest = line.trim_start().trim_start_matches('"').strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"']))
        };
        self.text.lines().position(is_key).map_or(1, |at| at + 1)
    }
}

fn dependencies_in(table: &Table) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let Some(entries) = table.get(section).and_then(Value::as_table) else { continue };
        let is_dev = section == "dev-dependencies";
        found.extend(entries.iter().map(|(name, value)| Dependency { name, value, is_dev }));
    }
    found
}

/// Every crate that is a package, in the order of paths. A `Cargo.toml` that isn't TOML is left to Cargo.
pub(crate) fn packages(tree: &Tree) -> Vec<Crate<'_>> {
    all(tree).into_iter().filter(|found| found.table.contains_key("package")).collect()
}

/// The root's `Cargo.toml`.
pub(crate) fn workspace(tree: &Tree) -> Option<Crate<'_>> {
    all(tree).into_iter().find(|found| found.folder.is_empty())
}

/// The entries of `[workspace.dependencies]`.
pub(crate) fn shared<'c>(workspace: &'c Crate<'_>) -> Vec<(&'c str, &'c Value)> {
    let table = workspace
        .table
        .get("workspace")
        .and_then(|value| value.get("dependencies"))
        .and_then(Value::as_table);
    table.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

/// The folder that a dependency's `path` names, seen from the folder of the file that says it.
pub(crate) fn folder_of(value: &Value, from: &str) -> Option<String> {
    let path = value.get("path")?.as_str()?;
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn all(tree: &Tree) -> Vec<Crate<'_>> {
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        let Some(folder) = path.strip_suffix("Cargo.toml") else { continue };
        if !(folder.is_empty() || folder.ends_with('/')) {
            continue;
        }
        if let Ok(table) = text.parse::<Table>() {
            found.push(Crate { path, folder: folder.trim_end_matches('/'), text, table });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_kind_and_target_are_found() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\n[dev-dependencies]\nc = \"1\"\n\
            [build-dependencies]\nd = \"1\"\n[target.'cfg(unix)'.dependencies]\ne = { path = \"../e\" }\n";
        let tree = Tree::of(&[("x/a/Cargo.toml", text), ("x/NotCargo.toml", "[package]\nname = \"no\"")]);
        let packages = packages(&tree);
        assert_eq!(packages.len(), 1);
        let dependencies = packages[0].dependencies();
        let names: Vec<_> = dependencies.iter().map(|d| (d.name, d.is_dev, d.is_from_workspace())).collect();
        assert_eq!(names, [("b", false, true), ("d", false, false), ("c", true, false), ("e", false, false)]);
        assert_eq!(folder_of(dependencies[3].value, packages[0].folder).as_deref(), Some("x/e"));
        assert_eq!(
            (packages[0].line_of("b"), packages[0].line_of("c"), packages[0].line_of("zz")),
            (4, 6, 1)
        );
    }
}
