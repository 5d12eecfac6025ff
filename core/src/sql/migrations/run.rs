//! One run of one script: as a whole in one transaction, or statement by statement.

use std::time::Instant;

use uuid::Uuid;

use super::effect;
use super::record::{Change, Entry, Record, Records, Stage, begin, held};
use super::script::{Script, is_repeatable};
use super::scripts::Migration;
use super::status::MigrationStatus;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::handle::Sql;
use crate::sql::transaction::Transaction;

/// What happens while migrations are applied or undone. A failure is no event: the call returns it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum MigrationEvent<'a> {
    /// A migration begins, or goes on where it stopped.
    Begun(&'a MigrationStatus),
    /// One more statement has happened, of a script that goes statement by statement.
    Advanced(&'a MigrationStatus),
    /// A migration has come to its end.
    Ended(&'a MigrationStatus),
}

/// Who is told of the events.
pub(super) type Tell<'a> = &'a mut (dyn FnMut(MigrationEvent<'_>) + Send);

/// Whether a run applies a migration or undoes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Apply,
    Undo,
}

/// One run of one script.
pub(super) struct Run<'a> {
    pub(super) sql: &'a Sql,
    pub(super) records: Records<'a>,
    /// What is applied or undone.
    pub(super) migration: &'a Migration,
    /// What is run.
    pub(super) script: Script<'a>,
    pub(super) direction: Direction,
    /// What an earlier run has left.
    pub(super) found: Option<&'a Record>,
    pub(super) id: Uuid,
    pub(super) started: Instant,
}

/// Why a statement isn't done.
struct Stop {
    error: Error,
    /// Whether it is certain that the statement has not happened.
    certain: bool,
}

impl Run<'_> {
    /// Runs it to its end, from where an earlier run has stopped. `false`: the record isn't as it was read, and nothing was run.
    pub(super) async fn go(&self, status: &mut MigrationStatus, tell: Tell<'_>) -> Result<bool> {
        let (from, count) = (self.from(), self.script.statements.len());
        let is_cut_off = |found: &Record| matches!(found.state, Stage::Applying | Stage::Undoing);
        let cut_off = self.stopped().is_some_and(is_cut_off);
        if self.script.is_whole && from == 0 && !cut_off {
            return self.whole().await.map_err(|(error, at)| self.named(error, at));
        }
        if !self.claim(self.entry(self.running(), from, None)).alone(self.sql).await? {
            return Ok(false);
        }
        if from == count {
            held(self.behind(from, from).alone(self.sql).await?)?;
        }
        for at in from..count {
            if let Err(stop) = self.step(at, at == from && cut_off).await {
                self.note(at, &stop).await;
                return Err(self.named(stop.error, Some(at)));
            }
            status.done = at + 1;
            tell(MigrationEvent::Advanced(status));
        }
        Ok(true)
    }

    /// What an earlier run in the same direction has left.
    fn stopped(&self) -> Option<&Record> {
        self.found.filter(|found| match self.direction {
            Direction::Apply => true,
            Direction::Undo => found.state.is_undoing(),
        })
    }

    /// How many statements have happened already.
    pub(super) fn from(&self) -> usize {
        self.stopped().map_or(0, |found| found.done)
    }

    /// Runs the script and its record in one transaction. `false`: the record isn't as it was read, and nothing was run. An error comes
    /// with the statement that is to blame, where one is.
    async fn whole(&self) -> Result<bool, (Error, Option<usize>)> {
        let mut tx = begin(self.sql).await.map_err(|error| (error, None))?;
        let number = self.migration.number;
        let work = async {
            // The record comes first: a second process that got here waits, and runs nothing of the script.
            let first = match self.direction {
                Direction::Apply => self.claim(self.entry(Stage::Applying, 0, None)),
                Direction::Undo => self.records.remove(number, self.found.map_or("", |found| &found.run)),
            };
            if !first.within(&mut tx).await? {
                return Ok(false);
            }
            tx.script(self.script.text).await?;
            if self.direction == Direction::Apply {
                let entry = self.entry(Stage::Applied, self.script.statements.len(), None);
                held(self.records.advance(number, self.id, 0, entry).within(&mut tx).await?)?;
            }
            Ok(true)
        };
        let result = work.await;
        let error = match ended(tx, result).await {
            Ok(happened) => return Ok(happened),
            Err(error) => error,
        };
        let at = self.culprit(&error).await;
        if self.direction == Direction::Apply {
            // Where the commit has happened after all, the record is there and this changes nothing.
            let place = at.map_or_else(String::new, |at| format!("line {}: ", self.script.line(at)));
            let entry = self.entry(Stage::Failed, 0, Some(format!("{place}{}", error.message())));
            if let Err(why) = self.claim(entry).alone(self.sql).await {
                tracing::debug!(error = %why, "the failure of a migration was not recorded");
            }
        }
        Err((error, at))
    }

    /// The statement for which a whole script was refused: found by running it again, one statement after another, and undoing that.
    async fn culprit(&self, error: &Error) -> Option<usize> {
        if !is_answer(error.kind()) {
            return None;
        }
        let mut tx = begin(self.sql).await.ok()?;
        let mut found = None;
        for (at, statement) in self.script.statements.iter().enumerate() {
            if tx.script(statement).await.is_err() {
                found = Some(at);
                break;
            }
        }
        // It is undone in any case.
        let _ = tx.rollback().await;
        found
    }

    /// Runs one statement and records it. `cut_off`: it may have happened in an earlier run.
    async fn step(&self, at: usize, cut_off: bool) -> Result<(), Stop> {
        let statement = self.script.statements[at];
        let transactional_ddl = self.sql.features().transactional_ddl.is_kept();
        if self.script.is_atomic(statement, transactional_ddl) {
            // The record tells for certain: with the statement it happened, or neither has.
            return self
                .together(statement, self.behind(at, at + 1))
                .await
                .and_then(held)
                .map_err(|error| Stop { error, certain: true });
        }
        if cut_off && !is_repeatable(statement, self.script.dialect) {
            return Err(Stop { error: self.undecided(at), certain: false });
        }
        // Whichever statement an earlier run has tried, a repair may have put others before it.
        if self.stopped().is_some() {
            effect::clear(self.sql, statement).await.map_err(|error| Stop { error, certain: false })?;
        }
        let result = self.sql.query(statement).execute().await;
        if let Err(error) = result {
            let is_there = cut_off
                && effect::is_there(self.sql, statement, error.kind())
                    .await
                    .map_err(|error| Stop { error, certain: false })?;
            if !is_there {
                let certain = is_answer(error.kind());
                return Err(Stop { error, certain });
            }
        }
        let recorded = self.behind(at, at + 1).alone(self.sql).await.and_then(held);
        recorded.map_err(|error| Stop { error, certain: false })
    }

    /// The refusal to run a statement again that may have happened, with what records the one or the other.
    fn undecided(&self, at: usize) -> Error {
        let (table, number) = (self.records.table, self.migration.number);
        let state = match self.direction {
            Direction::Apply => Stage::Failed,
            Direction::Undo => Stage::UndoFailed,
        }
        .as_str();
        let prefix = self.script.prefix(at + 1).unwrap_or_default();
        Error::new(ErrorKind::Conflict, "it was cut off, may have happened, and could happen twice").with_help(format!(
            "look whether it has happened. If it has not: `update {table} set state = '{state}' where number = {number}`. If it has: \
             `update {table} set state = '{state}', done = {}, prefix = '{prefix}' where number = {number}`. Then go on as before",
            at + 1
        ))
    }

    /// Runs a statement and its record in one transaction.
    async fn together(&self, statement: &str, record: Change) -> Result<bool> {
        let mut tx = begin(self.sql).await?;
        let work = async {
            tx.query(statement).execute().await?;
            record.within(&mut tx).await
        };
        let result = work.await;
        ended(tx, result).await
    }

    /// Records why a statement isn't done. Where that fails too, the record says that it may have happened, which is so.
    async fn note(&self, at: usize, stop: &Stop) {
        let state = match self.direction {
            _ if !stop.certain => self.running(),
            Direction::Apply => Stage::Failed,
            Direction::Undo => Stage::UndoFailed,
        };
        let entry = self.entry(state, at, Some(stop.error.message().into()));
        if let Err(why) =
            self.records.advance(self.migration.number, self.id, at, entry).alone(self.sql).await
        {
            tracing::debug!(error = %why, "the failure of a migration was not recorded");
        }
    }

    fn running(&self) -> Stage {
        match self.direction {
            Direction::Apply => Stage::Applying,
            Direction::Undo => Stage::Undoing,
        }
    }

    fn claim(&self, entry: Entry) -> Change {
        self.records.claim(self.migration, self.found, self.id, entry)
    }

    /// What is recorded when the statements from `from` to `done` have happened and the next one begins.
    fn behind(&self, from: usize, done: usize) -> Change {
        let is_last = done == self.script.statements.len();
        let state = match self.direction {
            Direction::Undo if is_last => {
                return self.records.remove(self.migration.number, &self.id.to_string());
            }
            Direction::Apply if is_last => Stage::Applied,
            _ => self.running(),
        };
        self.records.advance(self.migration.number, self.id, from, self.entry(state, done, None))
    }

    fn entry(&self, state: Stage, done: usize, error: Option<String>) -> Entry {
        Entry {
            state,
            done,
            prefix: self.script.prefix(done).unwrap_or_default(),
            elapsed_ms: self.started.elapsed().as_millis() as u64,
            error,
        }
    }

    /// An error with the name of its migration before it.
    fn named(&self, error: Error, at: Option<usize>) -> Error {
        let label = self.migration.label();
        let what = match self.direction {
            Direction::Apply => "the migration",
            Direction::Undo => "undoing the migration",
        };
        let place = at.map_or_else(String::new, |at| {
            let (statement, count) = (at + 1, self.script.statements.len());
            format!(" at statement {statement} of {count}, in line {}", self.script.line(at))
        });
        let message = format!("{what} `{label}` failed{place}: {}", error.message());
        let named = Error::new(error.kind(), message).at(error.engine(), error.op()).with_subject(label);
        match error.help() {
            Some(help) => named.with_help(help),
            None => named,
        }
        .with_source(error)
    }
}

/// Commits a transaction whose work is done, and undoes one whose work isn't.
async fn ended(tx: Transaction, result: Result<bool>) -> Result<bool> {
    if let Ok(true) = result {
        return tx.commit().await.map(|()| true);
    }
    // The work's own error says more than one of the rollback, which happens in any case.
    let _ = tx.rollback().await;
    result
}

/// Whether an error is an answer: the statement was refused, so that nothing of it has happened.
fn is_answer(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Internal)
}
