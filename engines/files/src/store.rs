//! The store on the disk: what each operation does there. Everything here blocks.

use std::fs::File;
use std::sync::Arc;

use bedplate_core::objects::{Condition, ListOptions, Listing, Meta, PutOptions};
use bedplate_core::{Error, ErrorKind, Result};

use crate::draft::Draft;
use crate::error::{corrupt, files, if_there};
use crate::folder::Folder;
use crate::intent::{Abandoned, Intent};
use crate::locks::Locks;
use crate::names::Place;
use crate::record::{Record, check, is_etag, new_etag};
use crate::walk::{Step, Walk};

/// Intents that one opening looks at: what a crash leaves is as much as was being written at once.
const SWEEP_LIMIT: usize = 10_000;

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) root: Folder,
    pub(crate) intents: Folder,
    pub(crate) locks: Locks,
    /// Whether a put waits for the disk.
    pub(crate) sync: bool,
}

impl Store {
    /// A key's record; `None` where there is no object.
    pub(crate) fn record(&self, key: &str) -> Result<Option<Record>> {
        match if_there(self.root.descend(&Place::of(key).folders)).map_err(files)? {
            Some(folder) => Record::read(&folder, key),
            None => Ok(None),
        }
    }

    /// A key's record, or `NotFound`.
    pub(crate) fn head(&self, key: &str) -> Result<Record> {
        self.record(key)?.ok_or_else(|| not_found(key))
    }

    /// A key's record and the content that belongs to it.
    pub(crate) fn open_object(&self, key: &str) -> Result<(Record, File)> {
        let place = Place::of(key);
        let mut missing = None;
        loop {
            let folder = if_there(self.root.descend(&place.folders)).map_err(files)?;
            let folder = folder.ok_or_else(|| not_found(key))?;
            let record = Record::read(&folder, key)?.ok_or_else(|| not_found(key))?;
            match if_there(folder.read(&place.content(&record.etag))).map_err(files)? {
                Some(content) if content.metadata().map_err(files)?.len() == record.size => {
                    return Ok((record, content));
                }
                Some(_) => return Err(corrupt("the object's content hasn't the size that its record says")),
                None if missing.as_ref() == Some(&record.etag) => {
                    return Err(corrupt("the object's content is gone"));
                }
                // It was overwritten since its record was read; the record that is there now tells.
                None => missing = Some(record.etag),
            }
        }
    }

    /// Writes a whole object.
    pub(crate) fn put(self: &Arc<Self>, key: &str, content: &[u8], options: PutOptions) -> Result<Meta> {
        let mut draft = Draft::begin(self, key)?;
        draft.write(content)?;
        draft.commit(options)
    }

    /// Copies an object.
    pub(crate) fn copy(self: &Arc<Self>, from: &str, to: &str, condition: Condition) -> Result<Meta> {
        let (record, mut content) = self.open_object(from)?;
        let mut draft = Draft::begin(self, to)?;
        draft.write_file(&mut content, record.size)?;
        let mut options = PutOptions::new().content_type(record.content_type).condition(condition);
        options.metadata = record.metadata;
        draft.commit(options)
    }

    /// Deletes an object.
    pub(crate) fn delete(&self, key: &str, condition: &Condition) -> Result<()> {
        let place = Place::of(key);
        let Some(folder) = if_there(self.root.descend(&place.folders)).map_err(files)? else {
            return check(condition, None);
        };
        let locked = self.locks.lock(key).map_err(files)?;
        let found = self.existing(&folder, key, condition)?;
        check(condition, found.as_ref().map(|record| record.etag.as_str()))?;
        let intent = found.as_ref().map_or(Ok(None), |record| self.intend_to_remove(record))?;
        folder.remove(&place.record()).map_err(files)?;
        drop(locked);
        folder.sync(self.sync).map_err(files)?;
        if let Some(record) = found {
            folder.remove(&place.content(&record.etag)).map_err(files)?;
        }
        if let Some(intent) = intent {
            intent.finish(&self.intents).map_err(files)?;
        }
        self.prune(&place);
        Ok(())
    }

    /// Says that an object's content is to go; `None` where the disk is full, because a delete must work there above all.
    fn intend_to_remove(&self, record: &Record) -> Result<Option<Intent>> {
        let begun = Intent::begin(&self.intents, &new_etag(), &record.key).and_then(|mut intent| {
            let said = intent.content(&record.etag);
            if said.is_err() {
                intent.finish(&self.intents)?;
            }
            said.map(|()| intent)
        });
        match begun.map_err(files) {
            Err(error) if error.kind() == ErrorKind::Limited => Ok(None),
            result => result.map(Some),
        }
    }

    /// The record that is about to be replaced or removed. An unreadable one counts as none where nothing depends on it, so
    /// that a corrupt object can be got rid of.
    pub(crate) fn existing(
        &self,
        folder: &Folder,
        key: &str,
        condition: &Condition,
    ) -> Result<Option<Record>> {
        match Record::read(folder, key) {
            Err(error) if error.kind() == ErrorKind::Corrupt && *condition == Condition::Always => Ok(None),
            result => result,
        }
    }

    /// Some of the objects.
    pub(crate) fn list(&self, options: &ListOptions) -> Result<Listing> {
        let limit = options.limit;
        let mut walk = Walk::listing(self, options, limit + 1)?;
        let mut listing = Listing::default();
        let mut last = None;
        while let Some(step) = walk.next()? {
            if listing.objects.len() + listing.prefixes.len() == limit {
                listing.next = last;
                break;
            }
            match step {
                Step::Object(record) => {
                    last = Some(record.key.clone());
                    listing.objects.push(record.meta());
                }
                Step::Prefix(prefix) => {
                    last = Some(prefix.clone());
                    listing.prefixes.push(prefix);
                }
            }
        }
        Ok(listing)
    }

    /// Removes the folders of a place that are empty, from the innermost outwards.
    pub(crate) fn prune(&self, place: &Place) {
        let Ok(mut folder) = self.root.descend(&place.folders) else { return };
        for name in place.folders.iter().rev() {
            // What another writer puts there meanwhile keeps the folder; a writer that loses its folder makes it again.
            match folder.parent() {
                Ok(outer) if outer.remove_empty(name) => folder = outer,
                _ => return,
            }
        }
    }

    /// Clears up after writers that are gone.
    pub(crate) fn sweep(&self) -> Result<()> {
        let mut ids = Vec::new();
        self.intents
            .entries(|name, _| {
                if ids.len() < SWEEP_LIMIT {
                    ids.push(name.to_string());
                }
                Ok(())
            })
            .map_err(files)?;
        for id in ids {
            if let Some(abandoned) = Abandoned::take(&self.intents, &id).map_err(files)? {
                self.clear_up(&abandoned)?;
                self.intents.remove(&id).map_err(files)?;
            }
        }
        Ok(())
    }

    fn clear_up(&self, abandoned: &Abandoned) -> Result<()> {
        if abandoned.key.is_empty() {
            return Ok(());
        }
        let place = Place::of(&abandoned.key);
        let Some(folder) = if_there(self.root.descend(&place.folders)).map_err(files)? else { return Ok(()) };
        let _locked = self.locks.lock(&abandoned.key).map_err(files)?;
        let kept = Record::read(&folder, &abandoned.key)?.map(|record| record.etag);
        // Its rename may not be on the disk yet, and the content before it must stay until it is.
        folder.sync(self.sync).map_err(files)?;
        folder.remove(&Place::new_record(&abandoned.id)).map_err(files)?;
        for etag in abandoned.contents.iter().filter(|etag| is_etag(etag) && Some(*etag) != kept.as_ref()) {
            folder.remove(&place.content(etag)).map_err(files)?;
        }
        self.prune(&place);
        Ok(())
    }
}

fn not_found(key: &str) -> Error {
    Error::not_found(format!("the object `{key}`"))
}
