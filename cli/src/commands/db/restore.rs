//! `bedplate db restore`: puts a backup into an empty database, and proves that all of it is there.

use std::path::PathBuf;

use bedplate_backup::{Owner, Record, Restored};
use bedplate_core::ErrorKind;
use bedplate_core::sql::Sql;
use serde_json::json;

use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::progress::Progress;
use crate::databases::secrets::Secrets;
use crate::databases::site::{Alone, Site, Where};
use crate::databases::store::{self, Store};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Put a backup into an empty database, and prove that all of it is there
///
/// The backup is read to its end and its checksums are compared before the database is touched. A database that has a table is refused,
/// but for one that has all of the backup already and nothing else.
/// Afterwards every table's rows are counted and their checksums compared with those of the database that was backed up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db restore orders                                   the newest backup
  bedplate db restore orders --from 20260722-101530
  bedplate db restore orders --env production --url sqlite:./copy.db

Without a manifest:
  bedplate db restore --in /var/backups --url sqlite:./orders.db             what `backup --url` took of this very database
  bedplate db restore orders --in /var/backups --url sqlite:./copy.db        of the only `orders` in there
  bedplate db restore --from shop/dev/orders/20260722-101530 --in /var/backups --url env:DATABASE_URL")]
pub(super) struct Args {
    /// The service whose backup it is; without it, the database that the URL names
    #[arg(required_unless_present_any = ["from", "url"])]
    service: Option<String>,
    /// Which backup, by the beginning of its name, or any in the store by its whole path; without it, the newest
    #[arg(long, value_name = "BACKUP")]
    from: Option<String>,
    /// The environment of the backup, and of the database unless a URL names one; without it, the one for development
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    alone: Alone,
    #[command(flatten)]
    store: Store,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let (whose, root, database) = target(&args, project, shell)?;
    let (work, progress) = (Work::new()?, Progress::default());
    let find = async {
        let backups = store::find(args.store.place.as_deref(), &root).await?;
        let owner = match whose {
            Whose::Owner(owner) => owner,
            Whose::Service { environment, service } => {
                store::owner_of(&backups, environment.as_deref(), &service).await?
            }
        };
        let picked = store::pick(&backups, &owner, args.from.as_deref()).await?;
        Ok((backups, picked))
    };
    let (backups, picked) = work.watch(shell, &progress, find)?;
    picked.tell(shell);
    let record = picked.record;
    let fill = async |sql: &Sql| {
        let watch = |step| progress.step(&record.service, step);
        match backups.restore(&record, sql, database.engine.name, &watch).await {
            Ok(restored) => Ok(restored),
            Err(error) if error.kind() == ErrorKind::Conflict => Err(Failure::new(error.message())
                .with_help(
                    "restore into an empty database: `--url` names one, or move this one out of the way",
                )),
            Err(error) => Err(error.into()),
        }
    };
    let is_new = database.file.as_ref().is_some_and(|file| !file.exists());
    let restored = work.with(shell, &progress, database.open_or_make(), fill);
    if restored.is_err() && is_new {
        work.finish(database.remove_empty());
    }
    let restored = restored?;
    show(&args, &database, &record, restored, shell)
}

/// Whose backup it is, as far as it is known before the store is read.
enum Whose {
    Owner(Owner),
    Service { environment: Option<String>, service: String },
}

/// Whose backup it is, where the project is, and the database to fill.
fn target(
    args: &Args,
    project: &ProjectArgs,
    shell: &mut Shell,
) -> Result<(Whose, PathBuf, Database), Failure> {
    let path = args.from.as_deref().and_then(Owner::split).map(|(owner, _)| owner);
    let url = args.alone.read()?;
    let alone = url.as_deref().map(|url| Database::alone(url, None)).transpose()?;
    // Whoever has lost everything but the backups has no manifest either.
    let known = match &alone {
        None => None,
        Some(database) => match (&path, &args.service) {
            (Some(owner), _) if args.store.place.is_some() => Some(Whose::Owner(owner.clone())),
            (None, None) => Some(Whose::Owner(database.owner.clone())),
            (None, Some(service))
                if args.store.place.is_some() && (args.env.is_some() || project.path().is_err()) =>
            {
                Some(Whose::Service { environment: args.env.clone(), service: service.clone() })
            }
            _ => None,
        },
    };
    let alone = match (known, alone) {
        (Some(whose), Some(database)) => return Ok((whose, PathBuf::new(), database)),
        (_, alone) => alone,
    };
    let Some(service) = args.service.as_ref().or(path.as_ref().map(|owner| &owner.service)) else {
        return Err(Failure::usage("nobody said whose backup it is").with_help(
            "name the service, or the backup by its whole path: `bedplate db backups` lists them",
        ));
    };
    let site = Site::read(project, &Where { env: args.env.clone() }, shell)?;
    let whose = Whose::Owner(site.owner(service));
    let root = site.project.folder.clone();
    if let Some(database) = alone {
        return Ok((whose, root, database));
    }
    let services = site.services(std::slice::from_ref(service))?;
    let [(service, sql)] = services.as_slice() else {
        return Err(Failure::new(format!("`{service}` has no database")));
    };
    let secrets = Secrets::all(&site.project, &site.plan, &[&sql.url])?;
    Ok((whose, root, site.database(service, sql, &secrets)?))
}

fn show(args: &Args, database: &Database, record: &Record, restored: Restored, shell: &mut Shell) -> Outcome {
    if args.json {
        shell.json(&json!({
            "service": record.service,
            "environment": record.environment,
            "platform": record.platform,
            "backup": record.id,
            "already": restored == Restored::Already,
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
    if restored == Restored::Already {
        shell.say(format!(
            "{} `{}` is in `{}` already, as it was: {} in {tables}",
            paint(Tone::Good, "ok"),
            record.id,
            database.shown(),
            figures::count(record.tally.rows(), "row"),
        ));
        return Ok(Exit::Done);
    }
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
