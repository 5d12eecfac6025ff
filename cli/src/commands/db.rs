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
    match args.verb {
        Verb::Create(args) => create::run(args, project, shell),
        Verb::New(args) => new::run(args, project, shell),
        Verb::Migrate(args) => migrate::run(args, project, shell),
        Verb::Status(args) => status::run(args, project, shell),
        Verb::Check(args) => check::run(args, project, shell),
        Verb::Rollback(args) => rollback::run(args, project, shell),
        Verb::Lint(args) => lint::run(args, project, shell),
        Verb::Backup(args) => backup::run(args, project, shell),
        Verb::Backups(args) => backups::run(args, project, shell),
        Verb::Verify(args) => verify::run(args, project, shell),
        Verb::Restore(args) => restore::run(args, project, shell),
    }
}
