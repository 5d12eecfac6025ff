//! `bedplate db restore`: puts a backup into an empty database, and proves that all of it is there.

use std::path::PathBuf;

use bedplate_backup::Record;
use bedplate_core::ErrorKind;
use serde_json::json;

use super::figures;
use super::place::{Database, Site, Where};
use super::secrets::Secrets;
use super::store::{self, Store};
use super::work::{Words, runtime, watched};
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Put a backup into an empty database, and prove that all of it is there
///
/// The backup is read to its end and its checksums are compared before the database is touched. A database that has a table is refused.
/// Afterwards every table's rows are counted and their checksums compared with those of the database that was backed up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db restore orders                                   the newest backup
  bedplate db restore orders --from 20260722-101530
  bedplate db restore orders --env production --url sqlite:./copy.db")]
pub(super) struct Args {
    /// The service whose backup it is
    service: String,
    /// Which backup, by the beginning of its name; without it, the newest
    #[arg(long, value_name = "BACKUP")]
    from: Option<String>,
    /// The environment of the backup, and of the database unless a URL names one; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Another database than the service's own
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    store: Store,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let (environment, root, database) = target(&args, project, shell)?;
    let runtime = runtime()?;
    let words = Words::default();
    let work = async {
        let backups = store::find(args.store.place.as_deref(), &root).await?;
        let listing = backups.of(&environment, &args.service).await?;
        let record = store::choose(&listing, &args.service, args.from.as_deref())?.clone();
        let sql = database.open_or_make().await?;
        let watch = |step| words.step(&args.service, step);
        let restored = backups.restore(&record, &sql, database.engine.name, &watch).await;
        sql.close().await;
        match restored {
            Ok(_) => Ok(record),
            Err(error) if error.kind() == ErrorKind::Conflict => Err(Failure::new(error.message())
                .with_help(
                    "restore into an empty database: `--url` names one, or move this one out of the way",
                )),
            Err(error) => Err(error.into()),
        }
    };
    let record = runtime.block_on(watched(shell, &words, work))?;
    show(&args, &database, &record, shell)
}

/// The environment of the backup, where the project is, and the database to fill.
fn target(
    args: &Args,
    project: &ProjectArgs,
    shell: &mut Shell,
) -> Result<(String, PathBuf, Database), Failure> {
    // Whoever has lost everything but the backups has no manifest either.
    if let (Some(url), Some(env), Some(_)) = (&args.url, &args.env, &args.store.place) {
        return Ok((env.clone(), PathBuf::new(), Database::alone(url, None)?));
    }
    let site = Site::read(project, &Where { env: args.env.clone() }, shell)?;
    let environment = site.plan.environment.clone();
    let root = site.project.folder.clone();
    if let Some(url) = &args.url {
        return Ok((environment, root, Database::alone(url, None)?));
    }
    let services = site.services(std::slice::from_ref(&args.service))?;
    let [(service, sql)] = services.as_slice() else {
        return Err(Failure::new(format!("`{}` has no database", args.service)));
    };
    let secrets = Secrets::all(&site.project, &site.plan, &[&sql.url])?;
    Ok((environment, root, site.database(service, sql, &secrets)?))
}

fn show(args: &Args, database: &Database, record: &Record, shell: &mut Shell) -> Outcome {
    if args.json {
        shell.json(&json!({
            "service": record.service,
            "environment": record.environment,
            "backup": record.id,
            "into": database.shown(),
            "tables": record.tally.tables,
            "rows": record.tally.rows(),
        }))?;
        return Ok(Exit::Done);
    }
    let row = |table: &bedplate_core::sql::TableTally| {
        vec![paint(Tone::Name, &table.name), figures::grouped(table.rows), table.checksum.clone()]
    };
    let rows: Vec<Vec<String>> = record.tally.tables.iter().map(row).collect();
    if !rows.is_empty() {
        shell.table(&["TABLE", "ROWS", "CHECKSUM"], &rows);
    }
    let tables = figures::count(record.tally.tables.len() as u64, "table");
    shell.say(format!(
        "{} `{}` into `{}`: {} in {tables}, as they were {}",
        paint(Tone::Good, "restored"),
        record.id,
        database.shown(),
        figures::count(record.tally.rows(), "row"),
        figures::time(record.created),
    ));
    Ok(Exit::Done)
}
