//! Walks the objects in the order of their keys, lazily: a page reads the folders that it shows and no others.
//!
//! Within one folder, objects are ordered by `key` and folders by `key/`: every key in a folder begins so, and no other key
//! comes between two of them. A folder is read as a whole, because file systems have no order, but never kept as a whole.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::io;

use bedplate_core::Result;
use bedplate_core::objects::ListOptions;
use rustix::io::Errno;

use crate::error::{files, if_there};
use crate::folder::Folder;
use crate::names::{Entry, Place};
use crate::record::Record;
use crate::store::Store;

/// What comes next.
pub(crate) enum Step {
    /// An object.
    Object(Record),
    /// A common prefix, under which there is at least one object.
    Prefix(String),
}

/// A walk through a store.
pub(crate) struct Walk<'a> {
    wanted: Wanted,
    /// How many nodes of one folder are kept at once.
    batch: usize,
    /// The folders on the way down to where the walk is. A stack of our own: keys can be a thousand parts deep.
    levels: Vec<Level>,
    cursor: Cursor<'a>,
}

/// What a walk shows.
struct Wanted {
    prefix: String,
    /// The first key.
    from: String,
    by_folder: bool,
}

/// The one folder of a walk that is held open.
struct Cursor<'a> {
    store: &'a Store,
    /// What all keys in it begin with, and the folder.
    open: Option<(String, Folder)>,
}

/// A folder on the way. It isn't held open: too many would be.
struct Level {
    base: String,
    nodes: std::vec::IntoIter<Node>,
    /// The last of the nodes, where there are more behind it.
    more_after: Option<String>,
}

#[derive(PartialEq, Eq)]
struct Node {
    /// An object's key, or what all keys in a folder begin with.
    key: String,
    is_folder: bool,
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Walk<'a> {
    /// A walk that shows what a listing asks for.
    pub(crate) fn listing(store: &'a Store, options: &ListOptions, batch: usize) -> Result<Self> {
        // A page goes on with the next text in the order of bytes. That is behind a common prefix too, and its own keys are
        // not asked for again.
        let after = options.after.as_ref().map(|after| format!("{after}\0"));
        let prefix = options.prefix.clone();
        let from = after.filter(|from| *from > prefix).unwrap_or_else(|| prefix.clone());
        Self::begin(store, prefix, from, options.by_folder, batch)
    }

    fn begin(store: &'a Store, prefix: String, from: String, by_folder: bool, batch: usize) -> Result<Self> {
        let base = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]).to_string();
        let wanted = Wanted { prefix, from, by_folder };
        let mut walk = Self { wanted, batch, levels: Vec::new(), cursor: Cursor { store, open: None } };
        let level = walk.level(base, None)?;
        walk.levels.push(level);
        Ok(walk)
    }

    /// The next object or common prefix.
    pub(crate) fn next(&mut self) -> Result<Option<Step>> {
        while let Some(level) = self.levels.last_mut() {
            let Some(node) = level.nodes.next() else {
                if let Some(level) = self.levels.pop()
                    && level.more_after.is_some()
                {
                    let level = self.level(level.base, level.more_after.as_deref())?;
                    self.levels.push(level);
                }
                continue;
            };
            if !node.is_folder {
                // One that was deleted since the folder was read is left out.
                if let Some(record) = self.cursor.record(&node.key)? {
                    return Ok(Some(Step::Object(record)));
                }
            } else if self.wanted.is_common_prefix(&node) {
                let mut inside =
                    Walk::begin(self.cursor.store, node.key.clone(), node.key.clone(), false, 8)?;
                if inside.next()?.is_some() {
                    return Ok(Some(Step::Prefix(node.key)));
                }
            } else {
                let level = self.level(node.key, None)?;
                self.levels.push(level);
            }
        }
        Ok(None)
    }

    /// Reads a folder and keeps the first nodes behind `after`.
    fn level(&mut self, base: String, after: Option<&str>) -> Result<Level> {
        let Some(folder) = self.cursor.enter(&base).map_err(files)? else {
            return Ok(Level { base, nodes: Vec::new().into_iter(), more_after: None });
        };
        let wanted = &self.wanted;
        let mut first = BinaryHeap::new();
        let mut more = false;
        let mut keep = |node: Node| {
            if after.is_some_and(|after| node.key.as_str() <= after) || !wanted.shows(&node) {
                return;
            }
            first.push(node);
            if first.len() > self.batch {
                first.pop();
                more = true;
            }
        };
        read(folder, base.as_bytes(), &mut keep).map_err(files)?;
        let nodes = first.into_sorted_vec();
        let more_after = nodes.last().filter(|_| more).map(|node| node.key.clone());
        Ok(Level { base, nodes: nodes.into_iter(), more_after })
    }
}

impl Wanted {
    fn is_common_prefix(&self, node: &Node) -> bool {
        self.by_folder && node.is_folder && node.key.starts_with(&self.prefix)
    }

    fn shows(&self, node: &Node) -> bool {
        let (key, prefix) = (node.key.as_str(), self.prefix.as_str());
        if !node.is_folder || self.is_common_prefix(node) {
            return key >= self.from.as_str() && key.starts_with(prefix);
        }
        (key >= self.from.as_str() || self.from.starts_with(key))
            && (key.starts_with(prefix) || prefix.starts_with(key))
    }
}

impl Cursor<'_> {
    fn record(&mut self, key: &str) -> Result<Option<Record>> {
        let base = key.rfind('/').map_or("", |slash| &key[..=slash]);
        let part = Place::of(&key[base.len()..]);
        let Some(folder) = self.enter(base).map_err(files)? else { return Ok(None) };
        match if_there(folder.descend(&part.folders)).map_err(files)? {
            Some(folder) => Record::read(&folder, key),
            None => Ok(None),
        }
    }

    /// Opens the folder of all keys that begin so, from the one that is open where that is on the way. `None` where there is
    /// no such folder: it was removed meanwhile, or what has its name isn't a folder of the store.
    fn enter(&mut self, base: &str) -> io::Result<Option<&Folder>> {
        if self.open.as_ref().is_some_and(|(open, _)| open == base) {
            return Ok(self.open.as_ref().map(|(_, folder)| folder));
        }
        let entered = match &self.open {
            Some((open, folder)) if base.starts_with(open.as_str()) => {
                folder.descend(&Place::folders_of(&base[open.len()..]))
            }
            _ => self.store.root.descend(&Place::folders_of(base)),
        };
        self.open = match entered {
            Ok(folder) => Some((base.to_string(), folder)),
            Err(error) if is_no_folder(&error) => None,
            Err(error) => return Err(error),
        };
        Ok(self.open.as_ref().map(|(_, folder)| folder))
    }
}

/// Calls `keep` with what is in a folder, the parts that go on in further folders included.
fn read(folder: &Folder, begin: &[u8], keep: &mut impl FnMut(Node)) -> io::Result<()> {
    let mut continued = Vec::new();
    folder.entries(|name, is_folder| {
        let (part, is_folder) = match Entry::read(name, is_folder) {
            Some(Entry::Object(part)) => (part, false),
            Some(Entry::Folder(part)) => (part, true),
            Some(Entry::Continued(part)) => {
                continued.push((name.to_string(), part));
                return Ok(());
            }
            None => return Ok(()),
        };
        let end: &[u8] = if is_folder { b"/" } else { b"" };
        if let Ok(key) = String::from_utf8([begin, &part, end].concat()) {
            keep(Node { key, is_folder });
        }
        Ok(())
    })?;
    for (name, part) in continued {
        match folder.enter(&name) {
            Ok(folder) => read(&folder, &[begin, &part].concat(), keep)?,
            Err(error) if is_no_folder(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}
