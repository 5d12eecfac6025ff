//! An object store that keeps every promise, retention and presigned requests included, on top of one that has neither.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bedplate_core::objects::{
    Condition, Features, GetOptions, ListOptions, Listing, Meta, Method, Object, ObjectsEngine, Presigned,
    PutOptions, Upload,
};
use bedplate_core::{Error, ErrorKind, Promise, Result};
use bytes::Bytes;
use jiff::Timestamp;

use super::requests::{Laxity, Requests};

/// Everything kept.
pub(crate) struct Keeper {
    inner: Arc<dyn ObjectsEngine>,
    retained: Retained,
    requests: Requests,
}

/// Until when each key is kept, as all handles know it.
pub(crate) type Retained = Arc<Mutex<HashMap<String, Timestamp>>>;

impl Keeper {
    /// A keeper over an engine.
    pub(crate) async fn over(
        inner: Arc<dyn ObjectsEngine>,
        retained: Retained,
        laxity: Laxity,
    ) -> Result<Self> {
        let requests = Requests::serve(inner.clone(), laxity).await?;
        Ok(Self { inner, retained, requests })
    }

    fn may_change(&self, key: &str) -> Result<()> {
        may_change(&self.retained, key)
    }

    fn with_retention(&self, meta: Meta) -> Meta {
        let retain_until = self.retained.lock().unwrap().get(&meta.key).copied();
        Meta { retain_until, ..meta }
    }
}

fn may_change(retained: &Retained, key: &str) -> Result<()> {
    match retained.lock().unwrap().get(key) {
        Some(until) if *until > Timestamp::now() => {
            Err(Error::new(ErrorKind::Denied, format!("the object is kept until {until}")))
        }
        _ => Ok(()),
    }
}

#[async_trait]
impl ObjectsEngine for Keeper {
    fn features(&self) -> Features {
        Features { presigned_urls: Promise::Emulated, retention: Promise::Emulated, ..self.inner.features() }
    }

    async fn put(&self, key: &str, content: Bytes, mut options: PutOptions) -> Result<Meta> {
        self.may_change(key)?;
        let until = options.retain_until.take();
        let meta = self.inner.put(key, content, options).await?;
        let mut retained = self.retained.lock().unwrap();
        match until {
            Some(until) => retained.insert(key.to_string(), until),
            None => retained.remove(key),
        };
        drop(retained);
        Ok(self.with_retention(meta))
    }

    async fn upload(&self, key: &str, mut options: PutOptions) -> Result<Box<dyn Upload>> {
        let until = options.retain_until.take();
        let inner = self.inner.upload(key, options).await?;
        Ok(Box::new(KeeperUpload { inner, key: key.to_string(), until, retained: self.retained.clone() }))
    }

    async fn get(&self, key: &str, options: GetOptions) -> Result<Object> {
        let object = self.inner.get(key, options).await?;
        Ok(Object { meta: self.with_retention(object.meta), body: object.body })
    }

    async fn head(&self, key: &str) -> Result<Meta> {
        self.inner.head(key).await.map(|meta| self.with_retention(meta))
    }

    async fn list(&self, options: ListOptions) -> Result<Listing> {
        self.inner.list(options).await
    }

    async fn delete(&self, key: &str, condition: Condition) -> Result<()> {
        self.may_change(key)?;
        self.inner.delete(key, condition).await
    }

    async fn copy(&self, from: &str, to: &str, condition: Condition) -> Result<Meta> {
        self.may_change(to)?;
        self.inner.copy(from, to, condition).await
    }

    async fn presign(&self, method: Method, key: &str, lifetime: Duration) -> Result<Presigned> {
        Ok(self.requests.allow(method, key, lifetime))
    }

    async fn retain(&self, key: &str, until: Timestamp) -> Result<()> {
        self.inner.head(key).await?;
        let mut retained = self.retained.lock().unwrap();
        if retained.get(key).is_some_and(|before| *before > until) {
            return Err(Error::new(ErrorKind::Denied, "retention is never moved in"));
        }
        retained.insert(key.to_string(), until);
        Ok(())
    }

    async fn close(&self) {
        self.inner.close().await;
    }

    fn native(&self) -> &dyn Any {
        self.inner.native()
    }
}

struct KeeperUpload {
    inner: Box<dyn Upload>,
    key: String,
    until: Option<Timestamp>,
    retained: Retained,
}

#[async_trait]
impl Upload for KeeperUpload {
    fn part_bytes(&self) -> usize {
        self.inner.part_bytes()
    }

    async fn part(&mut self, content: Bytes) -> Result<()> {
        self.inner.part(content).await
    }

    async fn complete(self: Box<Self>) -> Result<Meta> {
        may_change(&self.retained, &self.key)?;
        let meta = self.inner.complete().await?;
        if let Some(until) = self.until {
            self.retained.lock().unwrap().insert(self.key, until);
        }
        Ok(Meta { retain_until: self.until, ..meta })
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        self.inner.abort().await
    }
}
