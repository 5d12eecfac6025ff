//! A file that appears only when it is whole, and folders that nobody else can look into.
//!
//! What grows lies in a folder of its own beside its place, because only there a link can give it its name at the end, and because tools lay
//! files of their own beside what they write. The folder's name is random: a process number repeats in containers, and what one that was killed
//! has left must not stand in the way of the next one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bedplate_core::{Error, ErrorKind, Result};
use tempfile::TempDir;

/// Characters of a file's name that are in the name of the folder beside it: with all of them it could become too long.
const NAME_CHARACTERS: usize = 32;
const RANDOM_CHARACTERS: usize = 16;

/// A file that is written under another name and gets its own when it is whole and on the disk. Where this is dropped before, nothing of it
/// is left. It is for its owner only from the first byte on.
#[derive(Debug)]
pub struct Growing {
    folder: PrivateFolder,
    part: PathBuf,
    target: PathBuf,
}

impl Growing {
    /// Begins it: the file at [`Growing::file`] is there and empty. A `target` that is there already is a `Conflict`.
    pub fn beside(target: &Path) -> Result<Self> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::new(ErrorKind::Conflict, format!("`{}` exists already", target.display()))
                .with_help("name a new file"));
        }
        let fail = |why| failed(target, why);
        let folder = PrivateFolder::beside(target).map_err(fail)?;
        let part = folder.path().join("part");
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(fail)?;
        Ok(Self { folder, part, target: target.to_path_buf() })
    }

    /// The file to write. What else is laid into its folder is removed with it.
    pub fn file(&self) -> &Path {
        &self.part
    }

    /// Brings it to the disk and gives it its name. A file that has appeared there meanwhile stays, and this is a `Conflict`. Where this
    /// future is dropped, the file is there and whole, or nothing of it is.
    pub async fn finish(self) -> Result<()> {
        let Self { folder, part, target } = self;
        let fail = |why| failed(&target, why);
        let written = part.clone();
        aside(move || {
            // A program may have put a file of its own in the place of ours.
            fs::set_permissions(&written, Permissions::from_mode(0o600))?;
            File::open(&written)?.sync_all()
        })
        .await
        .map_err(fail)?;
        // A link, unlike a rename, never replaces a file. It is made here and not aside, so that it isn't made where nobody waits any more.
        fs::hard_link(&part, &target).map_err(fail)?;
        let beside = folder_of(&target).to_path_buf();
        aside(move || {
            drop(folder);
            File::open(beside)?.sync_all()
        })
        .await
        .map_err(fail)
    }
}

/// A folder for its owner only, with a name that nobody can foresee. It goes with everything in it when this is dropped.
#[derive(Debug)]
pub struct PrivateFolder(TempDir);

impl PrivateFolder {
    /// Makes one beside a file, hidden, with a name that begins with the file's.
    pub fn beside(file: &Path) -> io::Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name.chars().take(NAME_CHARACTERS).collect();
        Self::make(folder_of(file), &format!(".{name}."), ".partial")
    }

    /// Makes one where temporary files go.
    pub fn temporary(name: &str) -> io::Result<Self> {
        Self::make(&std::env::temp_dir(), &format!("{name}-"), "")
    }

    fn make(within: &Path, before: &str, after: &str) -> io::Result<Self> {
        tempfile::Builder::new()
            .prefix(before)
            .suffix(after)
            .rand_bytes(RANDOM_CHARACTERS)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(within)
            .map(Self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// The folder in which a file lies.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What a failure of the operating system over a file means.
pub fn failed(file: &Path, why: io::Error) -> Error {
    let kind = match why.kind() {
        io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::Denied,
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::StorageFull => ErrorKind::Limited,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("the file `{}`: {why}", file.display())).with_source(why)
}

async fn aside(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|why| Err(io::Error::other(why)))
}

#[cfg(test)]
#[path = "growing/tests.rs"]
mod tests;
