//! An object that is being written: its content lies beside the object's own files until the record that names it is
//! renamed into place. That rename is the moment of the put.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use bedplate_core::objects::{Meta, PutOptions};
use bedplate_core::{Error, Result};
use jiff::Timestamp;

use crate::error::{corrupt, files};
use crate::folder::Folder;
use crate::intent::Intent;
use crate::names::Place;
use crate::record::{Record, check, new_etag};
use crate::store::Store;

/// How often a writer makes its folders again when others remove them because they are empty.
const FOLDER_ATTEMPTS: usize = 100;

/// An object that is being written. Dropping it removes what was written.
pub(crate) struct Draft {
    store: Arc<Store>,
    key: String,
    place: Place,
    folder: Folder,
    etag: String,
    content: File,
    size: u64,
    intent: Intent,
    /// Whether its files are still to be removed when it is dropped.
    unfinished: bool,
}

impl Draft {
    /// Begins to write an object.
    pub(crate) fn begin(store: &Arc<Store>, key: &str) -> Result<Self> {
        let etag = new_etag();
        let place = Place::of(key);
        let mut intent = Intent::begin(&store.intents, &etag, key).map_err(files)?;
        let begun = intent.content(&etag).and_then(|()| create(store, &place, &etag));
        match begun {
            Ok((folder, content)) => Ok(Self {
                store: store.clone(),
                key: key.to_string(),
                place,
                folder,
                etag,
                content,
                size: 0,
                intent,
                unfinished: true,
            }),
            Err(error) => {
                store.prune(&place);
                intent.finish(&store.intents).map_err(files)?;
                Err(files(error))
            }
        }
    }

    /// Adds to the content.
    pub(crate) fn write(&mut self, content: &[u8]) -> Result<()> {
        self.content.write_all(content).map_err(files)?;
        self.size += content.len() as u64;
        Ok(())
    }

    /// Adds a whole file of this size to the content.
    pub(crate) fn write_file(&mut self, file: &mut File, size: u64) -> Result<()> {
        let copied = io::copy(&mut file.take(size), &mut self.content).map_err(files)?;
        if copied != size {
            return Err(corrupt("the object's content is shorter than its record says"));
        }
        self.size += copied;
        Ok(())
    }

    /// Makes it the object under its key, if the condition holds.
    pub(crate) fn commit(mut self, options: PutOptions) -> Result<Meta> {
        if options.retain_until.is_some() {
            return Err(Error::unsupported("retention"));
        }
        let sync = self.store.sync;
        if sync {
            self.content.sync_all().map_err(files)?;
        }
        let record = Record {
            key: self.key.clone(),
            size: self.size,
            etag: self.etag.clone(),
            modified: Timestamp::now(),
            content_type: options.content_type.unwrap_or_else(|| "application/octet-stream".into()),
            metadata: options.metadata,
        };
        let new_record = Place::new_record(&self.etag);
        record.write(&self.folder, &new_record, sync)?;

        let locked = self.store.locks.lock(&self.key).map_err(files)?;
        let before = self.store.existing(&self.folder, &self.key, &options.condition)?;
        check(&options.condition, before.as_ref().map(|record| record.etag.as_str()))?;
        if let Some(before) = &before {
            self.intent.content(&before.etag).map_err(files)?;
        }
        self.folder.rename(&new_record, &self.place.record()).map_err(files)?;
        self.unfinished = false;
        drop(locked);

        // The content before goes only when the disk knows that nothing names it.
        self.folder.sync(sync).map_err(files)?;
        if let Some(before) = before {
            self.folder.remove(&self.place.content(&before.etag)).map_err(files)?;
        }
        self.intent.finish(&self.store.intents).map_err(files)?;
        Ok(record.meta())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.unfinished {
            return;
        }
        let removed = self
            .folder
            .remove(&Place::new_record(&self.etag))
            .and_then(|_| self.folder.remove(&self.place.content(&self.etag)))
            .and_then(|_| self.intent.finish(&self.store.intents));
        if let Err(error) = removed {
            tracing::warn!(key = self.key, %error, "an unfinished put left files; the next opening removes them");
        }
        self.store.prune(&self.place);
    }
}

fn create(store: &Store, place: &Place, etag: &str) -> io::Result<(Folder, File)> {
    let mut attempt = 1;
    loop {
        let created = make_folders(store, place).and_then(|folder| {
            let content = folder.create(&place.content(etag))?;
            Ok((folder, content))
        });
        match created {
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < FOLDER_ATTEMPTS => {
                attempt += 1
            }
            result => return result,
        }
    }
}

fn make_folders(store: &Store, place: &Place) -> io::Result<Folder> {
    let mut folder = store.root.descend(&[])?;
    let mut first_made = place.folders.len();
    for (at, name) in place.folders.iter().enumerate() {
        let (inner, made) = folder.make(name)?;
        if made {
            first_made = first_made.min(at);
        }
        folder = inner;
    }
    if store.sync && first_made < place.folders.len() {
        // All at the end: the first of them takes the others' names to the disk with it on a journalling file system.
        let mut outer = store.root.descend(&place.folders[..first_made])?;
        for name in &place.folders[first_made..] {
            outer.sync(true)?;
            outer = outer.enter(name)?;
        }
    }
    Ok(folder)
}
