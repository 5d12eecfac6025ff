//! The `bedplate` command line.

mod command;
mod commands;
mod databases;
mod exit;
mod project;
mod shell;
mod table;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::command::Command;
use crate::exit::{EXIT_CODES, Exit};
use crate::project::ProjectArgs;
use crate::shell::{Color, Shell};

/// The infrastructure layer of a microservice platform: choose, check, plan and prove.
#[derive(Debug, Parser)]
#[command(name = "bedplate", version, after_help = EXIT_CODES, max_term_width = 110, infer_subcommands = false)]
struct Arguments {
    #[command(flatten)]
    project: ProjectArgs,

    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, hide_possible_values = false)]
    color: Color,

    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // clap knows where its own text goes; whoever reads us may have gone.
            let _ = error.print();
            return exit.into();
        }
    };
    let mut shell = Shell::new(arguments.color, arguments.quiet);
    let outcome = arguments.command.run(&arguments.project, &mut shell);
    match outcome.and_then(|exit| shell.finish().map(|()| exit)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            shell.fail(&failure);
            failure.exit.into()
        }
    }
}

/// The whole command line as clap knows it.
fn command_line() -> clap::Command {
    Arguments::command()
}
