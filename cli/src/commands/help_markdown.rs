//! `bedplate help-markdown`: the reference page of the command line, from the same definition as `--help`.

use std::fmt::Write;

use crate::exit::{Exit, Outcome};
use crate::shell::Shell;

/// Print the reference page of the command line
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: Args, shell: &mut Shell) -> Outcome {
    let mut command = crate::command_line().term_width(100);
    command.build();
    let mut page =
        String::from("# The command line\n\nWritten by `cargo xtask docs`; don't edit it by hand.\n");
    section(&mut page, &mut command);
    for command in
        command.get_subcommands_mut().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        section(&mut page, command);
        for verb in
            command.get_subcommands_mut().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help")
        {
            section(&mut page, verb);
        }
    }
    shell.raw(&page);
    Ok(Exit::Done)
}

fn section(page: &mut String, command: &mut clap::Command) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_string();
    let help = command.render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    // Writing to a string can't fail.
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
}
