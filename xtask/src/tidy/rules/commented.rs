//! Nothing is commented out: what isn't used any more is in the history.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule { name: "commented", says: "No code is commented out", check };

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (at, line) in text.lines().enumerate() {
            let comment = line.trim_start().strip_prefix("//").filter(|rest| !rest.starts_with(['/', '!']));
            if comment.is_some_and(|comment| is_code(comment.trim())) {
                breaches.push(Breach::new(path, at + 1, "code that is commented out", "take it out"));
            }
        }
    }
    breaches
}

/// Sentences don't end like statements and blocks do.
fn is_code(comment: &str) -> bool {
    let is_statement = comment.ends_with(';') && comment.contains(['(', '='])
        || comment.starts_with("use ") && comment.ends_with(';');
    is_statement
        || comment.ends_with('{')
        || matches!(comment, "}" | "});" | "})" | "},")
        || comment.starts_with("#[")
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn statements_blocks_and_attributes_are_code() {
        let text = "//! A.\n// let a = 1;\n    // if b {\n// }\n// use c::d;\n// #[test]\n// e(f);\n";
        let lines: Vec<String> = (2..8).map(|line| format!("core/src/a.rs:{line}")).collect();
        assert_eq!(broken(&RULE, &[("core/src/a.rs", text)]), lines);
    }

    #[test]
    fn sentences_and_documentation_are_fine() {
        let text = "//! let a = 1;\n/// let b = 2;\n// Why this is so; a link (https://example.org).\n// It stops;\n\
            let c = \"// d(e);\";\n";
        assert_eq!(broken(&RULE, &[("core/src/a.rs", text)]), [""; 0]);
    }
}
