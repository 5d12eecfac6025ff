//! Applying what is due, and telling what has become of it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::compare::Engine;
use super::record::{Record, Records, taken_over};
use super::run::{Direction, MigrationEvent, Run, Tell};
use super::scripts::{Migration, Migrations};
use super::status::{MigrationState, MigrationStatus, refuse_surprises};
use crate::error::{ErrorKind, Result};
use crate::sql::contract::SqlLock;
use crate::sql::handle::{LONG, Sql};

/// How long a process waits for another one that is migrating.
const LOCK_WAIT: Duration = Duration::from_secs(600);
/// How often a record is read again because it has changed meanwhile.
const MAX_TRIES: u32 = 10;

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
        let due: Vec<u64> = status.iter().filter(|one| one.is_due()).map(|one| one.number).collect();
        let scripts: Vec<&Migration> =
            self.of(sql.dialect()).into_iter().filter(|one| due.contains(&one.number)).collect();
        // All of them before the first is run.
        for migration in &scripts {
            check(sql, migration)?;
        }
        for migration in scripts {
            self.settle(sql, migration, migration, Direction::Apply, &mut tell).await?;
        }
        let status = self.status(sql).await?;
        Ok(status.into_iter().filter(|migration| due.contains(&migration.number)).collect())
    }

    /// Runs one script until its migration is as it should be: by this run, or by one that was taken for dead.
    pub(super) async fn settle(
        &self,
        sql: &Sql,
        migration: &Migration,
        script: &Migration,
        direction: Direction,
        tell: Tell<'_>,
    ) -> Result<()> {
        for _ in 0..MAX_TRIES {
            let found = self.records().read(sql).await?.unwrap_or_default();
            let status = self.compare(engine(sql), &found);
            let Some(status) = status.into_iter().find(|status| status.number == migration.number) else {
                return Ok(());
            };
            let is_left = match direction {
                Direction::Apply => status.state != MigrationState::Applied,
                Direction::Undo => {
                    !matches!(status.state, MigrationState::Pending | MigrationState::OutOfOrder)
                }
            };
            if !is_left {
                return Ok(());
            }
            direction.check(&status)?;
            let run = Run {
                sql,
                records: self.records(),
                migration,
                script: engine(sql).script(script),
                direction,
                found: found.iter().find(|record| record.number == migration.number),
                id: Uuid::new_v4(),
                started: Instant::now(),
            };
            if run_one(run, status, tell).await? {
                return Ok(());
            }
        }
        Err(taken_over().with_subject(migration.label()))
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
        if let Some(records) = self.records().read(sql).await? {
            return Ok(records);
        }
        match self.records().create(sql).await {
            // Somebody who has lost the lock made it at the same moment, which `if not exists` doesn't wait for.
            Err(error) if error.kind() != ErrorKind::Conflict => Err(error),
            _ => Ok(self.records().read(sql).await?.unwrap_or_default()),
        }
    }
}

impl Direction {
    /// Refuses a migration that can't be run in this direction.
    pub(super) fn check(self, status: &MigrationStatus) -> Result<()> {
        let stopped = matches!(status.state, MigrationState::Failed | MigrationState::Interrupted);
        let may = match self {
            Self::Apply => status.is_due(),
            Self::Undo => status.state == MigrationState::Applied || status.undoing && stopped,
        };
        if may { Ok(()) } else { Err(status.refusal()) }
    }
}

/// Runs one script and tells of it. `false`: its record isn't as it was read, and nothing was run.
async fn run_one(run: Run<'_>, mut status: MigrationStatus, tell: Tell<'_>) -> Result<bool> {
    status.undoing = run.direction == Direction::Undo;
    (status.done, status.statements) = (run.from(), run.script.statements.len());
    tell(MigrationEvent::Begun(&status));
    if !run.go(&mut status, tell).await? {
        return Ok(false);
    }
    let elapsed = run.started.elapsed().as_millis() as u64;
    status.state = match run.direction {
        Direction::Apply => MigrationState::Applied,
        Direction::Undo => MigrationState::Pending,
    };
    (status.elapsed_ms, status.stopped_at, status.error) = (Some(elapsed), None, None);
    status.done = status.statements;
    tell(MigrationEvent::Ended(&status));
    Ok(true)
}

/// Refuses a script that can't be run as it is.
pub(super) fn check(sql: &Sql, script: &Migration) -> Result<()> {
    engine(sql).script(script).check().map_err(|error| error.with_subject(&script.file))
}

pub(super) fn engine(sql: &Sql) -> Engine {
    Engine { dialect: sql.dialect(), transactional_ddl: sql.features().transactional_ddl.is_kept() }
}

/// A handle whose calls may take as long as a migration does.
pub(super) fn patient(sql: &Sql) -> Sql {
    Sql { guard: sql.guard.with_timeout(LONG), ..sql.clone() }
}
