//! A consistent copy of the database into a new file: `pg_dump` on the snapshot in which the rows are counted.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bedplate_core::sql::{Progress, Tally};
use bedplate_core::{Error, ErrorKind, Result};

use crate::connect::Link;
use crate::programs::{database, run, tool};
use crate::tally::Snapshot;

/// Writes the copy. Where this future is dropped, nothing of it is left.
pub(crate) async fn write(link: &Link, file: &Path, progress: Progress<'_>) -> Result<Tally> {
    link.check_open()?;
    if fs::symlink_metadata(file).is_ok() {
        return Err(Error::new(ErrorKind::Conflict, format!("`{}` exists already", file.display()))
            .with_help("name a new file"));
    }
    let fail = |why| failed(file, why);
    let growing = Growing::beside(file).map_err(fail)?;
    let part = growing.0.join("copy.dump");
    let snapshot = Snapshot::take(link).await?;
    let arguments = [
        "--format=custom".to_string(),
        // Whoever stores it compresses it.
        "--compress=0".into(),
        "--no-owner".into(),
        "--no-privileges".into(),
        "--no-password".into(),
        format!("--snapshot={}", snapshot.export().await?),
        format!("--file={}", part.display()),
        database(link),
    ];
    let dump = tool(link, snapshot.server_major().await?, "pg_dump", arguments)?;
    let watch = || progress(fs::metadata(&part).map_or(0, |metadata| metadata.len()));
    let ((), tally) = tokio::try_join!(run(&dump, &watch), snapshot.tally())?;
    drop(snapshot);
    fs::set_permissions(&part, PermissionsExt::from_mode(0o600)).map_err(fail)?;
    File::open(&part).and_then(|part| part.sync_all()).map_err(fail)?;
    // A link, unlike a rename, never replaces a file that has appeared meanwhile.
    fs::hard_link(&part, file).map_err(fail)?;
    drop(growing);
    File::open(folder_of(file)).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(tally)
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What a failure of the operating system over a file means.
pub(crate) fn failed(file: &Path, why: std::io::Error) -> Error {
    let kind = match why.kind() {
        std::io::ErrorKind::AlreadyExists => ErrorKind::Conflict,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::StorageFull => ErrorKind::Limited,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("the backup `{}`: {why}", file.display())).with_source(why)
}

/// A folder of our own beside a file, for what is not ready; it goes with everything in it.
pub(crate) struct Growing(pub(crate) PathBuf);

impl Growing {
    fn beside(file: &Path) -> std::io::Result<Self> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let folder = folder_of(file).join(format!(".{name}.{}.partial", uuid::Uuid::new_v4().simple()));
        Self::make(folder)
    }

    /// Makes it, for nobody else to read.
    pub(crate) fn make(folder: PathBuf) -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
