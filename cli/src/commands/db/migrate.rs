//! `bedplate db migrate`: applies what is pending, in order.

use bedplate_core::Error;
use bedplate_core::sql::{MigrationEvent, MigrationStatus};
use serde_json::json;

use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Chosen, Scripts, Where, databases};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Apply what is pending, in order
///
/// Processes that migrate the same database at the same time wait for each other, and each migration is applied once. One that fails stops
/// those behind it; when its cause is gone, the next run goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db migrate
  bedplate db migrate orders --env production
  bedplate db migrate --url sqlite:./orders.db --migrations ./migrations")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    alone: Alone,
    #[command(flatten)]
    scripts: Scripts,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What became of one database: what was applied to it, also where one failed then.
struct Migrated {
    applied: Vec<MigrationStatus>,
    /// How many there are in all.
    all: usize,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let alone = (&args.alone, Some(&args.scripts));
    let chosen = databases(project, &args.place, &args.services, alone, shell)?;
    let work = Work::new()?;
    let (mut outcomes, mut rows) = (Outcomes(Vec::new()), Vec::new());
    for (service, database) in &chosen.databases {
        let mut applied = Vec::new();
        let outcome = database.as_ref().map_err(Failure::clone);
        let outcome = outcome.and_then(|database| migrate(database, &work, &mut applied, shell));
        rows.extend(applied.iter().map(|one| row(service, one)));
        outcomes.add(service, outcome.map(|all| Migrated { applied, all }), shell);
        if !outcomes.go_on() {
            break;
        }
    }
    if args.json {
        shell.json(&outcomes.json(|done| json!({ "applied": done.applied, "migrations": done.all })))?;
    } else {
        show(&rows, &outcomes, &chosen, shell);
    }
    outcomes.close(shell);
    Ok(outcomes.exit(Exit::Done))
}

fn migrate(
    database: &Database,
    work: &Work,
    applied: &mut Vec<MigrationStatus>,
    shell: &mut Shell,
) -> Result<usize, Failure> {
    let migrations = database.migrations()?;
    let (progress, service) = (Progress::default(), &database.service);
    progress.set(format!("{service}: waiting for whoever migrates"));
    let tell = |event: MigrationEvent<'_>| match event {
        MigrationEvent::Begun(one) => progress.set(format!("{service}: applying {}", one.label())),
        MigrationEvent::Advanced(one) => {
            progress.set(format!("{service}: applying {}, {} of {}", one.label(), one.done, one.statements));
        }
        MigrationEvent::Ended(one) => applied.push(one.clone()),
        _ => {}
    };
    work.with(shell, &progress, database.open_or_make(), async |sql| {
        migrations.apply_with(sql, tell).await.map_err(named)?;
        Ok(migrations.of(sql.dialect()).len())
    })
}

/// The failure of a migration: its message names it already.
pub(super) fn named(error: Error) -> Failure {
    let failure = Failure::new(error.message());
    match error.help() {
        Some(help) => failure.with_help(help),
        None => failure,
    }
}

fn row(service: &str, one: &MigrationStatus) -> Vec<String> {
    let time = one.elapsed_ms.map_or("-".into(), |ms| format!("{ms} ms"));
    vec![paint(Tone::Name, service), one.label(), paint(Tone::Good, "applied"), time]
}

fn show(rows: &[Vec<String>], outcomes: &Outcomes<Migrated>, chosen: &Chosen, shell: &mut Shell) {
    if !rows.is_empty() {
        shell.table(&["SERVICE", "MIGRATION", "STATE", "TIME"], rows);
    }
    for (service, done) in outcomes.good().filter(|(_, done)| done.applied.is_empty()) {
        let database = chosen.databases.iter().find(|(name, _)| name == service);
        let folder = database.and_then(|(_, database)| database.as_ref().ok()).map(Database::scripts);
        let state = match (done.all, folder) {
            (0, Some(folder)) => format!("no migrations in `{}`", folder.display()),
            (all, _) => format!("up to date, {}", figures::count(all as u64, "migration")),
        };
        shell.say(format!("{} {service}: {state}", paint(Tone::Good, "ok")));
    }
}
