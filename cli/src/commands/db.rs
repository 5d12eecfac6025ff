//! `bedplate db`: the services' databases, from their making to their backups. One file for each verb.

mod backup;
mod backups;
mod check;
mod create;
mod lint;
mod migrate;
mod new;
mod restore;
mod rollback;
mod status;
mod verify;

use clap::Subcommand;
use serde_json::json;

use crate::exit::Outcome;
use crate::project::ProjectArgs;
use crate::shell::Shell;

/// Make, migrate, watch, back up and restore the services' databases
///
/// Every verb reads the manifest and works on all services that have a database, or on those that are named. Without a manifest, `--url` names
/// a database.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db create                   a database and a role for each service
  bedplate db new orders -s orders     the next migration
  bedplate db migrate                  apply what is pending
  bedplate db status                   sizes, indexes, connections, migrations
  bedplate db backup                   back up every database
  bedplate db restore orders           put the newest backup into an empty database")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::Args),
    New(new::Args),
    Migrate(migrate::Args),
    Status(status::Args),
    Check(check::Args),
    Rollback(rollback::Args),
    Lint(lint::Args),
    Backup(backup::Args),
    Backups(backups::Args),
    Verify(verify::Args),
    Restore(restore::Args),
}

pub(crate) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let is_json = args.verb.is_json();
    let outcome = args.verb.run(project, shell);
    // A program that reads JSON gets it also where nothing could be begun.
    if let (Err(failure), true) = (&outcome, is_json) {
        shell.json(&json!({ "error": failure.describe() }))?;
    }
    outcome
}

impl Verb {
    fn is_json(&self) -> bool {
        match self {
            Self::Create(args) => args.json,
            Self::New(args) => args.json,
            Self::Migrate(args) => args.json,
            Self::Status(args) => args.json,
            Self::Check(args) => args.json,
            Self::Rollback(args) => args.json,
            Self::Lint(args) => args.json,
            Self::Backup(args) => args.json,
            Self::Backups(args) => args.json,
            Self::Verify(args) => args.json,
            Self::Restore(args) => args.json,
        }
    }

    fn run(self, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
        match self {
            Self::Create(args) => create::run(args, project, shell),
            Self::New(args) => new::run(args, project, shell),
            Self::Migrate(args) => migrate::run(args, project, shell),
            Self::Status(args) => status::run(args, project, shell),
            Self::Check(args) => check::run(args, project, shell),
            Self::Rollback(args) => rollback::run(args, project, shell),
            Self::Lint(args) => lint::run(args, project, shell),
            Self::Backup(args) => backup::run(args, project, shell),
            Self::Backups(args) => backups::run(args, project, shell),
            Self::Verify(args) => verify::run(args, project, shell),
            Self::Restore(args) => restore::run(args, project, shell),
        }
    }
}
