//! A copy on its way into the store and out of it: compressed, counted and checksummed as it passes.
//!
//! Files and Zstandard block, so they have a thread of their own; a short queue joins it to the store.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use bedplate_core::objects::{Condition, Objects, PutOptions};
use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinError, spawn_blocking};

use crate::record::{Content, Record};
use crate::scratch::failed;

/// Bytes that are read or handed on at once.
const PIECE: usize = 256 * 1024;
/// Pieces that wait between the two sides.
const QUEUE: usize = 8;
/// Zstandard's own default: ten times as fast as what is a tenth smaller.
const LEVEL: i32 = 3;

/// Counts bytes and sums them up.
#[derive(Default)]
struct Meter {
    bytes: u64,
    sum: Sha256,
}

impl Meter {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sum.update(bytes);
    }

    fn content(self) -> Content {
        let sha256 = self.sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Content { bytes: self.bytes, sha256 }
    }
}

/// Stores a file compressed under a key that nothing has yet: its content as it was, and as it is stored.
pub(crate) async fn store(
    file: PathBuf,
    objects: &Objects,
    key: &str,
    watch: impl Fn(u64),
) -> Result<(Content, Content)> {
    let (sender, mut receiver) = channel(QUEUE);
    let compressing = spawn_blocking(move || compress(&file, &sender));
    let options = PutOptions::new().content_type("application/zstd").condition(Condition::IfAbsent);
    let mut writer = objects.writer(key, options).await?;
    let mut stored = Meter::default();
    while let Some((plain, piece)) = receiver.recv().await {
        stored.add(&piece);
        writer.write(piece).await?;
        watch(plain);
    }
    let plain = compressing.await.map_err(interrupted)??;
    writer.complete().await?;
    Ok((plain, stored.content()))
}

/// Sends the file's compressed pieces, each with how many plain bytes were read for it and those before it.
fn compress(path: &Path, sender: &Sender<(u64, Bytes)>) -> Result<Content> {
    let io = |why| failed(why, path);
    let mut file = File::open(path).map_err(io)?;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::with_capacity(PIECE), LEVEL).map_err(io)?;
    let (mut plain, mut buffer) = (Meter::default(), vec![0; PIECE]);
    loop {
        let length = match file.read(&mut buffer) {
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(io)?,
        };
        if length == 0 {
            break;
        }
        plain.add(&buffer[..length]);
        encoder.write_all(&buffer[..length]).map_err(io)?;
        if encoder.get_ref().len() >= PIECE {
            send(sender, plain.bytes, std::mem::take(encoder.get_mut()))?;
        }
    }
    send(sender, plain.bytes, encoder.finish().map_err(io)?)?;
    Ok(plain.content())
}

fn send(sender: &Sender<(u64, Bytes)>, plain: u64, piece: Vec<u8>) -> Result<()> {
    let given_up = |_| Error::new(ErrorKind::Unavailable, "the store takes no more of it");
    sender.blocking_send((plain, Bytes::from(piece))).map_err(given_up)
}

/// Reads a backup to its end and compares it with its record; what comes out is written where a path is given.
pub(crate) async fn fetch(
    objects: &Objects,
    record: &Record,
    to: Option<PathBuf>,
    watch: impl Fn(u64),
) -> Result<()> {
    let key = record.content_key();
    let (sender, receiver) = channel::<Bytes>(QUEUE);
    let limit = record.plain.bytes;
    let expanding = spawn_blocking(move || expand(receiver, to.as_deref(), limit));
    let mut body = objects.get(&key).await?;
    let mut stored = Meter::default();
    while let Some(piece) = body.next().await? {
        stored.add(&piece);
        if stored.bytes > record.stored.bytes {
            break;
        }
        watch(stored.bytes);
        // Who doesn't take it any more says why when it is waited for.
        if sender.send(piece).await.is_err() {
            break;
        }
    }
    drop(sender);
    let plain = expanding.await.map_err(interrupted)?;
    let stored = stored.content();
    let changed = |what: &str| {
        Error::new(ErrorKind::Corrupt, format!("the backup is damaged: {what}"))
            .with_subject(&key)
            .with_help("use an older one; `bedplate db backups` lists them")
    };
    let plain = match plain {
        Err(error) if error.kind() == ErrorKind::Corrupt => {
            return Err(changed(error.message()).with_source(error));
        }
        other => other?,
    };
    for (what, found, expected) in
        [("stored", &stored, &record.stored), ("decompressed", &plain, &record.plain)]
    {
        if found.bytes != expected.bytes {
            let (found, expected) = (found.bytes, expected.bytes);
            return Err(changed(&format!("{found} bytes are {what} instead of {expected}")));
        }
        if found.sha256 != expected.sha256 {
            return Err(changed(&format!("the checksum of what is {what} is another one")));
        }
    }
    Ok(())
}

/// Takes compressed pieces until there are no more, and tells what came out of them.
fn expand(mut pieces: Receiver<Bytes>, to: Option<&Path>, limit: u64) -> Result<Content> {
    let file = match to {
        Some(path) => Some(create(path).map_err(|why| failed(why, path))?),
        None => None,
    };
    let sink = Sink { file, plain: Meter::default(), limit, why: None };
    let unpacked = |why: std::io::Error, sink: &mut Sink| match (sink.why.take(), to) {
        (Some(why), Some(path)) => failed(why, path),
        _ => Error::new(ErrorKind::Corrupt, format!("it can't be decompressed: {why}")).with_source(why),
    };
    let mut decoder = zstd::stream::write::Decoder::new(sink).map_err(|why| {
        Error::new(ErrorKind::Internal, "the decompressor could not be made").with_source(why)
    })?;
    while let Some(piece) = pieces.blocking_recv() {
        if let Err(why) = decoder.write_all(&piece) {
            return Err(unpacked(why, decoder.get_mut()));
        }
    }
    if let Err(why) = decoder.flush() {
        return Err(unpacked(why, decoder.get_mut()));
    }
    Ok(decoder.into_inner().plain.content())
}

/// Where decompressed bytes go.
struct Sink {
    file: Option<File>,
    plain: Meter,
    /// More than this can't be the copy: a few bytes can expand to more than any disk holds.
    limit: u64,
    /// Why the file could not be written.
    why: Option<std::io::Error>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.plain.bytes + bytes.len() as u64 > self.limit {
            return Err(std::io::Error::other(format!("it is longer than {} bytes", self.limit)));
        }
        if let Some(file) = &mut self.file
            && let Err(why) = file.write_all(bytes)
        {
            let kind = why.kind();
            self.why = Some(why);
            return Err(kind.into());
        }
        self.plain.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn interrupted(error: JoinError) -> Error {
    Error::new(ErrorKind::Internal, "the work on a copy was interrupted").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn packed(text: &[u8]) -> (Vec<Bytes>, Content) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain");
        std::fs::write(&path, text).unwrap();
        let (sender, mut receiver) = channel(QUEUE);
        let work = spawn_blocking(move || compress(&path, &sender));
        let mut pieces = Vec::new();
        while let Some((_, piece)) = receiver.recv().await {
            pieces.push(piece);
        }
        (pieces, work.await.unwrap().unwrap())
    }

    async fn unpacked(pieces: Vec<Bytes>, limit: u64) -> Result<Content> {
        let (sender, receiver) = channel(QUEUE);
        let work = spawn_blocking(move || expand(receiver, None, limit));
        for piece in pieces {
            if sender.send(piece).await.is_err() {
                break;
            }
        }
        drop(sender);
        work.await.unwrap()
    }

    /// Bytes that don't compress, so that there are several pieces.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    #[tokio::test]
    async fn what_goes_in_comes_out_in_pieces() {
        for text in [vec![], b"abc".to_vec(), noise(3 * PIECE + 7)] {
            let (pieces, plain) = packed(&text).await;
            assert_eq!((pieces.len() > 1, plain.bytes), (text.len() > PIECE, text.len() as u64));
            assert_eq!(unpacked(pieces, plain.bytes).await.unwrap(), plain);
        }
    }

    #[tokio::test]
    async fn what_is_damaged_is_never_taken_for_the_copy() {
        let text = noise(2 * PIECE);
        let (pieces, plain) = packed(&text).await;
        let whole = pieces.concat();
        let cut = vec![Bytes::copy_from_slice(&whole[..whole.len() / 2])];
        assert_ne!(unpacked(cut, plain.bytes).await.ok(), Some(plain.clone()));
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        assert_ne!(unpacked(vec![flipped.into()], plain.bytes).await.ok(), Some(plain.clone()));
        let error = unpacked(vec![Bytes::from_static(b"not zstd at all")], 10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }

    #[tokio::test]
    async fn what_expands_beyond_its_record_is_stopped() {
        let (pieces, plain) = packed(&vec![0; 64 * PIECE]).await;
        assert!(pieces.concat().len() < PIECE);
        let error = unpacked(pieces, plain.bytes - 1).await.unwrap_err();
        assert!(error.message().contains("longer than"), "{error:?}");
    }
}
