//! `bedplate db backups`: which backups there are.

use std::collections::BTreeSet;

use bedplate_backup::{Listing, Record};
use serde_json::json;

use crate::databases::figures;
use crate::databases::progress::Progress;
use crate::databases::store::{self, Store};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// List the backups, each by the path that `--from` takes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db backups
  bedplate db backups orders --env production --in /var/backups")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Only this environment
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    store: Store,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    // A store that is named needs no manifest.
    let root = match &args.store.place {
        Some(_) => Default::default(),
        None => project.read()?.folder,
    };
    let list = async { Ok(store::find(args.store.place.as_deref(), &root).await?.all().await?) };
    let listing: Listing = Work::new()?.watch(shell, &Progress::default(), list)?;
    let wanted = |record: &&Record| {
        args.env.as_ref().is_none_or(|env| *env == record.environment)
            && (args.services.is_empty() || args.services.contains(&record.service))
    };
    let found: Vec<&Record> = listing.backups.iter().filter(wanted).collect();
    if let (true, Some(env)) = (found.is_empty() && !listing.backups.is_empty(), &args.env) {
        let known: BTreeSet<String> =
            listing.backups.iter().map(|one| format!("`{}`", one.environment)).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        let of = args.services.iter().map(|name| format!(" of `{name}`")).collect::<Vec<_>>().join(" or");
        return Err(Failure::new(format!("there are no backups{of} in the environment `{env}`"))
            .with_help(format!("there are some in {known}")));
    }
    if args.json {
        let backups: Vec<_> = found
            .iter()
            .map(|record| {
                json!({
                    "path": record.path(),
                    "platform": record.platform,
                    "environment": record.environment,
                    "service": record.service,
                    "backup": record.id,
                    "created": record.created,
                    "engine": record.engine,
                    "version": record.server,
                    "tables": record.tally.tables.len(),
                    "rows": record.tally.rows(),
                    "bytes": record.plain.bytes,
                    "compressed_bytes": record.stored.bytes,
                    "sha256": record.stored.sha256,
                })
            })
            .collect();
        let broken: Vec<_> =
            listing.broken.iter().map(|(which, why)| json!({ "backup": which, "why": why })).collect();
        shell.json(&json!({ "backups": backups, "incomplete": broken }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> = found.iter().map(|record| row(record)).collect();
    if rows.is_empty() {
        shell.say("no backups; `bedplate db backup` takes one of every database");
    } else {
        shell.table(&["BACKUP", "ENGINE", "ROWS", "SIZE", "AGE"], &rows);
    }
    for (which, why) in &listing.broken {
        shell.say(format!("{} `{which}` doesn't count: {why}", paint(Tone::Warning, "note")));
    }
    Ok(Exit::Done)
}

fn row(record: &Record) -> Vec<String> {
    vec![
        paint(Tone::Name, record.path()),
        record.engine.clone(),
        figures::grouped(record.tally.rows()),
        figures::bytes(record.plain.bytes),
        figures::ago(figures::age(record.created)),
    ]
}
