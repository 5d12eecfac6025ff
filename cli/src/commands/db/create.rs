//! `bedplate db create`: a database for each service, and a role that can open no other service's.

use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use bedplate_core::sql::{Made, NewDatabase};
use bedplate_core::{Address, Capability, Form};
use bedplate_manifest::{Secret, ServicePlan, SqlPlan};
use serde_json::json;

use crate::databases::admin::{AdminArgs, Admins, server_of};
use crate::databases::database::{Database, unreached};
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::secrets::{Secrets, unset};
use crate::databases::site::{Site, Where};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
use crate::shell::{Shell, Tone, paint};

/// Make a database for each service, and a role that can open no other service's
///
/// On a server it makes the role, the database and its extensions, as the administrator that `--admin` names. What is there already stays,
/// and the role gets the password that is set now. The file of an embedded engine is made with its folder, for this user only.
///
/// Passwords come from the environment or from `.env` beside the manifest. In an environment for development the missing ones are made and
/// written to `.env`; elsewhere with `--write-secrets` only.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db create                        every database of the environment for development
  bedplate db create orders --dry-run
  bedplate db create --env production --admin env:PG_ADMIN_URL")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    admin: AdminArgs,
    /// Make missing passwords in any environment, and write them to `.env`
    #[arg(long)]
    write_secrets: bool,
    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What there is to make for one service.
struct Job {
    database: Database,
    /// The administrator's address and what he is to make, where there is a server.
    server: Option<(Address, NewDatabase)>,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let site = Site::read(project, &args.place, shell)?;
    let admins = args.admin.read(&site.project)?;
    let services = site.services(&args.services)?;
    let mut secrets = secrets(&args, &site, &services)?;
    let plan = |secrets: &Secrets| -> Result<Vec<Job>, Failure> {
        services.iter().map(|(service, sql)| job(&site, service, sql, secrets, &admins)).collect()
    };
    // All of it before the first is made, so that a refusal has written no password.
    let mut jobs = plan(&secrets.values)?;
    let mut made: Vec<&str> = secrets.made.iter().map(|secret| secret.variable.as_str()).collect();
    if args.dry_run {
        return dry_run(&args, &jobs, &made, shell);
    }
    if !made.is_empty() {
        let (path, added) = secrets.values.write(&site.project, &made)?;
        (made, jobs) = (added, plan(&secrets.values)?);
        tell_written(&path, &made, shell);
    }
    let work = Work::new()?;
    let mut outcomes = Outcomes(Vec::new());
    for job in &jobs {
        let (progress, service) = (Progress::default(), &job.database.service);
        progress.set(format!("{service}: making the database"));
        let outcome = work.watch(shell, &progress, make(job));
        outcomes.add(service, outcome, shell);
        if !outcomes.go_on() {
            break;
        }
    }
    show(&args, &jobs, &outcomes, &made, shell)?;
    outcomes.close(shell);
    Ok(outcomes.exit(Exit::Done))
}

fn tell_written(path: &Path, made: &[&str], shell: &mut Shell) {
    if made.is_empty() {
        return;
    }
    let names = made.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let (wrote, path) = (paint(Tone::Good, "wrote"), path.display());
    shell.say(format!("{wrote} {names} to `{path}`; keep it out of version control"));
}

/// The passwords, and which of them are new.
struct Passwords<'p> {
    values: Secrets,
    made: Vec<&'p Secret>,
}

fn secrets<'p>(
    args: &Args,
    site: &'p Site,
    services: &[(&ServicePlan, &SqlPlan)],
) -> Result<Passwords<'p>, Failure> {
    let urls: Vec<&str> = services.iter().map(|(_, sql)| sql.url.as_str()).collect();
    let (mut values, missing) = Secrets::find(&site.project, &site.plan, &urls);
    let ours = |secret: &&&Secret| secret.generated && (args.write_secrets || site.is_development());
    let (made, others): (Vec<_>, Vec<_>) = missing.into_iter().partition(|secret| ours(&secret));
    if !others.is_empty() {
        return Err(unset(&site.plan, &others));
    }
    made.iter().for_each(|secret| values.make(&secret.variable));
    Ok(Passwords { values, made })
}

fn job(
    site: &Site,
    service: &ServicePlan,
    sql: &SqlPlan,
    secrets: &Secrets,
    admins: &Admins,
) -> Result<Job, Failure> {
    let named =
        |failure: Failure| Failure { message: format!("{}: {}", service.name, failure.message), ..failure };
    let database = site.database(service, sql, secrets).map_err(named)?;
    let (Some(name), Some(role)) = (&sql.database, &sql.role) else {
        return Ok(Job { database, server: None });
    };
    let admin = admins.find(database.engine, sql, &site.plan)?;
    let password = database.address.password().unwrap_or_default().to_string();
    let new =
        NewDatabase { name: name.clone(), role: role.clone(), password, extensions: sql.extensions.clone() };
    Ok(Job { database, server: Some((admin, new)) })
}

async fn make(job: &Job) -> Result<Made, Failure> {
    let Some((admin, new)) = &job.server else {
        let there = job.database.file.as_ref().is_some_and(|file| file.exists());
        if let Some(folder) = job.database.file.as_ref().and_then(|file| file.parent()) {
            private_folder(folder)?;
        }
        job.database.open_or_make().await?.close().await;
        return Ok(Made { role: false, database: !there });
    };
    let driver = bedplate::driver_for(&job.database.address, Capability::Sql)?;
    let title = driver.engine.title;
    let provision = driver
        .provision
        .ok_or_else(|| Failure::new(format!("this version can't make databases of {title}")))?;
    let made = (provision.create)(admin.clone(), new.clone())
        .await
        .map_err(|error| unreached(error, driver.engine, &server_of(admin)))?;
    // Whoever gets a database wants to know that it can be opened.
    job.database.open().await?.close().await;
    Ok(made)
}

/// Makes a folder that only this user can open, with those above it; what is there stays as it is.
fn private_folder(folder: &Path) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|why| Failure::new(format!("the folder `{}` can't be made: {why}", folder.display())))
}

fn dry_run(args: &Args, jobs: &[Job], made: &[&str], shell: &mut Shell) -> Outcome {
    if args.json {
        let databases = jobs.iter().map(|job| {
            json!({
                "service": job.database.service,
                "engine": job.database.engine.name,
                "where": job.database.shown(),
                "role": job.server.as_ref().map(|(_, new)| &new.role),
            })
        });
        shell.json(&json!({ "databases": databases.collect::<Vec<_>>(), "secrets": made }))?;
        return Ok(Exit::Done);
    }
    let state = |job: &Job| match &job.database.file {
        Some(file) if file.exists() => "there already".into(),
        Some(_) => paint(Tone::Good, "would be made"),
        None => paint(Tone::Good, "would be made where it isn't there"),
    };
    table(jobs.iter().map(|job| (job, state(job))), shell);
    for name in made {
        shell.say(format!("`{name}` would be made and written to `.env`"));
    }
    Ok(Exit::Done)
}

fn show(
    args: &Args,
    jobs: &[Job],
    outcomes: &Outcomes<Made>,
    made: &[&str],
    shell: &mut Shell,
) -> Result<(), Failure> {
    if args.json {
        let databases =
            outcomes.json(|made| json!({ "database_made": made.database, "role_made": made.role }));
        return shell.json(&json!({ "databases": databases, "secrets": made }));
    }
    let done = jobs.iter().zip(&outcomes.0).filter_map(|(job, (_, outcome))| {
        let made = outcome.as_ref().ok()?;
        Some((job, if made.database { paint(Tone::Good, "made") } else { "there already".into() }))
    });
    table(done, shell);
    Ok(())
}

fn table<'j>(jobs: impl Iterator<Item = (&'j Job, String)>, shell: &mut Shell) {
    let row = |(job, state): (&Job, String)| {
        let role = job.server.as_ref().map(|(_, new)| new.role.clone());
        let role = role.unwrap_or_else(|| {
            if job.database.engine.form == Form::Embedded { "-".into() } else { "?".into() }
        });
        vec![
            paint(Tone::Name, &job.database.service),
            job.database.engine.name.to_string(),
            job.database.shown(),
            role,
            state,
        ]
    };
    let rows: Vec<Vec<String>> = jobs.map(row).collect();
    if !rows.is_empty() {
        shell.table(&["SERVICE", "ENGINE", "DATABASE", "ROLE", "STATE"], &rows);
    }
}
