//! `bedplate db status`: sizes, indexes, connections, replicas and migrations of each database, and what to look at.

use bedplate_core::sql::{MigrationState, MigrationStatus, Report, Schema, TableReport};
use serde_json::{Value, json};

use crate::databases::database::Database;
use crate::databases::figures;
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Scripts, Where, databases};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// A table with fewer rows is read as a whole as quickly as by an index.
const MANY_ROWS: u64 = 10_000;
/// Fewer whole reads of a big table may be reports and backups.
const MANY_SCANS: u64 = 100;
/// Above so many of a hundred connections a server is nearly full.
const FULL_PERCENT: u64 = 80;

/// Show sizes, indexes, connections, replicas and migrations
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db status
  bedplate db status orders --env production --json
  bedplate db status --url sqlite:./orders.db --migrations ./migrations

What an engine can't tell is shown as `-`, and is `null` in JSON.")]
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

/// What was found out about one database.
struct Found<'d> {
    database: &'d Database,
    report: Report,
    schema: Schema,
    migrations: Vec<MigrationStatus>,
    /// Whether it is known where the scripts are, so that one that isn't there is missing.
    has_scripts: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let alone = (&args.alone, Some(&args.scripts));
    let chosen = databases(project, &args.place, &args.services, alone, shell)?;
    let work = Work::new()?;
    let mut outcomes = Outcomes(Vec::new());
    for (at, (service, database)) in chosen.databases.iter().enumerate() {
        let progress = Progress::default();
        progress.set(format!("{service}: looking"));
        let database = database.as_ref().map_err(Failure::clone);
        let outcome = database.and_then(|database| look(database, &work, &progress, shell));
        if let (Ok(found), false) = (&outcome, args.json) {
            if at > 0 {
                shell.data("");
            }
            show(found, shell);
        }
        outcomes.add(service, outcome, shell);
        if !outcomes.go_on() {
            break;
        }
    }
    if args.json {
        shell.json(&outcomes.json(describe))?;
    }
    outcomes.close(shell);
    Ok(outcomes.exit(Exit::Done))
}

fn look<'d>(
    database: &'d Database,
    work: &Work,
    progress: &Progress,
    shell: &mut Shell,
) -> Result<Found<'d>, Failure> {
    let found = database.found_migrations()?;
    let (has_scripts, migrations) = (found.is_some(), found.unwrap_or_default());
    work.with(shell, progress, database.open(), async |sql| {
        let (mut report, mut schema) = (sql.report().await?, sql.schema().await?);
        // The record of the migrations has a section of its own.
        report.tables.retain(|table| table.name != migrations.table());
        schema.tables.retain(|table| table.name != migrations.table());
        Ok(Found { database, report, schema, migrations: migrations.status(sql).await?, has_scripts })
    })
}

impl Found<'_> {
    /// What an operator should look at, each in a sentence.
    fn advice(&self) -> Vec<String> {
        let mut advice = Vec::new();
        for table in &self.schema.tables {
            for key in table.foreign_keys_without_index() {
                advice.push(format!(
                    "`{}` ({}) refers to `{}` and no index begins with it: deleting there reads this whole table",
                    table.name,
                    key.columns.join(", "),
                    key.references
                ));
            }
        }
        for table in &self.report.tables {
            for index in table.indexes.iter().filter(|index| index.uses == Some(0)) {
                advice.push(format!(
                    "the index `{}` of `{}` was never used since the statistics began: every write pays for it",
                    index.name, table.name
                ));
            }
            if let (Some(rows @ MANY_ROWS..), Some(scans @ MANY_SCANS..)) = (table.rows, table.full_scans) {
                let (rows, scans) = (figures::grouped(rows), figures::grouped(scans));
                advice.push(format!(
                    "`{}` was read as a whole {scans} times, about {rows} rows each: a query may lack an index",
                    table.name
                ));
            }
        }
        if let Some(count) = self.report.connections {
            let used = count.used.unwrap_or(count.here);
            if used * 100 >= count.allowed * FULL_PERCENT {
                advice.push(format!(
                    "{used} of {} connections are open: the server is nearly full",
                    count.allowed
                ));
            }
        }
        if !self.has_scripts && !self.migrations.is_empty() {
            advice.push(
                "the migrations are shown as they are recorded: `--migrations` names their folder".into(),
            );
            return advice;
        }
        let open = self.migrations.iter().filter(|one| one.state != MigrationState::Applied);
        advice.extend(open.map(|one| format!("the migration `{}` {}", one.label(), one.explanation())));
        advice
    }
}

fn show(found: &Found<'_>, shell: &mut Shell) {
    let (database, report) = (found.database, &found.report);
    let place = paint(Tone::Faint, database.shown());
    shell.data(format!(
        "{}  {} {}, {}  {place}",
        paint(Tone::Name, &database.service),
        database.engine.title,
        report.version,
        figures::bytes(report.bytes)
    ));
    let rows: Vec<Vec<String>> = report.tables.iter().map(table).collect();
    section(shell, &["TABLE", "ROWS", "SIZE", "WHOLE READS", "INDEXES"], &rows);
    servers(report, shell);
    let rows: Vec<Vec<String>> =
        found.migrations.iter().map(|one| migration(one, found.has_scripts)).collect();
    section(shell, &["MIGRATION", "STATE", "APPLIED", "UNDO"], &rows);
    let advice = found.advice();
    if !advice.is_empty() {
        shell.data("");
    }
    for line in advice {
        shell.data(format!("{} {line}", paint(Tone::Warning, "note")));
    }
}

fn section(shell: &mut Shell, heading: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        shell.data("");
        shell.table(heading, rows);
    }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".into())
}

fn table(table: &TableReport) -> Vec<String> {
    let indexes: Vec<String> = table
        .indexes
        .iter()
        .map(|index| match index.uses {
            Some(uses) => format!("{} ({} used)", index.name, figures::count(uses, "time")),
            None => index.name.clone(),
        })
        .collect();
    vec![
        table.name.clone(),
        or_dash(table.rows.map(figures::grouped)),
        or_dash(table.bytes.map(figures::bytes)),
        or_dash(table.full_scans.map(figures::grouped)),
        if indexes.is_empty() { "-".into() } else { indexes.join(", ") },
    ]
}

fn servers(report: &Report, shell: &mut Shell) {
    let mut rows = Vec::new();
    if let Some(count) = report.connections {
        let used = count.used.map_or("-".into(), figures::grouped);
        rows.push(vec![
            "connections".into(),
            format!("{used} of {}, {} to this database", count.allowed, count.here),
        ]);
    }
    for replica in &report.replicas {
        let bytes = replica.behind_bytes.map(|behind| format!("{} behind", figures::bytes(behind)));
        let time = replica.behind_ms.map(|ms| format!("for {:.1} s", ms as f64 / 1000.0));
        let behind = bytes.into_iter().chain(time).collect::<Vec<_>>().join(" ");
        rows.push(vec![
            format!("replica {}", replica.name),
            if behind.is_empty() { "-".into() } else { behind },
        ]);
    }
    section(shell, &[], &rows);
}

fn migration(one: &MigrationStatus, has_scripts: bool) -> Vec<String> {
    let tone = match one.state {
        MigrationState::Applied => Tone::Good,
        MigrationState::Pending => Tone::Warning,
        _ => Tone::Bad,
    };
    vec![
        one.label(),
        if has_scripts { paint(tone, one.state.as_str()) } else { "-".into() },
        or_dash(one.applied_at.map(figures::time)),
        if one.has_down { "yes".into() } else { "-".into() },
    ]
}

fn describe(found: &Found<'_>) -> Value {
    let missing: Vec<Value> = found
        .schema
        .tables
        .iter()
        .flat_map(|table| {
            table.foreign_keys_without_index().map(
                |key| json!({ "table": table.name, "columns": key.columns, "references": key.references }),
            )
        })
        .collect();
    let mut migrations = json!(found.migrations);
    for one in migrations.as_array_mut().into_iter().flatten().filter(|_| !found.has_scripts) {
        one["state"] = Value::Null;
    }
    let report = &found.report;
    json!({
        "environment": found.database.environment,
        "engine": found.database.engine.name,
        "where": found.database.shown(),
        "version": report.version,
        "bytes": report.bytes,
        "connections": report.connections,
        "replicas": report.replicas,
        "tables": report.tables,
        "foreign_keys_without_index": missing,
        "migrations": migrations,
        "notes": found.advice(),
    })
}
