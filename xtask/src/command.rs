//! The table of commands: what `cargo xtask` understands and what it says about it.

use crate::{bench, docs, new_engine, test, tidy};

/// Why a command ended without doing its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work was tried and is not in order.
    Failed(String),
    /// The same, and the last line printed says so already.
    Reported,
    /// The command line wasn't understood.
    Usage(String),
}

/// How a command ends.
pub(crate) type Outcome = Result<(), Failure>;

struct Command {
    name: &'static str,
    arguments: &'static str,
    says: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        arguments: "[--quick] [--require]",
        says: "Install what the tests need, then check and test everything",
        help: test::HELP,
        run: test::run,
    },
    Command {
        name: "tidy",
        arguments: "[--list]",
        says: "Check the rules of this repository that no compiler knows",
        help: tidy::HELP,
        run: tidy::run,
    },
    Command {
        name: "docs",
        arguments: "[--check]",
        says: "Write the reference pages, or say which are stale",
        help: docs::HELP,
        run: docs::run,
    },
    Command {
        name: "bench",
        arguments: "[NAME]...",
        says: "Run the benchmarks",
        help: bench::HELP,
        run: bench::run,
    },
    Command {
        name: "new-engine",
        arguments: "NAME CAPABILITY",
        says: "Write the folder of a new engine",
        help: new_engine::HELP,
        run: new_engine::run,
    },
];

/// Runs the command that the arguments name.
pub(crate) fn run(args: &[String]) -> Outcome {
    let Some((name, rest)) = args.split_first() else {
        print!("{}", overview());
        return Err(Failure::Usage("no command was given".into()));
    };
    if matches!(name.as_str(), "--help" | "-h" | "help") {
        print!("{}", overview());
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(Failure::Usage(format!("there is no command `{name}`")));
    };
    if rest.iter().any(|arg| arg == "--help" || arg == "-h") {
        println!("{}\n\nusage: cargo xtask {} {}\n", command.says, command.name, command.arguments);
        println!("{}", command.help.trim());
        return Ok(());
    }
    (command.run)(rest)
}

/// The failure of a command that met an argument it has no use for.
pub(crate) fn unknown_argument(command: &str, arg: &str) -> Failure {
    Failure::Usage(format!("`cargo xtask {command}` has no use for `{arg}`"))
}

fn overview() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [ARGUMENTS]\n\n");
    for command in COMMANDS {
        text += &format!("  {:<10} {:<22} {}\n", command.name, command.arguments, command.says);
    }
    text + "\n`cargo xtask COMMAND --help` says more.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn the_overview_names_every_command() {
        for command in COMMANDS {
            assert!(overview().contains(&format!("  {} ", command.name)), "{} is missing", command.name);
        }
    }

    #[test]
    fn an_unknown_command_is_a_usage_failure() {
        assert!(
            matches!(run(&args(&["tidyy"])), Err(Failure::Usage(message)) if message.contains("`tidyy`"))
        );
    }

    #[test]
    fn every_command_refuses_an_argument_it_does_not_know() {
        for command in COMMANDS {
            let outcome = (command.run)(&args(&["--no-such-flag"]));
            assert!(matches!(outcome, Err(Failure::Usage(_))), "{} took it", command.name);
        }
    }
}
