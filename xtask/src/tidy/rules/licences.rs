//! The licence stands in two files at the top and in no file's head.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "licences", says: "The licence files are there, and no file has a licence header", check };

const FILES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Lines in which a header would stand.
const HEAD: usize = 20;

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches: Vec<Breach> = FILES
        .iter()
        .filter(|file| tree.text(file).is_none_or(str::is_empty))
        .map(|file| Breach::new(file, 1, "the file is missing", "put the licence's text there"))
        .collect();
    for (path, text) in tree.files() {
        let mark = match path.rsplit_once('.') {
            Some((_, "rs")) => "//",
            Some((_, "toml" | "sh")) => "#",
            _ => continue,
        };
        for (at, line) in text.lines().take(HEAD).enumerate() {
            if line.trim_start().strip_prefix(mark).is_some_and(is_header) {
                let help = "take it out: LICENSE-MIT and LICENSE-APACHE hold for every file";
                breaches.push(Breach::new(path, at + 1, "a licence header", help));
            }
        }
    }
    breaches
}

fn is_header(comment: &str) -> bool {
    ["Copyright", "SPDX-License-Identifier", "Licensed under"]
        .iter()
        .any(|start| comment.trim_start_matches(['/', '!', ' ']).starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const BOTH: [(&str, &str); 2] = [("LICENSE-APACHE", "text"), ("LICENSE-MIT", "text")];

    #[test]
    fn headers_are_breaches() {
        let mut files = BOTH.to_vec();
        files.push(("core/src/a.rs", "// Copyright the contributors\n//! A.\n"));
        files.push(("core/Cargo.toml", "# SPDX-License-Identifier: MIT\n"));
        files.push(("core/src/b.rs", "//! What a product costs, and what it is licensed under.\n"));
        assert_eq!(broken(&RULE, &files), ["core/Cargo.toml:1", "core/src/a.rs:1"]);
    }

    #[test]
    fn both_texts_have_to_be_there() {
        assert_eq!(broken(&RULE, &[BOTH[0], ("LICENSE-MIT", "")]), ["LICENSE-MIT:1"]);
    }
}
