//! `bedplate completions`: what a shell needs to complete the command line.

use clap::ValueEnum;
use clap_complete::Shell as Dialect;

use crate::exit::{Exit, Outcome};
use crate::shell::Shell;

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate completions bash > ~/.local/share/bash-completion/completions/bedplate
  bedplate completions zsh > \"${fpath[1]}/_bedplate\"
  bedplate completions fish > ~/.config/fish/completions/bedplate.fish")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    let dialect = match args.shell {
        Name::Bash => Dialect::Bash,
        Name::Elvish => Dialect::Elvish,
        Name::Fish => Dialect::Fish,
        Name::Powershell => Dialect::PowerShell,
        Name::Zsh => Dialect::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(dialect, &mut crate::command_line(), "bedplate", &mut script);
    shell.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
