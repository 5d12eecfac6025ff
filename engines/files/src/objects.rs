//! The objects contract over a store: every call does its file work on a blocking thread.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bedplate_catalogue::engines::files::FILES;
use bedplate_core::objects::{
    Condition, Features, GetOptions, ListOptions, Listing, Meta, Object, ObjectsEngine, PutOptions, Upload,
};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::body::{Reading, interrupted};
use crate::draft::Draft;
use crate::error::closed;
use crate::store::Store;
use crate::upload::FileUpload;

/// Calls that work on files at once; each has a few files open, and a process may open about a thousand.
const CALLS: usize = 64;

/// A folder as an object store.
#[derive(Clone)]
pub(crate) struct FileObjects {
    store: Arc<Store>,
    calls: Arc<Semaphore>,
    folder: Arc<PathBuf>,
}

impl FileObjects {
    /// An object store over an open store in this folder.
    pub(crate) fn new(store: Store, folder: PathBuf) -> Self {
        Self { store: Arc::new(store), calls: Arc::new(Semaphore::new(CALLS)), folder: Arc::new(folder) }
    }

    /// Runs file work on a blocking thread. It goes on to its end when the caller gives up.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Store>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let call = self.calls.clone().acquire_owned().await.map_err(|_| closed())?;
        let store = self.store.clone();
        let working = tokio::task::spawn_blocking(move || {
            let result = work(&store);
            drop(call);
            result
        });
        working.await.map_err(interrupted)?
    }
}

#[async_trait]
impl ObjectsEngine for FileObjects {
    fn features(&self) -> Features {
        FILES.objects.map_or(Features::NONE, |offer| offer.features)
    }

    async fn put(&self, key: &str, content: Bytes, options: PutOptions) -> Result<Meta> {
        let key = key.to_string();
        self.run(move |store| store.put(&key, &content, options)).await
    }

    async fn upload(&self, key: &str, options: PutOptions) -> Result<Box<dyn Upload>> {
        if options.retain_until.is_some() {
            return Err(Error::unsupported("retention"));
        }
        let key = key.to_string();
        let draft = self.run(move |store| Draft::begin(store, &key)).await?;
        Ok(Box::new(FileUpload { files: self.clone(), draft: Some(draft), options }))
    }

    async fn get(&self, key: &str, options: GetOptions) -> Result<Object> {
        let key = key.to_string();
        let open = self.calls.clone();
        self.run(move |store| {
            let (record, content) = store.open_object(&key)?;
            if let Some(expected) = options.if_matches.filter(|expected| *expected != record.etag) {
                let message = format!("the object has the etag {}, not {expected}", record.etag);
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            let whole = (0, record.size);
            let range =
                options.range.map_or(Some(whole), |range| range.within(record.size)).ok_or_else(|| {
                    Error::invalid(format!("the range has no byte of the object, which has {}", record.size))
                })?;
            let mut reading = Reading::new(content, range);
            let first = reading.chunk()?;
            Ok(Object { meta: record.meta(), body: reading.stream(first, open) })
        })
        .await
    }

    async fn head(&self, key: &str) -> Result<Meta> {
        let key = key.to_string();
        self.run(move |store| store.head(&key).map(|record| record.meta())).await
    }

    async fn list(&self, options: ListOptions) -> Result<Listing> {
        self.run(move |store| store.list(&options)).await
    }

    async fn delete(&self, key: &str, condition: Condition) -> Result<()> {
        let key = key.to_string();
        self.run(move |store| store.delete(&key, &condition)).await
    }

    async fn copy(&self, from: &str, to: &str, condition: Condition) -> Result<Meta> {
        let (from, to) = (from.to_string(), to.to_string());
        self.run(move |store| store.copy(&from, &to, condition)).await
    }

    async fn close(&self) {
        self.calls.close();
    }

    fn native(&self) -> &dyn Any {
        &*self.folder
    }
}
