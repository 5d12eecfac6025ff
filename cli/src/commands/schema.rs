//! `bedplate schema`: the JSON Schema of the manifest, by which editors complete and check it.

use crate::exit::{Exit, Outcome};
use crate::shell::Shell;

/// Print the JSON Schema of the manifest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate schema > bedplate.schema.json

With `#:schema ./bedplate.schema.json` as the manifest's first line, editors that know TOML complete and check it.")]
pub(crate) struct Args {
    /// As the reference page
    #[arg(long, hide = true)]
    markdown: bool,
}

pub(crate) fn run(args: Args, shell: &mut Shell) -> Outcome {
    if args.markdown {
        shell.raw(&bedplate_manifest::reference());
    } else {
        shell.json(&bedplate_manifest::schema())?;
    }
    Ok(Exit::Done)
}
