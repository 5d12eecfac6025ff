//! Takes backups of databases, restores them and removes what is surplus.

use std::path::PathBuf;

use bedplate_core::objects::{Condition, Objects, PutOptions};
use bedplate_core::sql::{Sql, Tally};
use bedplate_core::{Error, ErrorKind, Result};

use crate::codec;
use crate::listing::Listing;
use crate::record::{Record, content_key};
use crate::scratch::Scratch;

/// Backups in a store of objects.
#[derive(Debug, Clone)]
pub struct Backups {
    objects: Objects,
    scratch: PathBuf,
}

/// Whose database a backup is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The service.
    pub service: &'a str,
    /// The engine's name.
    pub engine: &'a str,
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
    pub async fn take(&self, sql: &Sql, of: Source<'_>, watch: Watch<'_>) -> Result<Record> {
        let server = sql.report().await?.version;
        let scratch = Scratch::new(&self.scratch)?;
        let (id, created) = Record::begin();
        let tally = sql.backup(&scratch.copy(), &|bytes| watch(Step::Copy(bytes))).await?;
        let key = content_key(of.environment, of.service, &id);
        let total = scratch.bytes()?;
        let watch = |bytes| watch(Step::Store(bytes, total));
        let (plain, stored) = codec::store(scratch.copy(), &self.objects, &key, watch).await?;
        let record = Record {
            format: Record::format(),
            id,
            environment: of.environment.into(),
            service: of.service.into(),
            engine: of.engine.into(),
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

    /// The backups of one service in an environment.
    pub async fn of(&self, environment: &str, service: &str) -> Result<Listing> {
        Listing::read(&self.objects, &format!("{environment}/{service}/")).await
    }

    /// Reads a backup to its end and compares it with its checksums. `Corrupt` where it is damaged.
    pub async fn check(&self, record: &Record, watch: Watch<'_>) -> Result<()> {
        codec::fetch(&self.objects, record, None, |bytes| watch(Step::Fetch(bytes, record.stored.bytes)))
            .await
    }

    /// Fills an empty database of the same engine from a backup, and compares what is in it then with what was in the one that was backed
    /// up. The backup is checked before the database is touched.
    pub async fn restore(&self, record: &Record, sql: &Sql, engine: &str, watch: Watch<'_>) -> Result<Tally> {
        if record.engine != engine {
            let message =
                format!("the backup is one of `{}`, and this database is `{engine}`", record.engine);
            return Err(Error::invalid(message)
                .with_subject(&record.id)
                .with_help("a backup goes back into the engine that made it"));
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
            return Ok(found);
        }
        let message = format!("what was restored is not what was backed up: {}", differences.join("; "));
        Err(Error::new(ErrorKind::Corrupt, message).with_subject(&record.id))
    }

    /// Removes all backups of a service but the newest `keep`, of which there is always one, and what never became one. Tells which
    /// backups it removed.
    pub async fn prune(&self, environment: &str, service: &str, keep: usize) -> Result<Vec<Record>> {
        let listing = self.of(environment, service).await?;
        let surplus = listing.surplus(keep).to_vec();
        for record in &surplus {
            // The record goes first: without it the rest is half written, and is removed the next time.
            self.objects.delete(&record.record_key()).await?;
            self.objects.delete(&record.content_key()).await?;
        }
        for key in &listing.abandoned {
            self.objects.delete(key).await?;
        }
        Ok(surplus)
    }
}
