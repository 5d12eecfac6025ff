//! `bedplate db verify`: whether the newest backups can be restored, by restoring them into databases that are removed again.

use std::path::PathBuf;

use bedplate_backup::{Backups, Owner, Record};
use bedplate_conformance::Fresh;
use bedplate_core::{Address, Driver, Form};
use bedplate_manifest::{ServicePlan, Source, SqlPlan};
use serde_json::{Value, json};

use crate::databases::admin::{AdminArgs, Admins, server_of};
use crate::databases::database::{Database, unreached};
use crate::databases::figures;
use crate::databases::outcomes::Outcomes;
use crate::databases::progress::Progress;
use crate::databases::site::{Alone, Site, Where};
use crate::databases::store::{self, Store};
use crate::databases::work::Work;
use crate::exit::{Exit, Failure, Outcome};
use crate::project::{Project, ProjectArgs};
use crate::shell::{Shell, Tone, paint};

/// Prove that the newest backups can be restored
///
/// Each is read to its end and compared with its checksums, then restored into a database that is removed again, and the rows in it are
/// compared with those that were backed up. For an embedded engine that is a temporary file; on a server `--admin` makes one.
/// Without it only the checksums are compared.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bedplate db verify
  bedplate db verify --url sqlite:./orders.db --in ./backups
  bedplate db verify orders --env production --admin env:PG_ADMIN_URL")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Which backup, by the beginning of its name or by its whole path; without it, the newest
    #[arg(long, value_name = "BACKUP")]
    from: Option<String>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    alone: Alone,
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    admin: AdminArgs,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// What was proven about a backup.
struct Proof {
    record: Record,
    /// Whether it was restored, and not only read.
    restored: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let (jobs, admins, root) = jobs(&args, project, shell)?;
    let work = Work::new()?;
    let find = store::find(args.store.place.as_deref(), &root);
    let backups = work.watch(shell, &Progress::default(), find)?;
    let mut outcomes = Outcomes(Vec::new());
    for job in &jobs {
        let outcome = Proving { job, backups: &backups, admins: &admins, work: &work }
            .prove(args.from.as_deref(), shell);
        outcomes.add(&job.owner.service, outcome, shell);
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

/// Which database's backup is to be proven.
struct Job {
    owner: Owner,
    extensions: Vec<String>,
    /// The host and port of its server, where they are known.
    server: (Option<String>, Option<u16>),
    /// How many servers there are of its engine.
    servers: usize,
}

/// What there is to prove, the administrators of servers, and the folder from which paths are read.
fn jobs(
    args: &Args,
    project: &ProjectArgs,
    shell: &mut Shell,
) -> Result<(Vec<Job>, Admins, PathBuf), Failure> {
    if let Some(url) = args.alone.read()? {
        if !args.services.is_empty() || args.place.env.is_some() {
            return Err(Failure::usage("a URL names a database by itself")
                .with_help("leave the services and `--env` out, or the URL"));
        }
        let database = Database::alone(&url, None)?;
        let server = database.address.hosts().first().cloned().unzip();
        let job = Job {
            owner: database.owner,
            extensions: Vec::new(),
            server: (server.0, server.1.flatten()),
            servers: 1,
        };
        let admins = args.admin.read(&Project::of(Source::new(String::new(), Vec::new())))?;
        return Ok((vec![job], admins, PathBuf::new()));
    }
    let site = Site::read(project, &args.place, shell)?;
    let job = |(service, sql): (&ServicePlan, &SqlPlan)| Job {
        owner: site.owner(&service.name),
        extensions: sql.extensions.clone(),
        server: (sql.host.clone(), sql.port),
        servers: site.plan.servers.iter().filter(|server| server.engine == sql.engine).count(),
    };
    let jobs = site.services(&args.services)?.into_iter().map(job).collect();
    Ok((jobs, args.admin.read(&site.project)?, site.project.folder.clone()))
}

/// The proof of one database's backup.
struct Proving<'a> {
    job: &'a Job,
    backups: &'a Backups,
    admins: &'a Admins,
    work: &'a Work,
}

impl Proving<'_> {
    fn prove(&self, from: Option<&str>, shell: &mut Shell) -> Result<Proof, Failure> {
        let (work, progress) = (self.work, Progress::default());
        let owner = &self.job.owner;
        let picked = work.watch(shell, &progress, store::pick(self.backups, owner, from))?;
        picked.tell(shell);
        let record = picked.record;
        let driver = bedplate::drivers().iter().find(|driver| driver.engine.name == record.engine);
        let driver = driver.ok_or_else(|| {
            Failure::new(format!("this build can't open `{}`, whose backup it is", record.engine))
        })?;
        let watch = |step| progress.step(&owner.service, step);
        let Some(address) = self.place(driver)? else {
            let check = async { Ok(self.backups.check(&record, &watch).await?) };
            work.watch(shell, &progress, check)?;
            return Ok(Proof { record, restored: false });
        };
        // Made and removed outside of what can be interrupted, so that none stays behind.
        let fresh = work
            .finish(Fresh::make(driver, &address, &self.job.extensions))
            .map_err(|error| unreached(error, driver.engine, &server_of(&address)))?;
        let restore = async {
            self.backups.restore(&record, &fresh.sql, driver.engine.name, &watch).await?;
            Ok(())
        };
        let restored = work.watch(shell, &progress, restore);
        let removed = work.finish(fresh.remove());
        restored.inspect_err(|_| {
            // The first failure is the answer; what it leaves behind must be told too.
            if let Err(left) = &removed {
                shell.fail(&Failure::new(left.message()));
            }
        })?;
        removed?;
        Ok(Proof { record, restored: true })
    }

    /// Where a database can be made; `None` where nobody named a server's administrator.
    fn place(&self, driver: &Driver) -> Result<Option<Address>, Failure> {
        if driver.engine.form == Form::Embedded {
            let scheme = driver.engine.schemes.first().copied().unwrap_or_default();
            return Ok(Some(Address::parse(&format!("{scheme}:"))?));
        }
        if driver.provision.is_none() || !self.admins.know(driver.engine) {
            return Ok(None);
        }
        let default = driver.engine.ports.first().map_or(0, |port| port.number);
        let (host, port) = &self.job.server;
        let place = (host.as_deref().unwrap_or("localhost"), port.unwrap_or(default));
        self.admins.find_at(driver.engine, place, self.job.servers).map(Some)
    }
}

fn show(outcomes: &Outcomes<Proof>, shell: &mut Shell) {
    let row = |(service, proof): (&str, &Proof)| {
        let record = &proof.record;
        let (proven, rows) = match proof.restored {
            true => (paint(Tone::Good, "restored and compared"), figures::grouped(record.tally.rows())),
            false => (paint(Tone::Warning, "checksums only"), "-".into()),
        };
        vec![
            paint(Tone::Name, service),
            record.id.clone(),
            figures::ago(figures::age(record.created)),
            rows,
            proven,
        ]
    };
    let rows: Vec<Vec<String>> = outcomes.good().map(row).collect();
    if !rows.is_empty() {
        shell.table(&["SERVICE", "BACKUP", "AGE", "ROWS", "PROVEN"], &rows);
    }
    if outcomes.good().any(|(_, proof)| !proof.restored) {
        let help =
            "`--admin` names a server's administrator, who makes a database to restore into and removes it";
        shell.say(paint(Tone::Faint, help));
    }
}

fn describe(proof: &Proof) -> Value {
    let record = &proof.record;
    json!({
        "backup": record.id,
        "engine": record.engine,
        "checksums": true,
        "restored": proof.restored,
        "tables": record.tally.tables.len(),
        "rows": record.tally.rows(),
    })
}
