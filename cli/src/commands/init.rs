//! `bedplate init`: a first manifest, by questions on a terminal or by flags in a script.

mod answers;
mod manifest;
mod prompts;
mod questions;

use std::path::PathBuf;

use bedplate_manifest::Source;

use self::answers::{Answers, Flags};
use self::prompts::{Prompts, Terminal};
use super::check::with_context;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::{MANIFEST, Project, ProjectArgs};
use crate::shell::{Shell, Tone, paint};

/// Write a first manifest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate init                                                  asks
  bedplate init --yes --name shop --service orders,users         asks nothing
  bedplate init --yes --cache memcached --bus rabbitmq --servers per-service --print

On a terminal it asks what the flags don't say; anywhere else, and with --yes, it takes the recommended answers.
A file that is there already is never overwritten unasked.")]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
    /// Overwrite a file that is there already
    #[arg(long)]
    force: bool,
    /// Print the manifest in place of writing it
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let path = project.named().unwrap_or_else(|| PathBuf::from(MANIFEST));
    let asks = !args.yes && shell.is_interactive();
    let mut terminal = Terminal;
    let exists = path.symlink_metadata().is_ok();
    if exists && !args.print && !args.force {
        let shown = path.display();
        let overwrite =
            asks && terminal.confirm(&format!("`{shown}` is there already. Overwrite it?"), "", false)?;
        if !overwrite {
            return Err(Failure::new(format!("`{shown}` is there already, and was left as it is"))
                .with_help("`--force` overwrites it, `--file` writes another one, `--print` writes none"));
        }
    }
    let answers =
        if asks { questions::ask(&args.flags, &mut terminal)? } else { Answers::from_flags(&args.flags)? };
    let text = manifest::write(&answers);
    if args.print {
        shell.raw(&text);
        return Ok(Exit::Done);
    }
    save(&path, &text)?;
    report(&path, &text, shell);
    Ok(Exit::Done)
}

/// Writes the file whole or not at all.
fn save(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    // The kind alone: the text of some errors names the temporary file.
    let failed = |error: std::io::Error| {
        Failure::new(format!("`{}` can't be written: {}", path.display(), error.kind()))
            .with_help("it needs a folder that is there and that this user may write")
    };
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::fs::write(file.path(), text).map_err(failed)?;
    set_readable(file.path()).map_err(failed)?;
    file.persist(path).map(drop).map_err(|error| failed(error.error))
}

/// Temporary files are their owner's alone; a manifest is for the whole team.
fn set_readable(path: &std::path::Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn report(path: &std::path::Path, text: &str, shell: &mut Shell) {
    let project = Project::of(Source::new(path.display().to_string(), text));
    let checked = with_context(&project, |context| bedplate_manifest::check(&project.source, &[], context));
    let missing = checked.problems.iter().filter(|problem| problem.is_of_this_build()).count();
    shell.say(format!("{} {}", paint(Tone::Good, "wrote"), path.display()));
    if missing > 0 {
        shell.say(format!(
            "  {missing} of its engine choices can be planned, and not opened by this build yet"
        ));
    }
    shell.say("\nNext:");
    for (command, what) in [
        ("bedplate check", "is anything wrong with it?"),
        ("bedplate plan", "what does it come to in development?"),
        ("bedplate plan --env production", "and in production?"),
        ("bedplate env SERVICE", "the variables of one service"),
    ] {
        shell.say(format!("  {}  {}", paint(Tone::Name, format!("{command:<32}")), paint(Tone::Faint, what)));
    }
}
