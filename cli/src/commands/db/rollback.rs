//! `bedplate db rollback`: undoes the newest migrations of a service, by the scripts that undo them.

use bedplate_core::sql::{MigrationState, MigrationStatus, Migrations, Sql, Undo};
use serde_json::json;

use super::figures;
use super::migrate::named;
use super::place::{Alone, Scripts, Where, databases};
use super::work::{Words, runtime, watched};
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
    json: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let names: Vec<String> = args.service.iter().cloned().collect();
    let alone = (&args.alone, Some(&args.scripts));
    let databases = databases(project, &args.place, &names, alone, shell)?;
    let [database] = databases.as_slice() else {
        return Err(Failure::usage("one database is rolled back at a time"));
    };
    let undo = match args.to {
        Some(number) => Undo::To(number),
        None => Undo::Steps(args.steps.unwrap_or(1) as usize),
    };
    let (runtime, words) = (runtime()?, Words::default());
    let migrations = database.migrations()?;
    let open = async {
        let sql = database.open().await?;
        let status = migrations.status(&sql).await?;
        Ok((sql, status))
    };
    let (sql, status) = runtime.block_on(watched(shell, &words, open))?;
    let chosen = chosen(&status, &args);
    if chosen.is_empty() {
        runtime.block_on(sql.close());
        return done(&args, &[], shell);
    }
    ask(&args, &database.service, &chosen, shell)?;
    words.set(format!("{}: undoing {}", database.service, figures::count(chosen.len() as u64, "migration")));
    let work = roll_back(&migrations, &sql, undo);
    let undone = runtime.block_on(watched(shell, &words, work));
    runtime.block_on(sql.close());
    done(&args, &undone?, shell)
}

async fn roll_back(migrations: &Migrations, sql: &Sql, undo: Undo) -> Result<Vec<MigrationStatus>, Failure> {
    migrations.rollback(sql, undo).await.map_err(named)
}

/// What would be undone, the newest first.
fn chosen<'s>(status: &'s [MigrationStatus], args: &Args) -> Vec<&'s MigrationStatus> {
    let there = |one: &&MigrationStatus| match one.state {
        MigrationState::Pending | MigrationState::OutOfOrder => false,
        MigrationState::Failed => one.done > 0 || one.undoing,
        _ => true,
    };
    let newest = status.iter().rev().filter(there);
    match args.to {
        Some(number) => newest.take_while(|one| one.number > number).collect(),
        None => newest.take(args.steps.unwrap_or(1) as usize).collect(),
    }
}

fn ask(args: &Args, service: &str, chosen: &[&MigrationStatus], shell: &mut Shell) -> Result<(), Failure> {
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
