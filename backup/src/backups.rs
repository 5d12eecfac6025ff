//! Takes backups of databases, restores them and removes what is surplus.

use std::path::PathBuf;

use bedplate_core::objects::{Condition, Objects, PutOptions};
use bedplate_core::sql::{Sql, Tally};
use bedplate_core::{Error, ErrorKind, Result};

use crate::codec;
use crate::listing::Listing;
use crate::owner::Owner;
use crate::record::{Record, content_key, path, record_key};
use crate::scratch::Scratch;

/// Backups in a store of objects.
#[derive(Debug, Clone)]
pub struct Backups {
    objects: Objects,
    scratch: PathBuf,
}

/// How a restore ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// The database was empty and is filled now.
    Now,
    /// All of the backup was in the database already, and nothing else.
    Already,
}

/// How far something has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The database has been copied so far.
    Copy(u64),
    /// So much of the copy has been compressed and stored, and so much there is.
    Store(u64, u64),
    /// So much of the backup has been read from the store, and so much there is.
    Fetch(u64, u64),
    /// So much of the copy is in the database, and so much there is.
    Restore(u64, u64),
    /// The rows are being counted.
    Count,
}

/// Told how far it has come.
pub type Watch<'a> = &'a (dyn Fn(Step) + Send + Sync);

impl Backups {
    /// Backups in this store. A copy that is on its way lies in `scratch`, a folder with room for one.
    pub fn new(objects: Objects, scratch: impl Into<PathBuf>) -> Self {
        Self { objects, scratch: scratch.into() }
    }

    /// Takes a backup while others go on writing. It counts from the moment in which this returns, and not a bit of it before.
    pub async fn take(&self, sql: &Sql, of: &Owner, engine: &str, watch: Watch<'_>) -> Result<Record> {
        let server = sql.report().await?.version;
        let scratch = Scratch::new(&self.scratch)?;
        let (id, created) = Record::begin();
        let tally = sql.backup(&scratch.copy(), &|bytes| watch(Step::Copy(bytes))).await?;
        let key = content_key(&path(of, &id));
        let total = scratch.bytes()?;
        let watch = |bytes| watch(Step::Store(bytes, total));
        let (plain, stored) = codec::store(scratch.copy(), &self.objects, &key, watch).await?;
        let record = Record {
            format: Record::format(),
            id,
            platform: of.platform.clone(),
            environment: of.environment.clone(),
            service: of.service.clone(),
            engine: engine.into(),
            server,
            created,
            plain,
            stored,
            tally,
        };
        let text = serde_json::to_vec_pretty(&record).map_err(|why| {
            Error::new(ErrorKind::Internal, "the record of a backup can't be written").with_source(why)
        })?;
        let options = PutOptions::new().content_type("application/json").condition(Condition::IfAbsent);
        self.objects.put_with(&record.record_key(), text, options).await?;
        Ok(record)
    }

    /// Every backup.
    pub async fn all(&self) -> Result<Listing> {
        Listing::read(&self.objects, "").await
    }

    /// The backups of one database.
    pub async fn of(&self, owner: &Owner) -> Result<Listing> {
        Listing::read(&self.objects, &format!("{owner}/")).await
    }

    /// Reads a backup to its end and compares it with its checksums. `Corrupt` where it is damaged.
    pub async fn check(&self, record: &Record, watch: Watch<'_>) -> Result<()> {
        codec::fetch(&self.objects, record, None, |bytes| watch(Step::Fetch(bytes, record.stored.bytes)))
            .await
    }

    /// Fills an empty database of the same engine from a backup, and compares what is in it then with what was in the one that was backed
    /// up. The backup is checked before the database is touched. A database that has all of it already, as one has whose restore was stopped
    /// before it was compared, is left as it is.
    pub async fn restore(
        &self,
        record: &Record,
        sql: &Sql,
        engine: &str,
        watch: Watch<'_>,
    ) -> Result<Restored> {
        if record.engine != engine {
            let message =
                format!("the backup is one of `{}`, and this database is `{engine}`", record.engine);
            return Err(Error::invalid(message)
                .with_subject(&record.id)
                .with_help("a backup goes back into the engine that made it"));
        }
        watch(Step::Count);
        // Where tables are made outside of transactions, a restore that was stopped can have all rows and lack what comes behind them.
        if sql.features().transactional_ddl.is_kept() && is_there(&record.tally, &sql.tally().await?) {
            return Ok(Restored::Already);
        }
        let scratch = Scratch::new(&self.scratch)?;
        let (stored, plain) = (record.stored.bytes, record.plain.bytes);
        let read = |bytes| watch(Step::Fetch(bytes, stored));
        codec::fetch(&self.objects, record, Some(scratch.copy()), read).await?;
        sql.restore(&scratch.copy(), &|bytes| watch(Step::Restore(bytes, plain))).await?;
        watch(Step::Count);
        let found = sql.tally().await?;
        let differences = record.tally.differences(&found);
        if differences.is_empty() {
            return Ok(Restored::Now);
        }
        let message = format!("what was restored is not what was backed up: {}", differences.join("; "));
        Err(Error::new(ErrorKind::Corrupt, message).with_subject(&record.id))
    }

    /// Removes all backups of a database but the newest `keep`, of which there is always one. What doesn't count is never one of them, and
    /// goes where it is older than they are or will never be whole. Tells which backups it removed.
    pub async fn prune(&self, owner: &Owner, keep: usize) -> Result<Vec<Record>> {
        let listing = self.of(owner).await?;
        let surplus = listing.surplus(keep).to_vec();
        let paths = surplus.iter().map(Record::path).chain(listing.useless(keep));
        for path in paths {
            // The record goes first: without it the rest is half written, and is removed the next time.
            self.objects.delete(&record_key(&path)).await?;
            self.objects.delete(&content_key(&path)).await?;
        }
        Ok(surplus)
    }
}

fn is_there(expected: &Tally, found: &Tally) -> bool {
    !found.tables.is_empty() && expected.differences(found).is_empty()
}
