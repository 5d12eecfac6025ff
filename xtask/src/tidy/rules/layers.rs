//! Arrows between crates point down: the layers of the house, read from every `Cargo.toml`.

use toml::Value;

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::crates::{self, Crate};
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "layers", says: "A crate depends only on crates of the layers below its own", check };

/// What the crates of a folder may depend on. A folder that ends in `/*` stands for each folder inside it.
struct Layer {
    folder: &'static str,
    below: &'static [&'static str],
}

/// The layers, from the bottom.
const LAYERS: &[Layer] = &[
    Layer { folder: "core", below: &[] },
    Layer { folder: "catalogue", below: &["core"] },
    Layer { folder: "programs", below: &["core"] },
    Layer { folder: "lint", below: &["core"] },
    Layer { folder: "backup", below: &["core"] },
    Layer { folder: "engines/*", below: &["programs", "catalogue", "core"] },
    Layer { folder: "doors/*", below: &["catalogue", "core"] },
    Layer { folder: "manifest", below: &["catalogue", "core"] },
    Layer { folder: "generate", below: &["manifest", "catalogue", "core"] },
    Layer { folder: "supervisor", below: &["manifest", "programs", "catalogue", "core"] },
    Layer { folder: "console", below: &["manifest", "catalogue", "core"] },
    Layer { folder: "conformance", below: &["supervisor", "core"] },
    Layer { folder: "bedplate", below: &["engines/*", "doors/*", "catalogue", "core"] },
    Layer { folder: "cli", below: BELOW_THE_TOP },
    Layer { folder: "examples/*", below: BELOW_THE_TOP },
    Layer { folder: "xtask", below: &["bedplate"] },
];

/// What the top layer may depend on: everything but itself.
const BELOW_THE_TOP: &[&str] = &[
    "core",
    "catalogue",
    "programs",
    "lint",
    "backup",
    "engines/*",
    "doors/*",
    "manifest",
    "generate",
    "supervisor",
    "console",
    "conformance",
    "bedplate",
];

/// What tests may depend on besides: of every crate on what proves it, and the proof's own tests on the engines that they turn into liars.
const FOR_TESTS: &[(&str, &[&str])] =
    &[("", &["conformance", "supervisor"]), ("conformance", &["engines/*"])];

fn check(tree: &Tree) -> Vec<Breach> {
    let workspace = crates::workspace(tree);
    let shared = workspace.as_ref().map(crates::shared).unwrap_or_default();
    let mut breaches = Vec::new();
    for package in crates::packages(tree) {
        let Some(below) = below(package.folder) else {
            let help = "put the crate into a folder of the house, or the folder into the table of layers";
            let message = format!("the folder `{}` belongs to no layer", package.folder);
            breaches.push(Breach::new(package.path, 1, message, help));
            continue;
        };
        for dependency in package.dependencies() {
            let Some(target) = target(&package, dependency.name, dependency.value, &shared) else { continue };
            let is_for_tests = dependency.is_dev
                && FOR_TESTS
                    .iter()
                    .filter(|(of, _)| of.is_empty() || *of == package.folder)
                    .any(|(_, folders)| folders.iter().any(|folder| stands_for(folder, &target)));
            if !is_for_tests && !below.iter().any(|folder| stands_for(folder, &target)) {
                let line = package.line_of(dependency.name);
                let message = format!("`{}` may not depend on `{target}`", package.folder);
                let help = match below.as_slice() {
                    [] => format!("`{}` depends on no crate of this repository", package.folder),
                    below => format!("`{}` may depend on {}", package.folder, below.join(", ")),
                };
                breaches.push(Breach::new(package.path, line, message, help));
            }
        }
    }
    breaches
}

/// What the crate in a folder may depend on. A fuzz crate may use what its parent may, and its parent.
fn below(folder: &str) -> Option<Vec<String>> {
    if let Some(parent) = folder.strip_suffix("/fuzz") {
        let mut parents = below(parent)?;
        parents.push(parent.to_string());
        return Some(parents);
    }
    let layer = LAYERS.iter().find(|layer| stands_for(layer.folder, folder))?;
    Some(layer.below.iter().map(|folder| folder.to_string()).collect())
}

/// The folder of the crate that a dependency names; none for a crate from outside.
fn target(package: &Crate<'_>, name: &str, value: &Value, shared: &[(&str, &Value)]) -> Option<String> {
    if value.get("workspace").is_some() {
        let (_, value) = shared.iter().find(|(shared, _)| *shared == name)?;
        return crates::folder_of(value, "");
    }
    crates::folder_of(value, package.folder)
}

fn stands_for(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(parent) => folder
            .strip_prefix(parent)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|name| !name.is_empty() && !name.contains('/')),
        None => pattern == folder,
    }
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const ROOT: (&str, &str) = (
        "Cargo.toml",
        "[workspace]\n[workspace.dependencies]\ncore = { path = \"core\" }\nmanifest = { path = \"manifest\" }\n\
         nats = { path = \"engines/nats\" }\nconformance = { path = \"conformance\" }\nserde = \"1\"\n",
    );

    fn package(dependencies: &str) -> String {
        format!("[package]\nname = \"x\"\n{dependencies}")
    }

    #[test]
    fn arrows_down_and_arrows_out_are_fine() {
        let engine = package(
            "[dependencies]\ncore.workspace = true\nserde.workspace = true\n\
             [dev-dependencies]\nconformance.workspace = true\n",
        );
        let files = [ROOT, ("engines/nats/Cargo.toml", engine.as_str())];
        assert_eq!(broken(&RULE, &files), [""; 0]);
    }

    #[test]
    fn arrows_up_and_sideways_are_breaches() {
        let engine = package("[dependencies]\nmanifest.workspace = true\nnats2 = { path = \"../nats2\" }\n");
        let core = package("[dependencies]\nconformance.workspace = true\n");
        let generate = package("[target.'cfg(unix)'.dependencies]\nnats.workspace = true\n");
        let files = [
            ROOT,
            ("core/Cargo.toml", core.as_str()),
            ("engines/nats/Cargo.toml", engine.as_str()),
            ("generate/Cargo.toml", generate.as_str()),
        ];
        let breaches = ["core/Cargo.toml:4", "engines/nats/Cargo.toml:4", "engines/nats/Cargo.toml:5"];
        assert_eq!(broken(&RULE, &files)[..3], breaches);
        assert_eq!(broken(&RULE, &files)[3..], ["generate/Cargo.toml:4"]);
    }

    #[test]
    fn the_way_for_tests_is_open_to_tests_only() {
        let engine = package("[dependencies]\nconformance.workspace = true\n");
        assert_eq!(broken(&RULE, &[ROOT, ("engines/a/Cargo.toml", &engine)]), ["engines/a/Cargo.toml:4"]);
        let engine = package("[dev-dependencies]\nmanifest.workspace = true\n");
        assert_eq!(broken(&RULE, &[ROOT, ("engines/a/Cargo.toml", &engine)]), ["engines/a/Cargo.toml:4"]);
    }

    #[test]
    fn a_crate_outside_the_house_is_a_breach() {
        let files = [ROOT, ("plugins/a/Cargo.toml", &package("")), ("engines/a/b/Cargo.toml", &package(""))];
        assert_eq!(broken(&RULE, &files), ["engines/a/b/Cargo.toml:1", "plugins/a/Cargo.toml:1"]);
    }

    #[test]
    fn a_fuzz_crate_uses_its_parent() {
        let good = package("[dependencies]\nmanifest = { path = \"..\" }\ncore.workspace = true\n");
        assert_eq!(broken(&RULE, &[ROOT, ("manifest/fuzz/Cargo.toml", &good)]), [""; 0]);
        let bad = package("[dependencies]\nnats = { path = \"../../engines/nats\" }\n");
        assert_eq!(
            broken(&RULE, &[ROOT, ("manifest/fuzz/Cargo.toml", &bad)]),
            ["manifest/fuzz/Cargo.toml:4"]
        );
    }

    #[test]
    fn every_name_in_the_table_is_a_layer() {
        for layer in LAYERS {
            for below in layer.below {
                assert!(LAYERS.iter().any(|other| other.folder == *below), "{below}");
            }
        }
    }
}
