//! What a build contains is decided in one crate: conditions on Cargo features stand nowhere else.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::{Rust, closing, words};
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "features", says: "Conditions on Cargo features stand only under bedplate/src/", check };

const PLACE: &str = "bedplate/src/";

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, rust) in tree.rust().filter(|(path, _)| !path.starts_with(PLACE)) {
        for (offset, word) in rust.words().filter(|(_, word)| matches!(*word, "cfg" | "cfg_attr")) {
            if asks_for_a_feature(rust, offset + word.len()) {
                let help = format!("let `bedplate` decide it, under {PLACE}, and hand over a value");
                breaches.push(Breach::new(
                    path,
                    rust.line_at(offset),
                    "a condition on a Cargo feature",
                    help,
                ));
            }
        }
    }
    breaches
}

fn asks_for_a_feature(rust: &Rust, behind: usize) -> bool {
    let rest = &rust.code[behind..];
    let start = rest.trim_start_matches(['!', ' ', '\n']);
    let open = behind + rest.len() - start.len();
    let condition = if start.starts_with('(') { &rust.code[open..closing(&rust.code, open)] } else { "" };
    words(condition)
        .any(|(at, word)| word == "feature" && condition[at + word.len()..].trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn conditions_on_features_are_found_in_every_form() {
        let text = "#[cfg(feature = \"nats\")]\nuse a;\n#[cfg(all(unix, not(feature = \"b\")))]\nuse b;\n\
            #[cfg_attr(feature = \"c\", derive(C))]\nstruct C;\nfn d() { if cfg!(feature = \"d\") {} }\n";
        let files = [("cli/src/a.rs", text), ("bedplate/src/drivers.rs", text)];
        let lines = ["cli/src/a.rs:1", "cli/src/a.rs:3", "cli/src/a.rs:5", "cli/src/a.rs:7"];
        assert_eq!(broken(&RULE, &files), lines);
    }

    #[test]
    fn other_conditions_and_other_features_are_fine() {
        let text = "//! `#[cfg(feature = \"a\")]`\n#[cfg(test)]\nmod tests;\nfn f(feature: &str) { g(\"cfg(feature = 1)\") }\n\
            #[cfg(unix)]\nfn h() { let feature = 1; }\n";
        assert_eq!(broken(&RULE, &[("core/src/a.rs", text)]), [""; 0]);
    }
}
