//! One file prints: a library never does, and the command line does it in `shell.rs`.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::Rust;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule =
    Rule { name: "printing", says: "Only cli/src/shell.rs prints; libraries never do", check };

const PRINTER: &str = "cli/src/shell.rs";

/// Programs of their own, which print their results.
const PROGRAMS: &[&str] = &["examples/", "xtask/"];

fn check(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let files = tree.rust().filter(|(path, _)| {
        path.contains("src/") && *path != PRINTER && !PROGRAMS.iter().any(|program| path.starts_with(program))
    });
    for (path, rust) in files {
        for (offset, word) in rust.words().filter(|(offset, _)| !rust.is_test_at(*offset)) {
            if prints(rust, offset, word) {
                let help = match path.starts_with("cli/") {
                    true => format!("hand the text to the `Shell` of {PRINTER}"),
                    false => "return the value, or record it with `tracing`".to_string(),
                };
                breaches.push(Breach::new(path, rust.line_at(offset), format!("`{word}` prints"), help));
            }
        }
    }
    breaches
}

fn prints(rust: &Rust, offset: usize, word: &str) -> bool {
    let after = rust.after(offset, word);
    match word {
        "print" | "println" | "eprint" | "eprintln" | "dbg" => after.starts_with('!'),
        // A child's `.stdout()` is a pipe, not this program's output.
        "stdout" | "stderr" => after.starts_with("()") && !rust.code[..offset].trim_end().ends_with('.'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    #[test]
    fn every_way_of_printing_is_found() {
        let text = "fn f() {\n println!(\"a\");\n eprint!(\"b\");\n std::io::stdout().lock();\n dbg!(1);\n}";
        let lines = ["cli/src/a.rs:2", "cli/src/a.rs:3", "cli/src/a.rs:4", "cli/src/a.rs:5"];
        assert_eq!(
            broken(&RULE, &[("cli/src/a.rs", text), (PRINTER, text), ("xtask/src/a.rs", text)]),
            lines
        );
        assert_eq!(broken(&RULE, &[("engines/nats/src/a.rs", text)]).len(), 4);
    }

    #[test]
    fn pipes_texts_and_tests_are_fine() {
        let text = "fn f() { command.stdout(pipe()); child.stdout(); write!(f, \"println!\"); }\n\
            #[cfg(test)]\nmod tests { fn g() { println!() } }";
        assert_eq!(broken(&RULE, &[("cli/src/a.rs", text), ("cli/tests/b.rs", "println!()")]), [""; 0]);
    }
}
