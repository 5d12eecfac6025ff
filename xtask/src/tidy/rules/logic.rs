//! `mod.rs` and `lib.rs` say what there is; what it does stands in a file with a name.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::{Rust, closing};
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "logic",
    says: "mod.rs and lib.rs hold docs, re-exports and constants, no functions",
    check,
};

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, rust) in
        tree.rust().filter(|(path, _)| matches!(path.rsplit('/').next(), Some("mod.rs" | "lib.rs")))
    {
        let macros = macros(rust);
        for (offset, word) in rust.words() {
            let is_inside_a_macro = macros.iter().any(|range| range.contains(&offset));
            if word == "fn" && !is_inside_a_macro && !rust.is_test_at(offset) && has_a_name(rust, offset) {
                let help = "move it to a file that is named after it, and re-export it here";
                breaches.push(Breach::new(
                    path,
                    rust.line_at(offset),
                    "a function where only the way in stands",
                    help,
                ));
            }
        }
    }
    breaches
}

/// A function has a name; the type of a function pointer has none.
fn has_a_name(rust: &Rust, offset: usize) -> bool {
    rust.after(offset, "fn").starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn macros(rust: &Rust) -> Vec<std::ops::Range<usize>> {
    let starts = rust.words().filter(|(_, word)| *word == "macro_rules").map(|(offset, _)| offset);
    starts
        .filter_map(|start| {
            let open = start + rust.code[start..].find(['{', '(', '['])?;
            Some(start..closing(&rust.code, open))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn functions_are_found_in_both_files_and_nowhere_else() {
        let text = "//! Docs.\npub const fn a() {}\nimpl B {\n fn c(&self) {}\n}\n";
        let files = [("core/src/lib.rs", text), ("core/src/bus/mod.rs", text), ("core/src/a.rs", text)];
        let places =
            ["core/src/bus/mod.rs:2", "core/src/bus/mod.rs:4", "core/src/lib.rs:2", "core/src/lib.rs:4"];
        assert_eq!(broken(&RULE, &files), places);
    }

    #[test]
    fn constants_macros_pointers_and_tests_are_fine() {
        let text = "//! `fn docs() {}`\nmod a;\npub use a::A;\npub const B: C = C { open: |x| a::open(x) };\n\
            type D = fn(u8) -> u8;\n#[macro_export]\nmacro_rules! e { () => { fn f() {} }; }\n\
            #[cfg(test)]\nmod tests { fn g() {} }\n";
        assert_eq!(broken(&RULE, &[("core/src/lib.rs", text)]), [""; 0]);
    }
}
