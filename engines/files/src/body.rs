//! An object's content as a stream: one chunk at a time, each read on a blocking thread.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bedplate_core::objects::ByteStream;
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::Semaphore;

use crate::error::{closed, corrupt, files};

/// Bytes read at once; the most of a content that is in memory.
const CHUNK_BYTES: u64 = 256 * 1024;

/// A range of a content that is being read. The open file stays what it was when others overwrite or delete the object.
pub(crate) struct Reading {
    content: File,
    at: u64,
    end: u64,
}

impl Reading {
    /// Reads from the first byte to the one before the last.
    pub(crate) fn new(content: File, (at, end): (u64, u64)) -> Self {
        Self { content, at, end }
    }

    /// The next chunk; empty after the last one. Blocks.
    pub(crate) fn chunk(&mut self) -> Result<Bytes> {
        let size = CHUNK_BYTES.min(self.end - self.at);
        let mut chunk = vec![0; size as usize];
        self.content.read_exact_at(&mut chunk, self.at).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => corrupt("the object's content ends too early"),
            _ => files(error),
        })?;
        self.at += size;
        Ok(chunk.into())
    }

    /// The first chunk and the rest as a stream.
    pub(crate) fn stream(self, first: Bytes, open: Arc<Semaphore>) -> ByteStream {
        let rest = stream::try_unfold(self, move |mut reading| {
            let open = open.clone();
            async move {
                if reading.at == reading.end {
                    return Ok(None);
                }
                if open.is_closed() {
                    return Err(closed());
                }
                let read = tokio::task::spawn_blocking(move || Ok((reading.chunk()?, reading)));
                read.await.map_err(interrupted)?.map(Some)
            }
        });
        if first.is_empty() {
            return rest.boxed();
        }
        stream::iter([Ok(first)]).chain(rest).boxed()
    }
}

/// The blocking thread didn't end as it should.
pub(crate) fn interrupted(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Internal, "the file work was interrupted").with_source(error)
}
