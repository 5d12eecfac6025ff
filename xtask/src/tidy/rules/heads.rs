//! A file says first what it is for.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "heads", says: "Every Rust file begins with `//!` and a sentence on what it is for", check };

/// A crate whose README is its documentation.
const README: &str = "#![doc = include_str!(\"../README.md\")]\n";

fn check(tree: &Tree) -> Vec<Breach> {
    tree.ending(".rs")
        .filter(|(_, text)| !says_what_it_is_for(text))
        .map(|(path, _)| {
            Breach::new(
                path,
                1,
                "the file doesn't say what it is for",
                "begin it with `//!` and one sentence",
            )
        })
        .collect()
}

fn says_what_it_is_for(text: &str) -> bool {
    text.strip_prefix("//! ").is_some_and(|rest| !rest.trim_start_matches(' ').starts_with('\n'))
        || text.starts_with(README)
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn a_file_without_its_sentence_is_a_breach() {
        let files = [
            ("core/src/a.rs", "//! What it is for.\n"),
            ("core/src/b.rs", "// A note.\n//! Late.\n"),
            ("core/src/c.rs", ""),
            ("core/src/d.rs", "//!\n//! Late.\n"),
            ("core/src/e.rs", "//! `bedplate.toml`, read.\n"),
            ("engines/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n\nmod b;\n"),
        ];
        assert_eq!(broken(&RULE, &files), ["core/src/b.rs:1", "core/src/c.rs:1", "core/src/d.rs:1"]);
    }
}
