//! Comments are sentences: no line is drawn with them.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule { name: "banners", says: "No comment is a drawn line", check };

/// So many equal signs in a row are a drawing.
const DRAWING: usize = 4;

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.files() {
        let mark = match path.rsplit('/').next().unwrap_or(path).rsplit_once('.') {
            Some((_, "rs")) => "//",
            Some((_, "toml" | "sh" | "yaml" | "yml")) => "#",
            None if text.starts_with("#!") => "#",
            _ => continue,
        };
        for (at, line) in text.lines().enumerate() {
            if line.trim_start().strip_prefix(mark).is_some_and(is_drawn) {
                let help = "take it out; a part that needs a banner is a file of its own";
                breaches.push(Breach::new(path, at + 1, "a comment that draws a line", help));
            }
        }
    }
    breaches
}

fn is_drawn(comment: &str) -> bool {
    let comment = comment.trim_start_matches(['/', '!']).trim();
    let draws = |sign: char| {
        let run: String = std::iter::repeat_n(sign, DRAWING).collect();
        comment.starts_with(&run) || comment.ends_with(&run)
    };
    ['-', '=', '*', '#', '~', '+', '_'].into_iter().any(draws)
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn drawn_lines_are_found_in_every_language() {
        let files = [
            ("core/src/a.rs", "//! A.\n// ----------\n// Tests ====\n"),
            ("core/Cargo.toml", "# ---- crates ----\n"),
            (".ci/run", "#!/bin/sh\n########\n"),
        ];
        let places = [".ci/run:2", "core/Cargo.toml:1", "core/src/a.rs:2", "core/src/a.rs:3"];
        assert_eq!(broken(&RULE, &files), places);
    }

    #[test]
    fn tables_and_texts_are_fine() {
        let rust = "//! | a | b |\n//! |-----|-----|\nlet a = \"// ----\";\n// a -- b\n///\n";
        let files = [("core/src/a.rs", rust), ("docs/a.md", "---------\n"), ("LICENSE", "=======\n")];
        assert_eq!(broken(&RULE, &files), [""; 0]);
    }
}
