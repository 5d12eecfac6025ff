//! What services hold: a store of objects.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use jiff::Timestamp;

use super::contract::{ObjectsEngine, Upload};
use super::types::{
    ByteStream, Condition, Features, GetOptions, ListOptions, Listing, Meta, Method, Object, Presigned,
    PutOptions, Range,
};
use crate::error::{Error, ErrorKind, Result};
use crate::features::within;
use crate::guard::{Guard, GuardOptions};

/// The most that is read into memory at once; larger objects are read as a stream.
const READ_LIMIT: u64 = 256 * 1024 * 1024;

/// A store of objects. Cloning it is cheap and shares everything.
#[derive(Clone)]
pub struct Objects {
    engine: Arc<dyn ObjectsEngine>,
    features: Features,
    guard: Guard,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Objects").field(&self.guard.engine()).finish()
    }
}

impl Objects {
    /// A handle over an engine; `name` is the engine's.
    pub fn new(name: &'static str, engine: Arc<dyn ObjectsEngine>, options: GuardOptions) -> Self {
        Self { features: engine.features(), engine, guard: Guard::new(name, options) }
    }

    /// The same store, whose calls have other time limits and retries.
    #[must_use]
    pub fn guarded(&self, options: GuardOptions) -> Self {
        Self { guard: Guard::new(self.guard.engine(), options), ..self.clone() }
    }

    /// What the engine promises.
    pub fn features(&self) -> Features {
        self.features
    }

    /// Writes a whole object.
    pub async fn put(&self, key: &str, content: impl Into<Bytes>) -> Result<Meta> {
        self.put_with(key, content, PutOptions::new()).await
    }

    /// Writes a whole object with a media type, metadata, a condition or retention.
    pub async fn put_with(&self, key: &str, content: impl Into<Bytes>, options: PutOptions) -> Result<Meta> {
        let content = content.into();
        self.check_put("objects.put", key, content.len() as u64, &options)?;
        self.guard.once("objects.put", || key.to_string(), self.engine.put(key, content, options)).await
    }

    /// Begins an object that is written piece by piece and appears when it is completed.
    pub async fn writer(&self, key: &str, options: PutOptions) -> Result<Writer> {
        self.check_put("objects.upload", key, 0, &options)?;
        let upload =
            self.guard.once("objects.upload", || key.to_string(), self.engine.upload(key, options)).await?;
        let limit = self.features.max_object_bytes;
        Ok(Writer {
            upload: Some(upload),
            buffer: BytesMut::new(),
            written: 0,
            limit,
            guard: self.guard,
            key: key.to_string(),
        })
    }

    /// Reads an object as a stream.
    pub async fn get(&self, key: &str) -> Result<Body> {
        self.get_with(key, GetOptions::default()).await
    }

    /// Reads a range of an object, or only one with a certain etag, as a stream.
    pub async fn get_with(&self, key: &str, options: GetOptions) -> Result<Body> {
        self.check_key("objects.get", key)?;
        let subject = || key.to_string();
        let Object { meta, body } =
            self.guard.repeat("objects.get", subject, || self.engine.get(key, options.clone())).await?;
        Ok(Body { meta, body, guard: self.guard })
    }

    /// Reads a whole object into memory, up to 256 MiB.
    pub async fn read(&self, key: &str) -> Result<Bytes> {
        self.get(key).await?.read().await
    }

    /// Reads a range of an object into memory.
    pub async fn read_range(&self, key: &str, range: Range) -> Result<Bytes> {
        self.get_with(key, GetOptions::new().range(range)).await?.read().await
    }

    /// What is known about an object.
    pub async fn head(&self, key: &str) -> Result<Meta> {
        self.check_key("objects.head", key)?;
        self.guard.repeat("objects.head", || key.to_string(), || self.engine.head(key)).await
    }

    /// Whether there is an object.
    pub async fn exists(&self, key: &str) -> Result<bool> {
        match self.head(key).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Some of the objects, ordered by key.
    pub async fn list(&self, options: ListOptions) -> Result<Listing> {
        // The field is public, so its builder may not have been used.
        let limit = options.limit;
        let options = options.limit(limit);
        let subject = || options.prefix.clone();
        self.guard.repeat("objects.list", subject, || self.engine.list(options.clone())).await
    }

    /// Deletes an object. What isn't there is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        self.delete_with(key, Condition::Always).await
    }

    /// Deletes an object while it is the one with a certain etag; any other, or none, is `Conflict`.
    pub async fn delete_with(&self, key: &str, condition: Condition) -> Result<()> {
        self.check_key("objects.delete", key)?;
        if condition == Condition::IfAbsent {
            return Err(
                Error::invalid("what is absent can't be deleted").at(self.guard.engine(), "objects.delete")
            );
        }
        self.guard.once("objects.delete", || key.to_string(), self.engine.delete(key, condition)).await
    }

    /// Copies an object with its media type and metadata.
    pub async fn copy(&self, from: &str, to: &str, condition: Condition) -> Result<Meta> {
        self.check_key("objects.copy", from)?;
        self.check_key("objects.copy", to)?;
        let subject = || format!("{from} to {to}");
        self.guard.once("objects.copy", subject, self.engine.copy(from, to, condition)).await
    }

    /// A request by which anyone can do this with one object for this long.
    pub async fn presign(&self, method: Method, key: &str, lifetime: Duration) -> Result<Presigned> {
        self.check_key("objects.presign", key)?;
        self.promised("objects.presign", "presigned URLs", self.features.presigned_urls.is_kept())?;
        let limit = self.features.max_presigned_seconds;
        within(lifetime.as_secs(), limit, "the seconds of a presigned request", "max-presigned-seconds")
            .map_err(|error| error.with_subject(key).at(self.guard.engine(), "objects.presign"))?;
        self.guard
            .repeat("objects.presign", || key.to_string(), || self.engine.presign(method, key, lifetime))
            .await
    }

    /// Keeps an object from deletion and change (`Denied`) until this time. The time can be moved out, never in (`Denied`).
    pub async fn retain(&self, key: &str, until: Timestamp) -> Result<()> {
        self.check_key("objects.retain", key)?;
        self.promised("objects.retain", "retention", self.features.retention.is_kept())?;
        self.guard.repeat("objects.retain", || key.to_string(), || self.engine.retain(key, until)).await
    }

    /// Whether the store answers: an object put, read and deleted.
    pub async fn ping(&self) -> Result<()> {
        let key = format!("bedplate-ping-{}", uuid::Uuid::new_v4());
        self.put(&key, "pong").await?;
        let content = self.read(&key).await;
        self.delete(&key).await?;
        if content? == "pong" {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Unavailable, "an object that was just put was read as another"))
    }

    /// Closes every connection of every clone.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The client underneath, where it is a `T`.
    pub fn native<T: Any>(&self) -> Option<&T> {
        self.engine.native().downcast_ref()
    }

    fn promised(&self, op: &'static str, what: &str, kept: bool) -> Result<()> {
        if kept { Ok(()) } else { Err(Error::unsupported(what).at(self.guard.engine(), op)) }
    }

    fn check_key(&self, op: &'static str, key: &str) -> Result<()> {
        let features = &self.features;
        let longest = key.split('/').map(str::len).max().unwrap_or(0) as u64;
        let checked = if key.is_empty() {
            Err(Error::invalid("a key may not be empty"))
        } else if let Some(odd) = key.chars().find(|c| c.is_control()) {
            Err(Error::invalid(format!("a key may not contain {odd:?}")))
        } else if key.split('/').any(|part| part == "." || part == "..") {
            // URLs that contain them are changed by clients on their way.
            Err(Error::invalid("a part of a key may not be `.` or `..`"))
        } else {
            within(key.len() as u64, features.max_key_bytes, "the key's bytes", "max-key-bytes").and(within(
                longest,
                features.max_key_part_bytes,
                "the bytes of a part of the key",
                "max-key-part-bytes",
            ))
        };
        checked.map_err(|error| {
            error.with_subject(key.chars().take(80).collect::<String>()).at(self.guard.engine(), op)
        })
    }

    fn check_put(&self, op: &'static str, key: &str, size: u64, options: &PutOptions) -> Result<()> {
        self.check_key(op, key)?;
        if options.retain_until.is_some() {
            self.promised(op, "retention", self.features.retention.is_kept())?;
        }
        let valid_name = |name: &str| {
            // Azure's names are identifiers: they don't begin with a digit or a sign.
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let valid_value =
            |value: &str| value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.trim() == value;
        if let Some(odd) =
            options.content_type.as_deref().filter(|name| name.is_empty() || !valid_value(name))
        {
            let message = format!("the media type `{}` must be printable ASCII", odd.escape_debug());
            return Err(Error::invalid(message).with_subject(key).at(self.guard.engine(), op));
        }
        let checked = match options
            .metadata
            .iter()
            .find(|(name, value)| !valid_name(name) || !valid_value(value))
        {
            Some((name, _)) => Err(Error::invalid(format!(
                "the metadata `{}` must have a name of lower-case letters, digits and `-` that begins with a letter, and printable ASCII as its value",
                name.escape_debug()
            ))),
            None => {
                let metadata =
                    options.metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
                within(size, self.features.max_object_bytes, "the object's bytes", "max-object-bytes").and(
                    within(
                        metadata as u64,
                        self.features.max_metadata_bytes,
                        "the metadata's bytes",
                        "max-metadata-bytes",
                    ),
                )
            }
        };
        checked.map_err(|error| error.with_subject(key).at(self.guard.engine(), op))
    }
}

/// An object's content as it arrives.
pub struct Body {
    meta: Meta,
    body: ByteStream,
    guard: Guard,
}

impl Body {
    /// What is known about the object; its size is the whole object's, even where a range is read.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The next bytes; `None` after the last ones.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let next = async { self.body.next().await.transpose() };
        self.guard.once("objects.read", || self.meta.key.clone(), next).await
    }

    /// All bytes, up to 256 MiB.
    pub async fn read(mut self) -> Result<Bytes> {
        let mut content = BytesMut::new();
        while let Some(chunk) = self.next().await? {
            let size = content.len() as u64 + chunk.len() as u64;
            within(size, Some(READ_LIMIT), "the bytes that are read into memory at once", "read-limit")
                .map_err(|error| {
                    error
                        .with_help("read it as a stream")
                        .with_subject(&self.meta.key)
                        .at(self.guard.engine(), "objects.read")
                })?;
            content.extend_from_slice(&chunk);
        }
        Ok(content.freeze())
    }
}

/// An object that is written piece by piece. Dropping it without completing it leaves nothing that can be read.
pub struct Writer {
    /// `None` while a part is written, and after one that failed or was given up: what follows would leave a hole.
    upload: Option<Box<dyn Upload>>,
    buffer: BytesMut,
    written: u64,
    limit: Option<u64>,
    guard: Guard,
    key: String,
}

impl Writer {
    /// Writes some more. After an error the object can't be completed any more.
    pub async fn write(&mut self, content: impl Into<Bytes>) -> Result<()> {
        let mut content = content.into();
        let upload = self.take()?;
        self.written += content.len() as u64;
        within(self.written, self.limit, "the object's bytes", "max-object-bytes")
            .map_err(|error| error.with_subject(&self.key).at(self.guard.engine(), "objects.upload"))?;
        let size = upload.part_bytes();
        self.upload = Some(upload);
        while self.buffer.len() + content.len() >= size {
            self.buffer.extend_from_slice(&content.split_to(size - self.buffer.len()));
            self.flush().await?;
        }
        self.buffer.extend_from_slice(&content);
        Ok(())
    }

    /// Makes the object appear. A condition that doesn't hold is `Conflict`.
    pub async fn complete(mut self) -> Result<Meta> {
        if !self.buffer.is_empty() {
            self.flush().await?;
        }
        let upload = self.take()?;
        self.guard.once("objects.upload", || self.key.clone(), upload.complete()).await
    }

    /// Forgets it.
    pub async fn abort(mut self) -> Result<()> {
        // After a failure there is nothing left to forget: what is dropped leaves nothing.
        let Some(upload) = self.upload.take() else { return Ok(()) };
        self.guard.once("objects.upload", || self.key.clone(), upload.abort()).await
    }

    /// Writes what is buffered as the next part.
    async fn flush(&mut self) -> Result<()> {
        let mut upload = self.take()?;
        let part = self.buffer.split().freeze();
        self.guard.once("objects.upload", || self.key.clone(), upload.part(part)).await?;
        self.upload = Some(upload);
        Ok(())
    }

    fn take(&mut self) -> Result<Box<dyn Upload>> {
        self.upload.take().ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "the upload ended with a part that failed")
                .with_help("begin it again")
                .with_subject(&self.key)
                .at(self.guard.engine(), "objects.upload")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_halfway_times_out() {
        let meta = Meta {
            key: "a".into(),
            size: 2,
            etag: "1".into(),
            modified: Timestamp::UNIX_EPOCH,
            content_type: "text/plain".into(),
            metadata: Default::default(),
            retain_until: None,
        };
        let half = stream::iter([Ok(Bytes::from_static(b"x"))]).chain(stream::pending());
        let body = Body { meta, body: half.boxed(), guard: Guard::new("test", GuardOptions::default()) };
        let error = body.read().await.unwrap_err();
        assert_eq!((error.kind(), error.subject()), (ErrorKind::TimedOut, "a"));
    }

    /// Fails on its first part, and would complete all the same.
    struct Careless;

    #[async_trait::async_trait]
    impl Upload for Careless {
        fn part_bytes(&self) -> usize {
            1
        }

        async fn part(&mut self, _: Bytes) -> Result<()> {
            Err(Error::new(ErrorKind::Unavailable, "the connection is gone"))
        }

        async fn complete(self: Box<Self>) -> Result<Meta> {
            Err(Error::new(ErrorKind::Internal, "a truncated object was completed"))
        }

        async fn abort(self: Box<Self>) -> Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn after_a_part_that_failed_nothing_is_completed() {
        let mut writer = Writer {
            upload: Some(Box::new(Careless)),
            buffer: BytesMut::new(),
            written: 0,
            limit: None,
            guard: Guard::new("test", GuardOptions::default()),
            key: "a".into(),
        };
        assert_eq!(writer.write("x").await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(writer.write("y").await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(writer.complete().await.unwrap_err().kind(), ErrorKind::Conflict);
    }
}
