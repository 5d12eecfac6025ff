//! `bedplate db verify`: whether the newest backups can be restored, by restoring them into databases that are removed again.

use bedplate_backup::{Backups, Record};
use bedplate_core::sql::{NewDatabase, Provision};
use bedplate_core::uuid::Uuid;
use bedplate_core::{Address, Driver, Form};
use bedplate_manifest::SqlPlan;
use serde_json::{Value, json};

use super::admin::{AdminArgs, Admins, server_of};
use super::figures;
use super::place::{Site, Where, unreached};
use super::store::{self, Store};
use super::work::{Outcomes, Words, runtime, watched};
use crate::exit::{Exit, Failure, Outcome};
use crate::project::ProjectArgs;
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
  bedplate db verify orders --env production --admin postgres://postgres:secret@db:5432")]
pub(super) struct Args {
    /// The services; without them, all
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Which backup, by the beginning of its name; without it, the newest
    #[arg(long, value_name = "BACKUP")]
    from: Option<String>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    admin: AdminArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What was proven about a backup.
struct Proof {
    record: Record,
    /// Whether it was restored, and not only read.
    restored: bool,
}

pub(super) fn run(args: Args, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
    let site = Site::read(project, &args.place, shell)?;
    let admins = args.admin.read(&site.project)?;
    let runtime = runtime()?;
    let backups = runtime.block_on(store::find(args.store.place.as_deref(), &site.project.folder))?;
    let mut outcomes = Outcomes(Vec::new());
    for (service, sql) in site.services(&args.services)? {
        let job = Job { backups: &backups, site: &site, admins: &admins, sql, service: &service.name };
        let outcome = runtime.block_on(job.prove(args.from.as_deref(), shell));
        outcomes.add(&service.name, outcome, shell);
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

/// The proof of one service's backup.
struct Job<'a> {
    backups: &'a Backups,
    site: &'a Site,
    admins: &'a Admins,
    sql: &'a SqlPlan,
    service: &'a str,
}

impl Job<'_> {
    async fn prove(&self, from: Option<&str>, shell: &mut Shell) -> Result<Proof, Failure> {
        let listing = self.backups.of(&self.site.plan.environment, self.service).await?;
        let record = store::choose(&listing, self.service, from)?.clone();
        let driver = bedplate::drivers().iter().find(|driver| driver.engine.name == record.engine);
        let driver = driver.ok_or_else(|| {
            Failure::new(format!("this build can't open `{}`, whose backup it is", record.engine))
        })?;
        let words = Words::default();
        if driver.engine.form == Form::Embedded {
            let folder = tempfile::Builder::new()
                .prefix("bedplate-verify-")
                .tempdir()
                .map_err(|why| Failure::new(format!("no temporary folder could be made: {why}")))?;
            let scheme = driver.engine.schemes.first().copied().unwrap_or_default();
            let file = folder.path().join("copy.db");
            let address = Address::parse(&format!("{scheme}:"))?.with_path(file.to_string_lossy());
            watched(shell, &words, self.restore(&record, driver, address, &words)).await?;
            return Ok(Proof { record, restored: true });
        }
        let Some(provision) = driver.provision.filter(|_| self.admins.know(driver.engine)) else {
            let watch = |step| words.step(self.service, step);
            let check = async { Ok(self.backups.check(&record, &watch).await?) };
            watched(shell, &words, check).await?;
            return Ok(Proof { record, restored: false });
        };
        let admin = self.admins.find(driver.engine, self.sql, &self.site.plan)?;
        let scratch = Scratch::new(self.sql, provision, admin);
        // Made and removed outside of what can be interrupted, so that none stays behind.
        (provision.create)(scratch.admin.clone(), scratch.new.clone())
            .await
            .map_err(|error| unreached(error, driver.engine, &server_of(&scratch.admin)))?;
        let work = self.restore(&record, driver, scratch.address(), &words);
        let restored = watched(shell, &words, work).await;
        let removed = scratch.remove().await;
        restored.and(removed)?;
        Ok(Proof { record, restored: true })
    }

    async fn restore(
        &self,
        record: &Record,
        driver: &Driver,
        address: Address,
        words: &Words,
    ) -> Result<(), Failure> {
        let sql = bedplate::sql(&address.reveal()).await?;
        let watch = |step| words.step(self.service, step);
        let restored = self.backups.restore(record, &sql, driver.engine.name, &watch).await;
        sql.close().await;
        Ok(restored.map(drop)?)
    }
}

/// A database on a server for as long as the proof takes.
struct Scratch {
    provision: Provision,
    admin: Address,
    new: NewDatabase,
}

impl Scratch {
    fn new(sql: &SqlPlan, provision: Provision, admin: Address) -> Self {
        let name = format!("bedplate_verify_{}", &Uuid::new_v4().simple().to_string()[..12]);
        let password = Uuid::new_v4().simple().to_string();
        let new = NewDatabase { role: name.clone(), name, password, extensions: sql.extensions.clone() };
        Self { provision, admin, new }
    }

    fn address(&self) -> Address {
        let address = self.admin.clone().with_path(format!("/{}", self.new.name));
        address.with_credentials(&self.new.role, Some(self.new.password.clone()))
    }

    async fn remove(self) -> Result<(), Failure> {
        let name = self.new.name.clone();
        (self.provision.remove)(self.admin, self.new).await.map_err(|error| {
            let failure = Failure::from(error);
            Failure { message: format!("`{name}` could not be removed: {}", failure.message), ..failure }
        })
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
