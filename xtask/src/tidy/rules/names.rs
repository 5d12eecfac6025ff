//! A file is named after what it holds.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "names", says: "No file, module or crate has a name that says nothing", check };

const SAY_NOTHING: &[&str] =
    &["util", "utils", "common", "helper", "helpers", "misc", "manager", "base", "impl", "data", "info"];

const HELP: &str = "name it after what it holds, or move its parts to where they are used";

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, _) in tree.files() {
        let module = path.strip_suffix(".rs").or_else(|| path.strip_suffix("/Cargo.toml"));
        let Some(names) = module else { continue };
        for name in names.split('/').filter(|name| SAY_NOTHING.contains(name)) {
            breaches.push(Breach::new(path, 1, format!("the name `{name}` says nothing"), HELP));
        }
    }
    for (path, rust) in tree.rust() {
        let mut before = "";
        for (offset, word) in rust.words() {
            if before == "mod" && SAY_NOTHING.contains(&word) && rust.after(offset, word).starts_with('{') {
                let message = format!("the name `{word}` says nothing");
                breaches.push(Breach::new(path, rust.line_at(offset), message, HELP));
            }
            before = word;
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn files_folders_crates_and_modules_are_found() {
        let files = [
            ("core/src/helpers.rs", ""),
            ("core/src/utils/mod.rs", ""),
            ("common/Cargo.toml", ""),
            ("core/src/guard.rs", "\nmod misc {}\n"),
        ];
        let places = [
            "common/Cargo.toml:1",
            "core/src/helpers.rs:1",
            "core/src/utils/mod.rs:1",
            "core/src/guard.rs:2",
        ];
        assert_eq!(broken(&RULE, &files), places);
    }

    #[test]
    fn longer_names_and_other_files_are_fine() {
        let files = [
            ("core/src/database.rs", "mod information {} // mod util {"),
            ("examples/a/data/a.csv", ""),
            ("info.md", ""),
        ];
        assert_eq!(broken(&RULE, &files), [""; 0]);
    }
}
