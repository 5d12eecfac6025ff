//! What an object store implements.

use std::any::Any;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::types::{
    Condition, Features, GetOptions, ListOptions, Listing, Meta, Method, Object, Presigned, PutOptions,
};
use crate::error::{Error, Result};

/// An object store, or one bucket of it. Everything that can be written once is in [`Objects`](super::Objects), not here.
#[async_trait]
pub trait ObjectsEngine: Send + Sync + 'static {
    /// What it promises. The same as its descriptor says, unless the server that answered can do less.
    fn features(&self) -> Features;

    /// Writes a whole object. A condition that doesn't hold is `Conflict`.
    async fn put(&self, key: &str, content: Bytes, options: PutOptions) -> Result<Meta>;

    /// Begins an object that is written in parts and appears when it is completed.
    async fn upload(&self, key: &str, options: PutOptions) -> Result<Box<dyn Upload>>;

    /// Reads an object. One that is overwritten or deleted meanwhile is read to its end as it was, or the stream ends in an error.
    async fn get(&self, key: &str, options: GetOptions) -> Result<Object>;

    /// What is known about an object.
    async fn head(&self, key: &str) -> Result<Meta>;

    /// Some of the objects. What `next` means is the engine's own affair.
    async fn list(&self, options: ListOptions) -> Result<Listing>;

    /// Deletes an object. What isn't there is no error, unless the condition is that it matches.
    async fn delete(&self, key: &str, condition: Condition) -> Result<()>;

    /// Copies an object with its media type and metadata.
    async fn copy(&self, from: &str, to: &str, condition: Condition) -> Result<Meta>;

    /// A request by which anyone can do this with one object for this long.
    async fn presign(&self, _method: Method, _key: &str, _lifetime: Duration) -> Result<Presigned> {
        Err(Error::unsupported("presigned URLs"))
    }

    /// Keeps an object from deletion and change (`Denied`) until this time. The time can be moved out, never in (`Denied`).
    async fn retain(&self, _key: &str, _until: Timestamp) -> Result<()> {
        Err(Error::unsupported("retention"))
    }

    /// Closes every connection. Whoever calls afterwards gets `Unavailable`.
    async fn close(&self);

    /// The client underneath.
    fn native(&self) -> &dyn Any;
}

/// An object that is written in parts. Dropping it without completing it leaves nothing that can be read.
#[async_trait]
pub trait Upload: Send {
    /// How large each part but the last one must be.
    fn part_bytes(&self) -> usize {
        8 * 1024 * 1024
    }

    /// Writes the next part. After one that failed or was given up nothing else is called: the upload is dropped.
    async fn part(&mut self, content: Bytes) -> Result<()>;

    /// Makes the object appear, also one without any part. A condition that doesn't hold is `Conflict`.
    async fn complete(self: Box<Self>) -> Result<Meta>;

    /// Forgets it.
    async fn abort(self: Box<Self>) -> Result<()>;
}
