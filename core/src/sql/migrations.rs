//! Migrations: numbered scripts, checksummed, applied once however many processes start at the same time.
//!
//! A file is `0001_name.sql`, or `0001_name.postgres.sql` for one dialect only, which wins over the portable one there. A script that
//! was applied must not change: its checksum is kept. Where the engine can, a script and its record are one transaction.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::handle::Sql;
use super::transaction::Transaction;
use super::types::{Begin, Dialect};
use crate::error::{Error, ErrorKind, Result};

/// The table that records what was applied.
const TABLE: &str = "bedplate_migrations";
/// How long a process waits for another one that is migrating.
const LOCK_WAIT: Duration = Duration::from_secs(600);

/// A numbered script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number; each is applied after the lower ones.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// The script.
    pub script: String,
}

impl Migration {
    /// The SHA-256 of the script, in hexadecimal, whatever its line ends are.
    pub fn checksum(&self) -> String {
        Sha256::digest(self.script.replace("\r\n", "\n")).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Every script of one service.
#[derive(Debug, Clone)]
pub struct Migrations {
    scripts: BTreeMap<(u64, Option<&'static str>), Migration>,
    table: String,
}

impl Default for Migrations {
    fn default() -> Self {
        Self { scripts: BTreeMap::new(), table: TABLE.into() }
    }
}

/// What has become of one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationState {
    /// It was applied as it is.
    Applied,
    /// It wasn't applied yet.
    Pending,
    /// It was applied and has been changed since.
    Edited,
    /// It was applied and its file is gone.
    Missing,
    /// It wasn't applied, though a later one was.
    OutOfOrder,
    /// It began and did not end, on an engine whose scripts are not transactions.
    Interrupted,
}

/// One migration and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// What has become of it.
    pub state: MigrationState,
    /// When it was applied.
    pub applied_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Record {
    number: u64,
    name: String,
    checksum: String,
    state: String,
    applied_at: Timestamp,
}

impl Migrations {
    /// Reads scripts by their file names. A file that isn't named like one is an error, as is a number that is used twice.
    ///
    /// ```
    /// # async fn example(sql: bedplate_core::sql::Sql) -> bedplate_core::Result<()> {
    /// use bedplate_core::sql::Migrations;
    /// // In a service: `include_str!("../migrations/0001_orders.sql")`, so that the program carries its scripts.
    /// let script = "create table orders (id bigint primary key, total text not null)";
    /// Migrations::from_files([("0001_orders.sql", script)])?.apply(&sql).await?;
    /// # Ok(()) }
    /// ```
    pub fn from_files<N: AsRef<str>, T: Into<String>>(
        files: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self> {
        let mut migrations = Self::default();
        for (file, script) in files {
            let (number, name, dialect) = parse_name(file.as_ref())?;
            let migration = Migration { number, name, script: script.into() };
            if let Some(other) = migrations.scripts.insert((number, dialect), migration) {
                return Err(Error::invalid(format!(
                    "the migrations `{}` and `{}` have one number",
                    other.name,
                    file.as_ref()
                )));
            }
        }
        Ok(migrations)
    }

    /// Records what was applied in another table than `bedplate_migrations`: for a library with tables of its own in its
    /// caller's database. Its name is lower-case letters, digits and `_`.
    pub fn in_table(mut self, table: impl Into<String>) -> Result<Self> {
        self.table = table.into();
        let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.table.is_empty() || self.table.len() > 60 || !self.table.chars().all(valid) {
            return Err(Error::invalid(format!("`{}` cannot be the table of migrations", self.table))
                .with_help("name it with up to 60 lower-case letters, digits and `_`"));
        }
        Ok(self)
    }

    /// The scripts for one dialect, in their order.
    pub fn of(&self, dialect: Dialect) -> Vec<&Migration> {
        let mut chosen = BTreeMap::new();
        for ((number, of), migration) in &self.scripts {
            // `None` sorts first, so a script of the dialect replaces the portable one.
            if of.is_none() || *of == Some(dialect.as_str()) {
                chosen.insert(number, migration);
            }
        }
        chosen.into_values().collect()
    }

    /// What has become of every migration, in their order. Changes nothing.
    pub async fn status(&self, sql: &Sql) -> Result<Vec<MigrationStatus>> {
        let records = if sql.schema().await?.table(&self.table).is_some() {
            read_records(sql, &self.table).await?
        } else {
            Vec::new()
        };
        Ok(self.compare(sql.dialect(), records))
    }

    /// Applies what is pending, in order, and tells what it applied. Processes that start at the same time wait for each other.
    ///
    /// Where anything but pending is found, nothing is applied and the `Conflict` says what.
    pub async fn apply(&self, sql: &Sql) -> Result<Vec<MigrationStatus>> {
        let _lock = sql.lock(&self.table, LOCK_WAIT).await?;
        let table = &self.table;
        sql.query(format!(
            "create table if not exists {table} (number bigint not null primary key, name varchar(200) not null, \
             checksum varchar(64) not null, state varchar(20) not null, applied_at varchar(40) not null, elapsed_ms bigint not null)"
        ))
        .execute()
        .await?;
        let found = async || Ok::<_, Error>(self.compare(sql.dialect(), read_records(sql, table).await?));
        let status = found().await?;
        refuse_surprises(&status)?;
        let pending: Vec<u64> =
            status.iter().filter(|s| s.state == MigrationState::Pending).map(|s| s.number).collect();
        for migration in
            self.of(sql.dialect()).into_iter().filter(|migration| pending.contains(&migration.number))
        {
            apply_one(sql, table, migration).await.map_err(|error| failed(migration, error))?;
        }
        let status = found().await?;
        Ok(status.into_iter().filter(|s| pending.contains(&s.number)).collect())
    }

    fn compare(&self, dialect: Dialect, records: Vec<Record>) -> Vec<MigrationStatus> {
        let last = records.iter().map(|record| record.number).max();
        let mut status: BTreeMap<u64, MigrationStatus> = self
            .of(dialect)
            .into_iter()
            .map(|migration| {
                let number = migration.number;
                let state =
                    if last > Some(number) { MigrationState::OutOfOrder } else { MigrationState::Pending };
                (number, MigrationStatus { number, name: migration.name.clone(), state, applied_at: None })
            })
            .collect();
        let checksums: BTreeMap<u64, String> =
            self.of(dialect).iter().map(|m| (m.number, m.checksum())).collect();
        for record in records {
            let state = match checksums.get(&record.number) {
                _ if record.state != "applied" => MigrationState::Interrupted,
                None => MigrationState::Missing,
                Some(checksum) if *checksum == record.checksum => MigrationState::Applied,
                Some(_) => MigrationState::Edited,
            };
            let (number, name, applied_at) = (record.number, record.name, Some(record.applied_at));
            status.insert(number, MigrationStatus { number, name, state, applied_at });
        }
        status.into_values().collect()
    }
}

async fn read_records(sql: &Sql, table: &str) -> Result<Vec<Record>> {
    sql.query(format!("select number, name, checksum, state, applied_at from {table} order by number"))
        .fetch_all()
        .await
}

fn refuse_surprises(status: &[MigrationStatus]) -> Result<()> {
    let expected = [MigrationState::Applied, MigrationState::Pending];
    let Some(found) = status.iter().find(|migration| !expected.contains(&migration.state)) else {
        return Ok(());
    };
    let (what, help) = match found.state {
        MigrationState::Edited => {
            ("was changed after it was applied", "put its script back and write a new migration")
        }
        MigrationState::Missing => ("was applied and its file is gone", "put its file back"),
        MigrationState::OutOfOrder => {
            ("comes before one that was applied already", "give it a higher number")
        }
        _ => ("began and did not end", "repair the schema by hand, then delete or complete its record"),
    };
    Err(Error::new(ErrorKind::Conflict, format!("the migration `{:04}_{}` {what}", found.number, found.name))
        .with_help(help))
}

/// The error of a script, with the name of its migration before it.
fn failed(migration: &Migration, error: Error) -> Error {
    let name = format!("{:04}_{}", migration.number, migration.name);
    let message = format!("the migration `{name}` failed: {}", error.message());
    let named = Error::new(error.kind(), message).at(error.engine(), error.op()).with_subject(name);
    match error.help() {
        Some(help) => named.with_help(help),
        None => named,
    }
    .with_source(error)
}

async fn apply_one(sql: &Sql, table: &str, migration: &Migration) -> Result<()> {
    let started = Instant::now();
    let mut tx = sql.begin(Begin::new()).await?;
    if sql.features().transactional_ddl.is_kept() {
        tx.script(&migration.script).await?;
        record(&mut tx, table, migration, "applied", started).await?;
        return tx.commit().await;
    }
    // The script commits by itself, so its record must stand before it.
    record(&mut tx, table, migration, "began", started).await?;
    tx.commit().await?;
    let mut tx = sql.begin(Begin::new()).await?;
    tx.script(&migration.script).await?;
    let update = format!("update {table} set state = 'applied', elapsed_ms = $1 where number = $2");
    tx.query(update)
        .bind(started.elapsed().as_millis() as i64)
        .bind(migration.number as i64)
        .execute()
        .await?;
    tx.commit().await
}

async fn record(
    tx: &mut Transaction,
    table: &str,
    migration: &Migration,
    state: &str,
    started: Instant,
) -> Result<()> {
    tx.query(format!(
        "insert into {table} (number, name, checksum, state, applied_at, elapsed_ms) values ($1, $2, $3, $4, $5, $6)"
    ))
    .bind(migration.number as i64)
    .bind(&migration.name)
    .bind(migration.checksum())
    .bind(state)
    .bind(format!("{:.6}", Timestamp::now()))
    .bind(started.elapsed().as_millis() as i64)
    .execute()
    .await
    .map(drop)
}

/// Takes `0001_name.sql` or `0001_name.postgres.sql` apart.
fn parse_name(file: &str) -> Result<(u64, String, Option<&'static str>)> {
    let wrong = |why: String| {
        Error::invalid(format!("`{file}` is not the name of a migration: {why}"))
            .with_help("write `0001_name.sql`, or `0001_name.postgres.sql` for one dialect")
    };
    let stem = file.strip_suffix(".sql").ok_or_else(|| wrong("it does not end in `.sql`".into()))?;
    let (number, rest) =
        stem.split_once('_').ok_or_else(|| wrong("there is no `_` behind its number".into()))?;
    let number =
        Some(number).filter(|n| n.bytes().all(|b| b.is_ascii_digit())).and_then(|n| n.parse::<u64>().ok());
    let number = number
        .filter(|n| *n <= i64::MAX as u64)
        .ok_or_else(|| wrong("it does not begin with a number".into()))?;
    let (name, dialect) = match rest.split_once('.') {
        None => (rest, None),
        Some((name, word)) => {
            let dialect =
                [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql].into_iter().find(|d| d.as_str() == word);
            (name, Some(dialect.ok_or_else(|| wrong(format!("`{word}` is not a dialect")))?.as_str()))
        }
    };
    if name.is_empty()
        || name.len() > 200
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    {
        return Err(wrong("its name must be letters, digits, `_` and `-`".into()));
    }
    Ok((number, name.to_string(), dialect))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_the_dialect_wins_over_the_portable_one() {
        let migrations = Migrations::from_files([
            ("0002_b.sql", "two"),
            ("0001_a.sql", "one"),
            ("0002_b.postgres.sql", "zwei"),
        ])
        .unwrap();
        let scripts = |dialect| migrations.of(dialect).iter().map(|m| m.script.as_str()).collect::<Vec<_>>();
        assert_eq!(scripts(Dialect::Sqlite), ["one", "two"]);
        assert_eq!(scripts(Dialect::Postgres), ["one", "zwei"]);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for name in [
            "a.sql",
            "0001.sql",
            "0001_.sql",
            "0001_a.txt",
            "0001_a.oracle.sql",
            "+1_a.sql",
            "0001_a b.sql",
            "99999999999999999999_a.sql",
        ] {
            assert!(Migrations::from_files([(name, "")]).is_err(), "{name}");
        }
        assert!(Migrations::from_files([("1_a.sql", ""), ("0001_b.sql", "")]).is_err());
    }

    #[test]
    fn a_checksum_does_not_depend_on_line_ends() {
        let checksum =
            |script: &str| Migration { number: 1, name: "a".into(), script: script.into() }.checksum();
        assert_eq!(checksum("a\r\nb"), checksum("a\nb"));
        assert_ne!(checksum("a\nb"), checksum("a b"));
    }

    #[test]
    fn tells_what_has_become_of_each() {
        let migrations =
            Migrations::from_files([("1_a.sql", "a"), ("2_b.sql", "b"), ("3_c.sql", "c"), ("6_f.sql", "f")])
                .unwrap();
        let record = |number, script: &str, state: &str| Record {
            number,
            name: "x".into(),
            checksum: Migration { number, name: "x".into(), script: script.into() }.checksum(),
            state: state.into(),
            applied_at: Timestamp::UNIX_EPOCH,
        };
        let records = vec![
            record(1, "a", "applied"),
            record(2, "changed", "applied"),
            record(4, "d", "applied"),
            record(5, "e", "began"),
        ];
        let states: Vec<_> = migrations.compare(Dialect::Sqlite, records).iter().map(|s| s.state).collect();
        use MigrationState::{Applied, Edited, Interrupted, Missing, OutOfOrder, Pending};
        assert_eq!(states, [Applied, Edited, OutOfOrder, Missing, Interrupted, Pending]);
    }
}
