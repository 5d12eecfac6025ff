//! A test waits for a condition, with a limit; it doesn't sleep and hope.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::Rust;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "sleeps", says: "No test sleeps, unless the line says why with `// waits:`", check };

/// The suites are tests, although they are compiled as a library.
const SUITES: &str = "conformance/src/";

const REASON: &str = "// waits: ";

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (path, rust) in tree.rust() {
        let lines: Vec<&str> = tree.text(path).unwrap_or_default().lines().collect();
        for (offset, word) in rust.words() {
            let is_test = path.starts_with(SUITES) || rust.is_test_at(offset);
            if is_test && sleeps(rust, offset, word) {
                let line = rust.line_at(offset);
                let says_why = |line: usize| lines.get(line).is_some_and(|text| text.contains(REASON));
                if !(says_why(line - 1) || line > 1 && says_why(line - 2)) {
                    let help = "wait for the condition with a limit, or say why time itself is meant: `// waits: ...`";
                    breaches.push(Breach::new(path, line, "a test that sleeps", help));
                }
            }
        }
    }
    breaches
}

fn sleeps(rust: &Rust, offset: usize, word: &str) -> bool {
    let is_definition = rust.code[..offset].trim_end().ends_with("fn");
    matches!(word, "sleep" | "sleep_until" | "sleep_ms")
        && rust.after(offset, word).starts_with('(')
        && !is_definition
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn sleeping_tests_are_found_wherever_tests_are() {
        let files = [
            ("core/tests/a.rs", "thread::sleep(x);"),
            ("core/src/b.rs", "fn b() { sleep(x) }\n#[cfg(test)]\nmod tests { fn c() { sleep(x) } }"),
            ("conformance/src/bus/d.rs", "tokio::time::sleep_until(x).await"),
        ];
        let places = ["conformance/src/bus/d.rs:1", "core/src/b.rs:3", "core/tests/a.rs:1"];
        assert_eq!(broken(&RULE, &files), places);
    }

    #[test]
    fn a_reason_on_the_line_or_above_it_is_enough() {
        let files = [
            ("core/tests/a.rs", "sleep(x); // waits: a time to live has no other sign of its end"),
            ("core/tests/b.rs", "// waits: the clock is paused\nsleep(x);"),
            ("core/tests/c.rs", "let text = \"sleep(1)\"; fn sleep() {}"),
        ];
        assert_eq!(broken(&RULE, &files), [""; 0]);
    }
}
