//! The table that records what has become of each migration.
//!
//! A run has a name of its own and changes a record only where it bears that name: a process that lost its lock without
//! noticing stops at its next statement instead of going on beside another one.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::scripts::Migration;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::handle::Sql;
use crate::sql::transaction::Transaction;
use crate::sql::types::{Begin, Isolation};
use crate::sql::value::Value;

/// How much of an error's message is kept, in characters: as much as the column takes.
const MAX_ERROR: usize = 1000;

/// The table that stands in a database for as long as it is being restored, on engines where that isn't one transaction. Who finds it
/// has only a part of the database before him.
pub const RESTORING: &str = "bedplate_restoring";

/// How far a migration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// Its next statement may be running, or was when the process died.
    Applying,
    /// Its next statement failed.
    Failed,
    /// It is applied.
    Applied,
    /// The next statement that undoes it may be running.
    Undoing,
    /// The next statement that undoes it failed.
    UndoFailed,
}

impl Stage {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Failed => "failed",
            Self::Applied => "applied",
            Self::Undoing => "undoing",
            Self::UndoFailed => "undo-failed",
        }
    }

    pub(super) fn is_undoing(self) -> bool {
        matches!(self, Self::Undoing | Self::UndoFailed)
    }
}

/// What the table says about one migration.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) checksum: String,
    pub(super) state: Stage,
    /// When it came to this state.
    pub(super) changed_at: Timestamp,
    pub(super) elapsed_ms: u64,
    /// How many statements have happened.
    pub(super) done: usize,
    /// The checksum of these.
    pub(super) prefix: String,
    pub(super) error: Option<String>,
    /// The name of the run that wrote it last.
    pub(super) run: String,
}

impl Record {
    /// Whether something of it is known to be in the database, or may be.
    pub(super) fn has_effect(&self) -> bool {
        self.state != Stage::Failed || self.done > 0
    }
}

/// What a run writes into its record.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) state: Stage,
    pub(super) done: usize,
    pub(super) prefix: String,
    pub(super) elapsed_ms: u64,
    pub(super) error: Option<String>,
}

impl Entry {
    fn values(self) -> Vec<Value> {
        let error =
            self.error.map(|error| error.replace('\0', " ").chars().take(MAX_ERROR).collect::<String>());
        vec![
            self.state.as_str().into(),
            format!("{:.6}", Timestamp::now()).into(),
            (self.elapsed_ms as i64).into(),
            (self.done as i64).into(),
            self.prefix.into(),
            error.into(),
        ]
    }
}

/// A change of one record, which is made only where the record still is as it was read.
pub(super) struct Change {
    text: String,
    values: Vec<Value>,
}

impl Change {
    /// Makes it in a transaction, and tells whether the record was as it was read.
    pub(super) async fn within(self, tx: &mut Transaction) -> Result<bool> {
        let inserts = self.text.starts_with("insert");
        match tx.query(self.text).bind_all(self.values).execute().await {
            Ok(changed) => Ok(changed == 1),
            // A record is there where none was read.
            Err(error) if inserts && error.kind() == ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes it in a transaction of its own, and tells whether the record was as it was read.
    pub(super) async fn alone(self, sql: &Sql) -> Result<bool> {
        let mut tx = begin(sql).await?;
        let made = self.within(&mut tx).await?;
        if made {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(made)
    }
}

/// The refusal to go on beside another process that runs the same migration.
pub(super) fn taken_over() -> Error {
    Error::new(ErrorKind::Conflict, "another process has changed the record of this migration")
        .with_help("look at the migrations' status, and apply them again")
}

/// Refuses to go on where a record wasn't as this run has left it.
pub(super) fn held(made: bool) -> Result<()> {
    if made { Ok(()) } else { Err(taken_over()) }
}

/// Begins a transaction of a migration. Others go on while it runs, and one that had to see nothing of them would fail for that.
pub(super) async fn begin(sql: &Sql) -> Result<Transaction> {
    sql.begin(Begin::new().isolation(Isolation::ReadCommitted)).await
}

/// The records of one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Records<'a> {
    pub(super) table: &'a str,
}

impl Records<'_> {
    /// Reads them; `None` where the table isn't there.
    pub(super) async fn read(self, sql: &Sql) -> Result<Option<Vec<Record>>> {
        let text = format!(
            "select number, name, checksum, state, changed_at, elapsed_ms, done, prefix, error, run from {} order by number",
            self.table
        );
        if !sql.features().transactional_ddl.is_kept() {
            refuse_unrestored(sql).await?;
        }
        match sql.query(text).fetch_all().await {
            Ok(records) => Ok(Some(records)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the table.
    pub(super) async fn create(self, sql: &Sql) -> Result<()> {
        let text = format!(
            "create table if not exists {} (number bigint not null primary key, name varchar(200) not null, \
             checksum varchar(64) not null, state varchar(20) not null, changed_at varchar(40) not null, \
             elapsed_ms bigint not null, done bigint not null, prefix varchar(64) not null, error varchar({MAX_ERROR}), \
             run varchar(36) not null)",
            self.table
        );
        sql.query(text).execute().await.map(drop)
    }

    /// Begins a run: writes the first record of a migration, or takes over the one that was found.
    pub(super) fn claim(
        self,
        migration: &Migration,
        found: Option<&Record>,
        run: Uuid,
        entry: Entry,
    ) -> Change {
        let (number, name) = (migration.number as i64, migration.name.as_str());
        let mut values = entry.values();
        values.extend([run.to_string().into(), migration.checksum().into(), name.into(), number.into()]);
        let table = self.table;
        let text = match found {
            None => format!(
                "insert into {table} (state, changed_at, elapsed_ms, done, prefix, error, run, checksum, name, number) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            ),
            Some(found) => {
                // A run that was abandoned may have sent its last word, and be heard only now.
                values.extend([
                    found.run.as_str().into(),
                    (found.done as i64).into(),
                    found.state.as_str().into(),
                ]);
                format!(
                    "update {table} set state = $1, changed_at = $2, elapsed_ms = $3, done = $4, prefix = $5, error = $6, \
                     run = $7, checksum = $8, name = $9 where number = $10 and run = $11 and done = $12 and state = $13"
                )
            }
        };
        Change { text, values }
    }

    /// Writes how far a run has come, where the record still says that it had come to `from`: what was taken for lost may
    /// have happened after all.
    pub(super) fn advance(self, number: u64, run: Uuid, from: usize, entry: Entry) -> Change {
        let mut values = entry.values();
        values.extend([(number as i64).into(), run.to_string().into(), (from as i64).into()]);
        let text = format!(
            "update {} set state = $1, changed_at = $2, elapsed_ms = $3, done = $4, prefix = $5, error = $6 \
             where number = $7 and run = $8 and done = $9",
            self.table
        );
        Change { text, values }
    }

    /// Removes the record of a migration that was undone.
    pub(super) fn remove(self, number: u64, run: &str) -> Change {
        let text = format!("delete from {} where number = $1 and run = $2", self.table);
        Change { text, values: vec![(number as i64).into(), run.into()] }
    }
}

/// Refuses a database that a restore has begun to fill: its records may be there before its rows are.
async fn refuse_unrestored(sql: &Sql) -> Result<()> {
    match sql.query(format!("select count(*) from {RESTORING}")).fetch_one::<i64>().await {
        Ok(_) => Err(Error::new(
            ErrorKind::Conflict,
            "the database is being restored, or a restore of it was cut off",
        )
        .with_help("where no restore runs, remove the database, make it anew and restore it again")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
