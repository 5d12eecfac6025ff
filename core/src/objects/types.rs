//! The values that cross the objects contract.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;

crate::features! {
    /// What an object store may or may not promise.
    pub struct Features {
        promises {
            /// A request can be made up by which anyone reads or writes one object until a time.
            presigned_urls,
            /// An object can be kept from deletion and change until a time.
            retention,
        }
        limits {
            /// Bytes in one key.
            max_key_bytes,
            /// Bytes in one part of a key, between two slashes.
            max_key_part_bytes,
            /// Bytes in one object.
            max_object_bytes,
            /// Bytes in all names and values of an object's metadata.
            max_metadata_bytes,
            /// Seconds for which a presigned request is valid at most.
            max_presigned_seconds,
        }
    }
}

/// An object's content as it is read or written, in bounded memory.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// When an object is written or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Condition {
    /// In any case.
    #[default]
    Always,
    /// Only while there is no object.
    IfAbsent,
    /// Only while the object has this etag.
    IfMatches(String),
}

/// What is put beside the content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PutOptions {
    /// The media type; `application/octet-stream` where nothing is said.
    pub content_type: Option<String>,
    /// Names that begin with a lower-case letter and go on with such letters, digits and `-`, and printable ASCII values.
    pub metadata: BTreeMap<String, String>,
    /// When it is written at all.
    pub condition: Condition,
    /// Whoever deletes, overwrites or copies onto it before this time gets `Denied`; needs the promise `retention`.
    pub retain_until: Option<Timestamp>,
}

impl PutOptions {
    /// Written in any case, without metadata.
    pub fn new() -> Self {
        Self::default()
    }

    /// The media type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Adds metadata.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into(), value.into());
        self
    }

    /// When it is written at all.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// It can't be deleted or changed until this time.
    #[must_use]
    pub fn retain_until(mut self, time: Timestamp) -> Self {
        self.retain_until = Some(time);
        self
    }
}

/// What is known about an object without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Changes whenever the content does. A put of the same bytes may keep it, and reading never changes it.
    pub etag: String,
    /// When it was put.
    pub modified: Timestamp,
    /// Its media type. Empty in a listing where the engine doesn't list it.
    pub content_type: String,
    /// Its metadata. Empty in a listing where the engine doesn't list it.
    pub metadata: BTreeMap<String, String>,
    /// Until when it can't be deleted or changed.
    pub retain_until: Option<Timestamp>,
}

/// Which bytes of an object are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Range {
    /// From this offset to the end.
    From(u64),
    /// From this offset, this many. One that reaches beyond the end is cut there.
    Span {
        /// Where it begins.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// The last so many bytes, or all where there are fewer.
    Last(u64),
}

impl Range {
    /// The first byte and the byte after the last one, of an object of `size` bytes.
    ///
    /// `None` where the range begins at or after the end, or is empty.
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let (start, end) = match self {
            Self::From(offset) => (offset, size),
            Self::Span { offset, length } => (offset, offset.saturating_add(length).min(size)),
            Self::Last(length) => (size.saturating_sub(length), size),
        };
        (start < end).then_some((start, end))
    }
}

/// How an object is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GetOptions {
    /// Which bytes; all where nothing is said. A range that has no byte of the object is `InvalidInput`.
    pub range: Option<Range>,
    /// Only the object with this etag; any other is a `Conflict`.
    pub if_matches: Option<String>,
}

impl GetOptions {
    /// All of the object, whichever it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which bytes.
    #[must_use]
    pub fn range(mut self, range: Range) -> Self {
        self.range = Some(range);
        self
    }

    /// Only the object with this etag.
    #[must_use]
    pub fn if_matches(mut self, etag: impl Into<String>) -> Self {
        self.if_matches = Some(etag.into());
        self
    }
}

/// An object as it is read. `meta.size` is the whole object's.
pub struct Object {
    /// What is known about it.
    pub meta: Meta,
    /// Its content, or the range of it.
    pub body: ByteStream,
}

/// Which objects are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that have a further `/` behind the prefix are shown as one common prefix.
    pub by_folder: bool,
    /// Where to go on: the `next` of the listing before.
    pub after: Option<String>,
    /// How many objects and prefixes at most.
    pub limit: usize,
}

impl ListOptions {
    /// Every key that begins so, 1,000 at a time.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), by_folder: false, after: None, limit: 1_000 }
    }

    /// Keys that have a further `/` behind the prefix are shown as one common prefix.
    #[must_use]
    pub fn by_folder(mut self) -> Self {
        self.by_folder = true;
        self
    }

    /// Where to go on.
    #[must_use]
    pub fn after(mut self, after: impl Into<String>) -> Self {
        self.after = Some(after.into());
        self
    }

    /// How many at most; at least 1 and at most 1,000.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, 1_000);
        self
    }
}

/// Some objects and common prefixes, ordered by the bytes of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<Meta>,
    /// The common prefixes, each ending in `/`.
    pub prefixes: Vec<String>,
    /// What to pass for the next page; `None` after the last one.
    pub next: Option<String>,
}

/// A request that anyone can make until its time has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presigned {
    /// Its URL.
    pub url: String,
    /// Headers that must be sent with it, for example the blob type that Azure wants with a put. Often none.
    pub headers: Vec<(String, String)>,
}

/// What a presigned request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reading.
    Get,
    /// Writing.
    Put,
}
