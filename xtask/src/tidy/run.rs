//! The command: reads the tree, applies every rule, prints what it found.

use std::path::Path;

use super::rules::RULES;
use super::tree::Tree;
use crate::command::{self, Failure, Outcome};
use crate::root;

pub(crate) const HELP: &str = "
Prints each breach as `file:line: what is wrong` with a help line, and fails where there is one.

  --list   prints the rules and checks nothing
";

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Outcome {
    match args {
        [] => {}
        [arg] if arg == "--list" => {
            RULES.iter().for_each(|rule| println!("{:<14} {}", rule.name, rule.says));
            return Ok(());
        }
        [arg, ..] => return Err(command::unknown_argument("tidy", arg)),
    }
    check(&root::find()?).map_err(Failure::Failed)
}

/// Applies every rule to the repository at `root` and prints the breaches.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let tree = Tree::read(root).map_err(|error| format!("the tree can't be read: {error}"))?;
    let mut sum = 0;
    for rule in RULES {
        let mut breaches = (rule.check)(&tree);
        breaches.sort();
        breaches.dedup();
        sum += breaches.len();
        for breach in breaches {
            println!("{breach} [{}]", rule.name);
        }
    }
    match sum {
        0 => {
            println!("tidy: {} files keep {} rules", tree.len(), RULES.len());
            Ok(())
        }
        1 => Err("1 breach".into()),
        sum => Err(format!("{sum} breaches")),
    }
}
