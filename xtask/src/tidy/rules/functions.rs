//! A function fits on a page.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::{Rust, closing};
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "functions",
    says: "A function has about 70 lines at most; more than 80 is a breach",
    check,
};

/// About 70 is the aim. The room above it spares a split for the sake of two lines.
const LIMIT: usize = 80;

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, rust) in tree.rust() {
        for (offset, _) in rust.words().filter(|(offset, word)| *word == "fn" && !rust.is_test_at(*offset)) {
            let Some(lines) = length(rust, offset).filter(|lines| *lines > LIMIT) else { continue };
            let message = format!("a function of {lines} lines");
            let help = "give its parts names: parse, decide and act in functions of their own";
            breaches.push(Breach::new(path, rust.line_at(offset), message, help));
        }
    }
    breaches
}

/// How many lines a function has from its signature to its end; none where it has no body.
fn length(rust: &Rust, start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += rust.code[at..].find(['{', ';', '(', '['])?;
        match rust.code.as_bytes()[at] {
            b'{' => return Some(rust.line_at(closing(&rust.code, at)) - rust.line_at(start) + 1),
            b';' => return None,
            _ => at = closing(&rust.code, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    fn function(lines: usize) -> String {
        format!("//! A.\nfn a(\n b: [u8; 2],\n) -> u8 {{\n{}}}\n", "    b;\n".repeat(lines - 4))
    }

    #[test]
    fn a_function_over_the_limit_is_a_breach_where_it_begins() {
        assert_eq!(broken(&RULE, &[("core/src/a.rs", &function(80))]), [""; 0]);
        assert_eq!(broken(&RULE, &[("core/src/a.rs", &function(81))]), ["core/src/a.rs:2"]);
    }

    #[test]
    fn tests_and_declarations_are_no_long_functions() {
        let text = format!("trait T {{ fn a(&self); }}\n{}", "const B: u8 = 1;\n".repeat(100));
        assert_eq!(broken(&RULE, &[("core/src/a.rs", &text), ("core/tests/b.rs", &function(200))]), [""; 0]);
    }
}
