//! Object stores that lie: each breaks one promise, on purpose and only there.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::objects::{
    Condition, Features, GetOptions, ListOptions, Listing, Meta, Method, Object, ObjectsEngine, Presigned,
    PutOptions, Range, Upload,
};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::keeper::{Keeper, Retained};
use super::requests::Laxity;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lie {
    /// A put succeeds and writes nothing.
    PutForgets,
    /// A put leaves the last byte out.
    PutCuts,
    /// Conditions of puts are ignored.
    PutIgnoresConditions,
    /// Conditions of puts are checked first, and another put can slip in between.
    PutChecksEarly,
    /// Media types are forgotten.
    ForgetsMediaType,
    /// Metadata are forgotten.
    ForgetsMetadata,
    /// Every version has the same etag.
    OneEtag,
    /// The condition of a delete is ignored.
    DeleteIgnoresConditions,
    /// A delete succeeds and deletes nothing.
    DeleteForgets,
    /// A delete of what isn't there is an error.
    DeleteWantsAnObject,
    /// The version that a read asks for is ignored.
    GetIgnoresVersion,
    /// Ranges are ignored.
    GetIgnoresRanges,
    /// A range that begins beyond the end is empty, where it is an error.
    GetAllowsEmptyRanges,
    /// The second half of a content is read later than the first one.
    GetMixes,
    /// A content is read as a whole before the first byte is handed out.
    GetBuffers,
    /// A page is in the reverse order.
    ListReverses,
    /// A page forgets its last object.
    ListForgets,
    /// A page begins with the last object of the page before.
    ListRepeats,
    /// A listing shows what was there a listing ago.
    ListIsLate,
    /// A prefix is taken for a folder.
    ListKnowsFoldersOnly,
    /// Listings never show common prefixes.
    ListIgnoresFolders,
    /// Keys are folded to lower case.
    KeysFoldCase,
    /// Several slashes are one.
    KeysLoseSlashes,
    /// A copy forgets the metadata.
    CopyForgetsMetadata,
    /// The condition of a copy is ignored.
    CopyIgnoresConditions,
    /// Parts of an upload can be read before it is complete.
    UploadAppearsEarly,
    /// The condition of an upload is checked when it begins only.
    UploadChecksEarly,
    /// An aborted upload is completed.
    AbortCompletes,
    /// A closed handle goes on.
    CloseForgets,
    /// Retained objects can be deleted.
    RetentionAllowsDeletes,
    /// Retained objects can be overwritten.
    RetentionAllowsPuts,
    /// Retained objects can be copied onto.
    RetentionAllowsCopies,
    /// Retention can be moved in.
    RetentionMovesIn,
    /// Retention is accepted and forgotten.
    RetentionForgets,
    /// A presigned request never ends.
    RequestsNeverEnd,
    /// A presigned read can write.
    RequestsAllowAnyMethod,
    /// A presigned request is good for every object.
    RequestsAllowAnyKey,
}

/// A liar over an honest keeper.
pub(crate) struct Liar {
    lie: Lie,
    keeper: Arc<Keeper>,
    /// The engine under the keeper, which knows nothing of retention.
    beneath: Arc<dyn ObjectsEngine>,
    listed: Mutex<HashMap<String, Listing>>,
}

impl Liar {
    /// A liar over an engine.
    pub(crate) async fn over(lie: Lie, inner: Arc<dyn ObjectsEngine>, retained: Retained) -> Result<Self> {
        let laxity = Laxity {
            time: lie == Lie::RequestsNeverEnd,
            method: lie == Lie::RequestsAllowAnyMethod,
            key: lie == Lie::RequestsAllowAnyKey,
        };
        let keeper = Arc::new(Keeper::over(inner.clone(), retained, laxity).await?);
        Ok(Self { lie, keeper, beneath: inner, listed: Mutex::default() })
    }

    fn key(&self, key: &str) -> String {
        match self.lie {
            Lie::KeysFoldCase => key.to_lowercase(),
            Lie::KeysLoseSlashes => {
                key.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
            }
            _ => key.to_string(),
        }
    }

    fn tell(&self, mut meta: Meta, key: &str) -> Meta {
        meta.key = key.to_string();
        match self.lie {
            Lie::ForgetsMediaType => meta.content_type = "application/octet-stream".into(),
            Lie::ForgetsMetadata => meta.metadata.clear(),
            Lie::OneEtag => meta.etag = "etag".into(),
            _ => {}
        }
        meta
    }

    async fn check(&self, key: &str, condition: &Condition) -> Result<()> {
        let found = self.keeper.head(key).await.ok().map(|meta| meta.etag);
        let holds = match condition {
            Condition::IfAbsent => found.is_none(),
            Condition::IfMatches(etag) => found.as_ref() == Some(etag),
            _ => true,
        };
        if holds { Ok(()) } else { Err(Error::new(ErrorKind::Conflict, "checked early")) }
    }

    async fn halves(&self, key: &str) -> Result<Object> {
        let meta = self.keeper.head(key).await?;
        let (keeper, key, half) = (self.keeper.clone(), key.to_string(), meta.size / 2);
        let size = meta.size;
        let part = move |offset, length| {
            let (keeper, key) = (keeper.clone(), key.clone());
            async move {
                let range = Range::Span { offset, length };
                let object = keeper.get(&key, GetOptions::new().range(range)).await?;
                let chunks: Vec<Bytes> = object.body.try_collect().await?;
                Ok(Bytes::from(chunks.concat()))
            }
        };
        let first = part(0, half).await?;
        let rest = stream::once(async move {
            tokio::task::yield_now().await;
            part(half, size - half).await
        });
        Ok(Object { meta, body: stream::iter([Ok(first)]).chain(rest).boxed() })
    }
}

#[async_trait]
impl ObjectsEngine for Liar {
    fn features(&self) -> Features {
        self.keeper.features()
    }

    async fn put(&self, key: &str, mut content: Bytes, mut options: PutOptions) -> Result<Meta> {
        let name = self.key(key);
        match self.lie {
            Lie::PutForgets => {
                let made_up = Meta {
                    key: key.into(),
                    size: content.len() as u64,
                    etag: "made up".into(),
                    modified: Timestamp::now(),
                    content_type: "application/octet-stream".into(),
                    metadata: options.metadata,
                    retain_until: None,
                };
                return Ok(made_up);
            }
            Lie::PutCuts => content.truncate(content.len().saturating_sub(1)),
            Lie::PutIgnoresConditions => options.condition = Condition::Always,
            Lie::PutChecksEarly => {
                let condition = std::mem::take(&mut options.condition);
                self.check(&name, &condition).await?;
            }
            Lie::RetentionAllowsPuts => {
                options.retain_until = None;
                return self.beneath.put(&name, content, options).await;
            }
            Lie::RetentionForgets => options.retain_until = None,
            _ => {}
        }
        self.keeper.put(&name, content, options).await.map(|meta| self.tell(meta, key))
    }

    async fn upload(&self, key: &str, mut options: PutOptions) -> Result<Box<dyn Upload>> {
        let name = self.key(key);
        if self.lie == Lie::UploadChecksEarly {
            let condition = std::mem::take(&mut options.condition);
            self.check(&name, &condition).await?;
        }
        let inner = self.keeper.upload(&name, options).await?;
        Ok(Box::new(LiarUpload { lie: self.lie, key: name, keeper: self.keeper.clone(), inner }))
    }

    async fn get(&self, key: &str, mut options: GetOptions) -> Result<Object> {
        let name = self.key(key);
        match self.lie {
            Lie::GetIgnoresVersion => options.if_matches = None,
            Lie::GetIgnoresRanges => options.range = None,
            Lie::GetMixes if options == GetOptions::new() => return self.halves(&name).await,
            Lie::GetAllowsEmptyRanges => {
                let meta = self.keeper.head(&name).await?;
                if options.range.is_some_and(|range| range.within(meta.size).is_none()) {
                    return Ok(Object { meta, body: stream::empty().boxed() });
                }
            }
            _ => {}
        }
        let Object { meta, body } = self.keeper.get(&name, options).await?;
        let meta = self.tell(meta, key);
        if self.lie == Lie::GetBuffers {
            let chunks: Vec<Bytes> = body.try_collect().await?;
            return Ok(Object { meta, body: stream::iter([Ok(Bytes::from(chunks.concat()))]).boxed() });
        }
        Ok(Object { meta, body })
    }

    async fn head(&self, key: &str) -> Result<Meta> {
        self.keeper.head(&self.key(key)).await.map(|meta| self.tell(meta, key))
    }

    async fn list(&self, mut options: ListOptions) -> Result<Listing> {
        options.prefix = self.key(&options.prefix);
        match self.lie {
            Lie::ListKnowsFoldersOnly if !options.prefix.ends_with('/') => {
                let objects = self.keeper.list(options.clone()).await?;
                let (folder, key) = (format!("{}/", options.prefix), options.prefix);
                let here = |meta: &Meta| meta.key == key || meta.key.starts_with(&folder);
                return Ok(Listing {
                    objects: objects.objects.into_iter().filter(here).collect(),
                    ..objects
                });
            }
            Lie::ListIgnoresFolders => options.by_folder = false,
            _ => {}
        }
        let asked = format!("{options:?}");
        let after = options.after.clone();
        let mut listing = self.keeper.list(options).await?;
        match self.lie {
            Lie::ListReverses => listing.objects.reverse(),
            Lie::ListForgets => drop(listing.objects.pop().filter(|_| listing.next.is_some())),
            Lie::ListRepeats => {
                if let Some(last) = after
                    && let Ok(again) = self.keeper.head(&last).await
                {
                    listing.objects.insert(0, again);
                }
            }
            Lie::ListIsLate => {
                let before = self.listed.lock().unwrap().insert(asked, listing.clone());
                return Ok(before.unwrap_or(listing));
            }
            _ => {}
        }
        listing.objects =
            listing.objects.into_iter().map(|meta| self.tell(meta.clone(), &meta.key)).collect();
        Ok(listing)
    }

    async fn delete(&self, key: &str, condition: Condition) -> Result<()> {
        let name = self.key(key);
        match self.lie {
            Lie::DeleteForgets => Ok(()),
            Lie::DeleteIgnoresConditions => self.keeper.delete(&name, Condition::Always).await,
            Lie::DeleteWantsAnObject => {
                self.keeper.head(&name).await?;
                self.keeper.delete(&name, condition).await
            }
            Lie::RetentionAllowsDeletes => self.beneath.delete(&name, condition).await,
            _ => self.keeper.delete(&name, condition).await,
        }
    }

    async fn copy(&self, from: &str, to: &str, condition: Condition) -> Result<Meta> {
        let (source, target) = (self.key(from), self.key(to));
        let copied = match self.lie {
            Lie::CopyIgnoresConditions => self.keeper.copy(&source, &target, Condition::Always).await,
            Lie::RetentionAllowsCopies => self.beneath.copy(&source, &target, condition).await,
            Lie::CopyForgetsMetadata => {
                let object = self.keeper.get(&source, GetOptions::new()).await?;
                let chunks: Vec<Bytes> = object.body.try_collect().await?;
                self.keeper.put(&target, chunks.concat().into(), PutOptions::new().condition(condition)).await
            }
            _ => self.keeper.copy(&source, &target, condition).await,
        };
        copied.map(|meta| self.tell(meta, to))
    }

    async fn presign(&self, method: Method, key: &str, lifetime: Duration) -> Result<Presigned> {
        self.keeper.presign(method, &self.key(key), lifetime).await
    }

    async fn retain(&self, key: &str, until: Timestamp) -> Result<()> {
        match self.lie {
            Lie::RetentionForgets => Ok(()),
            Lie::RetentionMovesIn => {
                // The keeper refuses what is moved in; a liar says that it did it.
                self.keeper.retain(key, until).await.or_else(|error| match error.kind() {
                    ErrorKind::Denied => Ok(()),
                    _ => Err(error),
                })
            }
            _ => self.keeper.retain(key, until).await,
        }
    }

    async fn close(&self) {
        if self.lie != Lie::CloseForgets {
            self.keeper.close().await;
        }
    }

    fn native(&self) -> &dyn Any {
        self.keeper.native()
    }
}

struct LiarUpload {
    lie: Lie,
    key: String,
    keeper: Arc<Keeper>,
    inner: Box<dyn Upload>,
}

#[async_trait]
impl Upload for LiarUpload {
    fn part_bytes(&self) -> usize {
        self.inner.part_bytes()
    }

    async fn part(&mut self, content: Bytes) -> Result<()> {
        if self.lie == Lie::UploadAppearsEarly {
            self.keeper.put(&self.key, content.clone(), PutOptions::new()).await?;
        }
        self.inner.part(content).await
    }

    async fn complete(self: Box<Self>) -> Result<Meta> {
        self.inner.complete().await
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        if self.lie == Lie::AbortCompletes {
            return self.inner.complete().await.map(|_| ());
        }
        self.inner.abort().await
    }
}
