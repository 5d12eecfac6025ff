//! `bedplate db check`: whether every migration was applied as it is, for CI and before a deployment.

use bedplate_core::sql::{MigrationState, MigrationStatus};
use serde_json::json;

use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Scripts, Where, databases};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Check that every migration was applied as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db check
  bedplate db check --env production --json

It changes nothing, and exits with 3 where a migration is pending, edited, missing, out of order, failed or interrupted.")]
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

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let alone = (&args.alone, Some(&args.scripts));
    let chosen = databases(project, &args.place, &args.services, alone, shell)?;
    let work = Work::new()?;
    let mut outcomes = Outcomes(Vec::new());
    for (service, database) in chosen.databases {
        let progress = Progress::default();
        progress.set(format!("{service}: reading its migrations"));
        let outcome = database.and_then(|database| status(&database, &work, &progress, shell));
        outcomes.add(&service, outcome, shell);
        if !outcomes.go_on() {
            break;
        }
    }
    let wrong = |found: &&MigrationStatus| found.state != MigrationState::Applied;
    let problems: usize = outcomes.good().map(|(_, found)| found.iter().filter(wrong).count()).sum();
    if args.json {
        let services = outcomes.json(|found| json!({ "migrations": found }));
        shell.json(&json!({ "problems": problems, "services": services }))?;
    } else {
        for (service, found) in outcomes.good() {
            found.iter().filter(wrong).for_each(|one| problem(service, one, shell));
        }
        let all: usize = outcomes.good().map(|(_, found)| found.len()).sum();
        let all = figures::count(all as u64, "migration");
        match (problems, outcomes.failed()) {
            (0, 0) => shell.say(format!("{} {all}, all applied as they are", paint(Tone::Good, "ok"))),
            (0, _) => {}
            _ => shell.say(format!(
                "{} of {all} {} not as it should be",
                paint(Tone::Bad, problems),
                if problems == 1 { "is" } else { "are" }
            )),
        }
    }
    Ok(outcomes.exit(if problems > 0 { Exit::Problems } else { Exit::Done }))
}

fn status(
    database: &Database,
    work: &Work,
    progress: &Progress,
    shell: &mut Shell,
) -> Result<Vec<MigrationStatus>, Failure> {
    let migrations = database.migrations()?;
    work.with(shell, progress, database.open(), async |sql| Ok(migrations.status(sql).await?))
}

fn problem(service: &str, found: &MigrationStatus, shell: &mut Shell) {
    let message = format!("{service}: the migration `{}` {}", found.label(), found.explanation());
    let code = paint(Tone::Bad, format!("error[{}]", found.state.as_str()));
    let ours = Some("`bedplate db migrate` applies it").filter(|_| found.state == MigrationState::Pending);
    let help = match ours.or_else(|| found.help()) {
        Some(help) => format!("\n{}: {help}", paint(Tone::Name, "help")),
        None => String::new(),
    };
    shell.problem(&format!("{code}: {message}{help}"));
}
