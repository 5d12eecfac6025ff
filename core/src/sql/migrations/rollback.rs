//! Undoing what was applied, by the scripts that were written for it.

use super::apply::{check, engine, patient};
use super::run::{Direction, MigrationEvent};
use super::scripts::{Migration, Migrations};
use super::status::{MigrationState, MigrationStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::handle::Sql;

/// How much is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// So many migrations, or all where there are fewer.
    Steps(usize),
    /// Every migration with a number above this one.
    To(u64),
}

impl Migrations {
    /// Undoes what was applied, the newest first, and tells what it undid. Before anything is undone, a migration without a script that
    /// undoes it is `Unsupported`, and one that isn't applied as its file has it a `Conflict`.
    ///
    /// One that stopped while it was being undone counts as one, and goes on where it stopped.
    pub async fn rollback(&self, sql: &Sql, undo: Undo) -> Result<Vec<MigrationStatus>> {
        self.rollback_with(sql, undo, |_| {}).await
    }

    /// Undoes what was applied, and tells of each migration as its end begins and is reached.
    pub async fn rollback_with(
        &self,
        sql: &Sql,
        undo: Undo,
        mut tell: impl FnMut(MigrationEvent<'_>) + Send,
    ) -> Result<Vec<MigrationStatus>> {
        let sql = &patient(sql);
        let _lock = self.lock(sql).await?;
        let found = self.records().read(sql).await?.unwrap_or_default();
        let chosen = choose(self.compare(engine(sql), &found), undo);
        // All of them before the first is run.
        let scripts: Vec<_> =
            chosen.iter().map(|status| self.prepare_undo(sql, status)).collect::<Result<_>>()?;
        for (migration, down) in scripts {
            self.settle(sql, migration, down, Direction::Undo, &mut tell).await?;
        }
        let undone: Vec<MigrationStatus> = self.status(sql).await?;
        Ok(chosen
            .iter()
            .filter_map(|chosen| undone.iter().find(|status| status.number == chosen.number).cloned())
            .collect())
    }

    /// A migration and what undoes it, once it is known that it can be undone.
    fn prepare_undo(&self, sql: &Sql, status: &MigrationStatus) -> Result<(&Migration, &Migration)> {
        Direction::Undo.check(status)?;
        let down = self.down_of(sql.dialect(), status.number);
        let migration = self.of(sql.dialect()).into_iter().find(|one| one.number == status.number);
        let (Some(down), Some(migration)) = (down, migration) else {
            let message = format!("the migration `{}` has no script that undoes it", status.label());
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_subject(status.label())
                .with_help(format!("write `{}.down.sql`", status.label())));
        };
        check(sql, down)?;
        Ok((migration, down))
    }
}

/// What is to be undone, the newest first. What left nothing in the database is passed over.
fn choose(status: Vec<MigrationStatus>, undo: Undo) -> Vec<MigrationStatus> {
    let has_effect = |status: &MigrationStatus| match status.state {
        MigrationState::Pending | MigrationState::OutOfOrder => false,
        MigrationState::Failed => status.done > 0 || status.undoing,
        _ => true,
    };
    let newest_first = status.into_iter().rev().filter(has_effect);
    match undo {
        Undo::Steps(steps) => newest_first.take(steps).collect(),
        Undo::To(number) => newest_first.take_while(|status| status.number > number).collect(),
    }
}
