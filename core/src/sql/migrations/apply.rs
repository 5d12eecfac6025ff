//! Applying what is due, and telling what has become of it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::compare::Engine;
use super::record::{Record, Records};
use super::run::{Direction, MigrationEvent, Run, Tell};
use super::scripts::Migrations;
use super::status::{MigrationState, MigrationStatus, refuse_surprises};
use crate::error::{Error, Result};
use crate::guard::GuardOptions;
use crate::sql::contract::SqlLock;
use crate::sql::handle::Sql;

/// How long a process waits for another one that is migrating.
const LOCK_WAIT: Duration = Duration::from_secs(600);
/// How long one statement of a migration may take: as long as its table is large.
const LONG: Duration = Duration::from_secs(7 * 24 * 3600);

impl Migrations {
    /// What has become of every migration, in their order. Changes nothing.
    pub async fn status(&self, sql: &Sql) -> Result<Vec<MigrationStatus>> {
        let records = self.records().read(sql).await?.unwrap_or_default();
        Ok(self.compare(engine(sql), &records))
    }

    /// The migrations that are anything but applied, in their order; none where all is well. Changes nothing.
    pub async fn check(&self, sql: &Sql) -> Result<Vec<MigrationStatus>> {
        let mut status = self.status(sql).await?;
        status.retain(|migration| migration.state != MigrationState::Applied);
        Ok(status)
    }

    /// Applies what is due, in order, and tells what it applied. Processes that start at the same time wait for each other.
    ///
    /// A migration that failed is tried again. One that stopped between its statements goes on where it stopped, as long as what has
    /// happened of it is unchanged. Where anything else is found, nothing is applied and the `Conflict` says what.
    pub async fn apply(&self, sql: &Sql) -> Result<Vec<MigrationStatus>> {
        self.apply_with(sql, |_| {}).await
    }

    /// Applies what is due, and tells of each migration as it begins and ends.
    pub async fn apply_with(
        &self,
        sql: &Sql,
        mut tell: impl FnMut(MigrationEvent<'_>) + Send,
    ) -> Result<Vec<MigrationStatus>> {
        // Most starts of a service find everything done, and need neither the lock nor the right to make tables.
        if self.check(sql).await?.is_empty() {
            return Ok(Vec::new());
        }
        let sql = &patient(sql);
        let _lock = self.lock(sql).await?;
        let found = self.found(sql).await?;
        let status = self.compare(engine(sql), &found);
        refuse_surprises(&status)?;
        let due = || status.iter().filter(|migration| migration.is_due());
        let runs: Vec<_> =
            due().map(|status| self.prepare(sql, status.number, &found)).collect::<Result<_>>()?;
        for (run, status) in runs.into_iter().flatten().zip(due()) {
            run_one(run, status.clone(), &mut tell).await?;
        }
        let applied: Vec<u64> = due().map(|migration| migration.number).collect();
        let status = self.status(sql).await?;
        Ok(status.into_iter().filter(|migration| applied.contains(&migration.number)).collect())
    }

    /// A run of one migration, once its script is known to be one that can be run.
    fn prepare<'a>(&'a self, sql: &'a Sql, number: u64, found: &'a [Record]) -> Result<Option<Run<'a>>> {
        let Some(migration) = self.of(sql.dialect()).into_iter().find(|one| one.number == number) else {
            return Ok(None);
        };
        let script = engine(sql).script(migration);
        script.check().map_err(|error| unfit(error, &migration.file))?;
        Ok(Some(Run {
            sql,
            records: self.records(),
            migration,
            script,
            direction: Direction::Apply,
            found: found.iter().find(|record| record.number == number),
            id: Uuid::new_v4(),
            started: Instant::now(),
        }))
    }

    pub(super) fn records(&self) -> Records<'_> {
        Records { table: &self.table }
    }

    /// Keeps every other process from changing what is applied.
    pub(super) async fn lock(&self, sql: &Sql) -> Result<Box<dyn SqlLock>> {
        sql.lock(&self.table, LOCK_WAIT).await
    }

    /// The records, in a table that is made where there is none. The lock is held.
    async fn found(&self, sql: &Sql) -> Result<Vec<Record>> {
        match self.records().read(sql).await? {
            Some(records) => Ok(records),
            None => self.records().create(sql).await.map(|()| Vec::new()),
        }
    }
}

/// Runs one script and tells of it.
pub(super) async fn run_one(mut run: Run<'_>, mut status: MigrationStatus, tell: Tell<'_>) -> Result<()> {
    run.started = Instant::now();
    status.undoing = run.direction == Direction::Undo;
    (status.done, status.statements) = (run.from(), run.script.statements.len());
    tell(MigrationEvent::Begun(&status));
    run.go(&mut status, tell).await?;
    let elapsed = run.started.elapsed().as_millis() as u64;
    status.state = match run.direction {
        Direction::Apply => MigrationState::Applied,
        Direction::Undo => MigrationState::Pending,
    };
    (status.elapsed_ms, status.stopped_at, status.error) = (Some(elapsed), None, None);
    status.done = status.statements;
    tell(MigrationEvent::Ended(&status));
    Ok(())
}

/// The error of a script that can't be run, with its file.
pub(super) fn unfit(error: Error, file: &str) -> Error {
    error.with_subject(file)
}

pub(super) fn engine(sql: &Sql) -> Engine {
    Engine { dialect: sql.dialect(), transactional_ddl: sql.features().transactional_ddl.is_kept() }
}

/// A handle whose calls may take as long as a migration does.
pub(super) fn patient(sql: &Sql) -> Sql {
    sql.guarded(GuardOptions::default().timeout(LONG))
}
