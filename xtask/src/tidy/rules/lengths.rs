//! A file has a length that one can read; what is longer today may only shrink.

use std::collections::BTreeMap;

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "lengths",
    says: "A Rust file has at most 500 lines, or the number in the ratchet, which shrinks",
    check,
};

const LIMIT: usize = 500;

/// Lines of `path lines`: the files over the limit, with exactly the lines that they have. `#` begins a comment.
const RATCHET: &str = "xtask/ratchet.txt";

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut ratchet = BTreeMap::new();
    for (at, line) in tree.text(RATCHET).unwrap_or_default().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(' ').map(|(path, lines)| (path, lines.trim().parse::<usize>())) {
            Some((path, Ok(lines))) => drop(ratchet.insert(path, (at + 1, lines))),
            _ => breaches.push(Breach::new(
                RATCHET,
                at + 1,
                "this isn't `path lines`",
                "write a path and a number",
            )),
        }
    }
    for (path, text) in tree.ending(".rs") {
        let has = text.lines().count();
        let allowed = ratchet.remove(path);
        let (message, help, place) = match allowed {
            None if has <= LIMIT => continue,
            Some((_, lines)) if has > LIMIT && has == lines => continue,
            None => (
                format!("{has} lines, the limit is {LIMIT}"),
                "split it by what its parts are for".into(),
                (path, has),
            ),
            Some((_, lines)) if has > lines => {
                (format!("{has} lines, it had {lines}"), "it may only shrink: split it".into(), (path, has))
            }
            Some((at, _)) if has <= LIMIT => (
                format!("{path} has {has} lines and needs no line here"),
                "take the line out".into(),
                (RATCHET, at),
            ),
            Some((at, lines)) => (
                format!("{path} shrank from {lines} lines"),
                format!("write {has}, so that it stays so"),
                (RATCHET, at),
            ),
        };
        breaches.push(Breach::new(place.0, place.1, message, help));
    }
    for (path, (at, _)) in ratchet {
        breaches.push(Breach::new(RATCHET, at, format!("there is no {path}"), "take the line out"));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    fn lines(count: usize) -> String {
        "x\n".repeat(count)
    }

    fn with_ratchet(count: usize, ratchet: &str) -> Vec<String> {
        broken(&RULE, &[("core/src/a.rs", &lines(count)), (RATCHET, ratchet)])
    }

    #[test]
    fn the_limit_is_five_hundred_lines() {
        assert_eq!(with_ratchet(500, ""), [""; 0]);
        assert_eq!(with_ratchet(501, "# none\n\n"), ["core/src/a.rs:501"]);
        assert_eq!(broken(&RULE, &[("docs/a.md", &lines(501))]), [""; 0]);
    }

    #[test]
    fn a_file_in_the_ratchet_may_only_shrink_and_the_ratchet_with_it() {
        assert_eq!(with_ratchet(600, "core/src/a.rs 600\n"), [""; 0]);
        assert_eq!(with_ratchet(601, "core/src/a.rs 600\n"), ["core/src/a.rs:601"]);
        assert_eq!(with_ratchet(599, "\ncore/src/a.rs 600\n"), ["xtask/ratchet.txt:2"]);
        assert_eq!(with_ratchet(500, "core/src/a.rs 500\n"), ["xtask/ratchet.txt:1"]);
    }

    #[test]
    fn a_line_that_means_nothing_is_a_breach() {
        assert_eq!(with_ratchet(1, "core/src/gone.rs 600\n"), ["xtask/ratchet.txt:1"]);
        assert_eq!(with_ratchet(1, "core/src/a.rs many\n"), ["xtask/ratchet.txt:1"]);
    }
}
