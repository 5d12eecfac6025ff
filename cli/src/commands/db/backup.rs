//! `bedplate db backup`: a compressed, checksummed, counted copy of each database, while others write to it.

use std::time::{Duration, Instant};

use bedplate_backup::{Backups, Record};
use bedplate_core::sql::Sql;
use serde_json::{Value, json};

use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Where, databases};
use crate::databases::store;
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Back up every database, or those that are named
///
/// The copy is consistent, and whoever writes goes on writing. It lies in the system's temporary folder until it is compressed and stored;
/// `TMPDIR` names another one. A backup that could not be completed counts for nothing, and the ones before it stay.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db backup
  bedplate db backup orders --env production --to /var/backups --keep 14
  bedplate db backup --url sqlite:./orders.db --to ./backups")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    alone: Alone,
    /// Where to: a folder, or the URL of an object store; without it, `.bedplate/backups` beside the manifest
    #[arg(long, value_name = "FOLDER")]
    to: Option<String>,
    /// Remove all but so many backups of each service afterwards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A backup that was taken.
struct Taken {
    record: Record,
    elapsed: Duration,
    removed: Vec<Record>,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let chosen = databases(project, &args.place, &args.services, (&args.alone, None), shell)?;
    let work = Work::new()?;
    let backups = work.watch(shell, &Progress::default(), store::open(args.to.as_deref(), &chosen.root))?;
    let mut outcomes = Outcomes(Vec::new());
    for (service, database) in chosen.databases {
        let progress = Progress::default();
        let outcome = database.and_then(|database| {
            let taking = async |sql: &Sql| take(&args, &backups, &database, sql, &progress).await;
            work.with(shell, &progress, database.open(), taking)
        });
        outcomes.add(&service, outcome, shell);
        if !outcomes.go_on() {
            break;
        }
    }
    if args.json {
        shell.json(&outcomes.json(describe))?;
    } else {
        show(&outcomes, shell);
    }
    outcomes.close(shell);
    Ok(outcomes.exit(Exit::Done))
}

async fn take(
    args: &Args,
    backups: &Backups,
    database: &Database,
    sql: &Sql,
    progress: &Progress,
) -> Result<Taken, Failure> {
    let (started, service) = (Instant::now(), &database.service);
    let (owner, engine) = (&database.owner, database.engine.name);
    let record = backups.take(sql, owner, engine, &|step| progress.step(service, step)).await?;
    let removed = match args.keep {
        Some(keep) => backups.prune(owner, keep as usize).await?,
        None => Vec::new(),
    };
    Ok(Taken { record, elapsed: started.elapsed(), removed })
}

fn show(outcomes: &Outcomes<Taken>, shell: &mut Shell) {
    let row = |(service, taken): (&str, &Taken)| {
        let record = &taken.record;
        vec![
            paint(Tone::Name, service),
            record.id.clone(),
            record.tally.tables.len().to_string(),
            figures::grouped(record.tally.rows()),
            figures::bytes(record.plain.bytes),
            figures::bytes(record.stored.bytes),
            format!("{:.1} s", taken.elapsed.as_secs_f64()),
        ]
    };
    let rows: Vec<Vec<String>> = outcomes.good().map(row).collect();
    if !rows.is_empty() {
        shell.table(&["SERVICE", "BACKUP", "TABLES", "ROWS", "SIZE", "COMPRESSED", "TIME"], &rows);
    }
    for (service, taken) in outcomes.good().filter(|(_, taken)| !taken.removed.is_empty()) {
        let removed = figures::count(taken.removed.len() as u64, "older backup");
        shell.say(paint(Tone::Faint, format!("{service}: removed {removed}")));
    }
}

fn describe(taken: &Taken) -> Value {
    let record = &taken.record;
    json!({
        "platform": record.platform,
        "environment": record.environment,
        "path": record.path(),
        "backup": record.id,
        "engine": record.engine,
        "tables": record.tally.tables.len(),
        "rows": record.tally.rows(),
        "bytes": record.plain.bytes,
        "compressed_bytes": record.stored.bytes,
        "sha256": record.stored.sha256,
        "elapsed_ms": taken.elapsed.as_millis() as u64,
        "removed": taken.removed.iter().map(|record| &record.id).collect::<Vec<_>>(),
    })
}
