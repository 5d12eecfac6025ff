//! An object that is written in parts.

use async_trait::async_trait;
use bedplate_core::objects::{Meta, PutOptions, Upload};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;

use crate::draft::Draft;
use crate::objects::FileObjects;

/// Parts go straight into the content's file, so they need not be large.
const PART_BYTES: usize = 1024 * 1024;

/// An upload. Dropping it removes what was written.
pub(crate) struct FileUpload {
    pub(crate) files: FileObjects,
    /// `None` while a part is written, and after one that failed or was given up in its middle.
    pub(crate) draft: Option<Draft>,
    pub(crate) options: PutOptions,
}

impl FileUpload {
    fn take(&mut self) -> Result<Draft> {
        self.draft.take().ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "the upload ended with a part that failed")
                .with_help("begin it again")
        })
    }
}

#[async_trait]
impl Upload for FileUpload {
    fn part_bytes(&self) -> usize {
        PART_BYTES
    }

    async fn part(&mut self, content: Bytes) -> Result<()> {
        let mut draft = self.take()?;
        let written = self.files.run(move |_| draft.write(&content).map(|()| draft)).await?;
        self.draft = Some(written);
        Ok(())
    }

    async fn complete(mut self: Box<Self>) -> Result<Meta> {
        let draft = self.take()?;
        let options = std::mem::take(&mut self.options);
        self.files.run(move |_| draft.commit(options)).await
    }

    async fn abort(mut self: Box<Self>) -> Result<()> {
        let draft = self.draft.take();
        self.files
            .run(move |_| {
                drop(draft);
                Ok(())
            })
            .await
    }
}

impl Drop for FileUpload {
    fn drop(&mut self) {
        // Removing files blocks; a runtime that is there takes it off this thread.
        if let (Some(draft), Ok(runtime)) = (self.draft.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn_blocking(move || drop(draft));
        }
    }
}
