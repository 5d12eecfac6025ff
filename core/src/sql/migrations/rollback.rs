//! Undoing what was applied, by the scripts that were written for it.

use std::collections::BTreeSet;

use super::apply::{check, patient};
use super::run::{Direction, MigrationEvent};
use super::scripts::{Migration, Migrations};
use super::status::{MigrationState, MigrationStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::handle::Sql;

/// How much is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// So many migrations, or all where there are fewer.
    Steps(usize),
    /// Every migration with a number above this one.
    To(u64),
    /// The migrations with these numbers, in whichever order. Where the newest ones are others by now, nothing is undone and that is a
    /// `Conflict`: for who has asked somebody about them before.
    Exactly(Vec<u64>),
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
        let chosen = self.to_undo(sql, undo).await?;
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

    /// What [`rollback`](Self::rollback) would undo as things are, the newest first. Changes nothing.
    pub async fn to_undo(&self, sql: &Sql, undo: Undo) -> Result<Vec<MigrationStatus>> {
        choose(self.status(sql).await?, undo)
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
fn choose(status: Vec<MigrationStatus>, undo: Undo) -> Result<Vec<MigrationStatus>> {
    let has_effect = |status: &MigrationStatus| match status.state {
        MigrationState::Pending | MigrationState::OutOfOrder => false,
        MigrationState::Failed => status.done > 0 || status.undoing,
        _ => true,
    };
    let newest_first = status.into_iter().rev().filter(has_effect);
    let wanted = match undo {
        Undo::Steps(steps) => return Ok(newest_first.take(steps).collect()),
        Undo::To(number) => return Ok(newest_first.take_while(|status| status.number > number).collect()),
        Undo::Exactly(wanted) => BTreeSet::from_iter(wanted),
    };
    let chosen: Vec<_> = newest_first.take(wanted.len()).collect();
    if chosen.iter().map(|status| status.number).collect::<BTreeSet<_>>() == wanted {
        return Ok(chosen);
    }
    let labels: Vec<_> = chosen.iter().map(|status| format!("`{}`", status.label())).collect();
    let newest = if labels.is_empty() { "none".into() } else { labels.join(", ") };
    Err(Error::new(
        ErrorKind::Conflict,
        format!("the migrations to undo aren't the newest ones any more, which are: {newest}"),
    )
    .with_help("look at the migrations' status, and choose again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(number: u64, state: MigrationState) -> MigrationStatus {
        MigrationStatus {
            number,
            name: "x".into(),
            state,
            applied_at: None,
            elapsed_ms: None,
            stopped_at: None,
            done: 0,
            statements: 1,
            error: None,
            has_down: true,
            undoing: false,
        }
    }

    #[test]
    fn others_than_the_named_ones_are_not_undone() {
        use MigrationState::{Applied, Failed, Pending};
        let all = [(1, Applied), (2, Applied), (3, Applied), (4, Failed), (5, Pending)];
        let all: Vec<_> = all.into_iter().map(|(number, state)| status(number, state)).collect();
        let exactly = |numbers: &[u64]| choose(all.clone(), Undo::Exactly(numbers.to_vec()));
        let numbers = |numbers: &[u64]| -> Vec<u64> {
            exactly(numbers).unwrap().iter().map(|status| status.number).collect()
        };
        assert_eq!(numbers(&[3]), [3]);
        assert_eq!(numbers(&[2, 3, 3]), [3, 2]);
        assert_eq!(numbers(&[]), [0; 0]);
        for wrong in [&[2][..], &[1, 3], &[4], &[5], &[1, 2, 3, 4], &[9]] {
            let error = exactly(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "{wrong:?}");
            assert!(error.message().contains("`0003_x`"), "{error}");
        }
        let error = choose(Vec::new(), Undo::Exactly(vec![1])).unwrap_err();
        assert!(error.message().ends_with("which are: none"), "{error}");
    }
}
