//! `bedplate db rollback`: undoes the newest migrations of a service, by the scripts that undo them.

use bedplate_core::sql::{MigrationStatus, Sql, Undo};
use serde_json::json;

use super::migrate::named;
use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Scripts, Where, databases};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Undo the newest migrations of a service, by the scripts that undo them
///
/// Each needs a script such as `0003_totals.down.sql`. Where one is missing, nothing is undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db rollback orders                the newest one
  bedplate db rollback orders --steps 2
  bedplate db rollback orders --to 3 --yes   all above 0003")]
pub(super) struct Args {
    /// The service; a URL stands for one
    #[arg(required_unless_present = "url")]
    service: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Undo all above this number
    #[arg(long, value_name = "NUMBER")]
    to: Option<u64>,
    /// Undo so many
    #[arg(long, value_name = "COUNT", conflicts_with = "to", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    alone: Alone,
    #[command(flatten)]
    scripts: Scripts,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let names: Vec<String> = args.service.iter().cloned().collect();
    let alone = (&args.alone, Some(&args.scripts));
    let mut chosen = databases(project, &args.place, &names, alone, shell)?;
    let (Some((_, database)), true) = (chosen.databases.pop(), chosen.databases.is_empty()) else {
        return Err(Failure::usage("one database is rolled back at a time"));
    };
    let database = database?;
    let (work, progress) = (Work::new()?, Progress::default());
    let sql = work.watch(shell, &progress, database.open())?;
    let undone = roll_back(&args, &database, &sql, &work, shell);
    work.finish(sql.close());
    done(&args, &undone?, shell)
}

/// Undoes those, and only those, that the person was asked about.
fn roll_back(
    args: &Args,
    database: &Database,
    sql: &Sql,
    work: &Work,
    shell: &mut Shell,
) -> Result<Vec<MigrationStatus>, Failure> {
    let (migrations, progress) = (database.migrations()?, Progress::default());
    let undo = match args.to {
        Some(number) => Undo::To(number),
        None => Undo::Steps(args.steps.unwrap_or(1) as usize),
    };
    let chosen = work.watch(shell, &progress, async { Ok(migrations.to_undo(sql, undo).await?) })?;
    if chosen.is_empty() {
        return Ok(chosen);
    }
    ask(args, &database.service, &chosen, shell)?;
    progress.set(format!(
        "{}: undoing {}",
        database.service,
        figures::count(chosen.len() as u64, "migration")
    ));
    let exactly = Undo::Exactly(chosen.iter().map(|one| one.number).collect());
    work.watch(shell, &progress, async { migrations.rollback(sql, exactly).await.map_err(named) })
}

fn ask(args: &Args, service: &str, chosen: &[MigrationStatus], shell: &mut Shell) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let labels = chosen.iter().map(|one| format!("`{}`", one.label())).collect::<Vec<_>>().join(", ");
    if !shell.is_interactive() {
        return Err(Failure::usage(format!(
            "{labels} of `{service}` would be undone, and nobody can be asked"
        ))
        .with_help("`--yes` undoes it without asking"));
    }
    let question = format!("Undo {labels} of `{service}`? What they added is lost.");
    let answer = inquire::Confirm::new(&question).with_default(false).prompt();
    match answer {
        Ok(true) => Ok(()),
        _ => Err(Failure::new("nothing was undone")),
    }
}

fn done(args: &Args, undone: &[MigrationStatus], shell: &mut Shell) -> Outcome {
    if args.json {
        shell.json(&json!({ "undone": undone }))?;
        return Ok(Exit::Done);
    }
    let rows: Vec<Vec<String>> =
        undone.iter().map(|one| vec![one.label(), paint(Tone::Warning, "undone")]).collect();
    match rows.is_empty() {
        true => shell.say("nothing to undo"),
        false => shell.table(&["MIGRATION", "STATE"], &rows),
    }
    Ok(Exit::Done)
}
