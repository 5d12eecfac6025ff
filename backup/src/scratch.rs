//! Temporary files for copies that are on their way, removed with whatever happened to them: also by the next one, where a process was killed.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind::{NotFound, WouldBlock};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bedplate_core::{Error, ErrorKind, Result};
use tempfile::TempDir;

/// What the names of our folders begin with.
const PREFIX: &str = "bedplate-backup-";
/// The file in each of them that is locked as long as somebody uses the folder. A folder without it may be anybody's.
const LOCK: &str = ".bedplate-scratch";
/// How often a folder is made again when another process takes the new one for a forgotten one.
const ATTEMPTS: usize = 100;

/// A folder that only this user can open, with room for one copy. Dropping it removes it.
pub(crate) struct Scratch {
    folder: TempDir,
    /// Held until the folder is gone, for fields are dropped in their order.
    _lock: File,
}

impl Scratch {
    /// Makes it in a folder, which must be there, and removes what processes that were killed have left in that one.
    pub(crate) fn new(place: &Path) -> Result<Self> {
        let fail = |why| failed(why, place);
        for _ in 0..ATTEMPTS {
            let mut builder = tempfile::Builder::new();
            builder.prefix(PREFIX).permissions(Permissions::from_mode(0o700));
            let folder = builder.tempdir_in(place).map_err(fail)?;
            if let Some(lock) = hold(folder.path()).map_err(fail)? {
                sweep(place, folder.path());
                return Ok(Self { folder, _lock: lock });
            }
        }
        Err(fail(WouldBlock.into()))
    }

    /// The place of the copy; nothing is there yet.
    pub(crate) fn copy(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// How large the copy is, which only this user can read from now on.
    pub(crate) fn bytes(&self) -> Result<u64> {
        let path = self.copy();
        let found = std::fs::set_permissions(&path, Permissions::from_mode(0o600))
            .and_then(|()| std::fs::metadata(&path));
        found.map(|found| found.len()).map_err(|why| failed(why, &path))
    }
}

/// Locks a folder that was just made; `None` where another process was quicker and removes it.
fn hold(folder: &Path) -> std::io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
    let lock = match options.open(&path) {
        Err(why) if why.kind() == NotFound => return Ok(None),
        opened => opened?,
    };
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        // Where nothing can be locked, nobody else can lock it either, and it stays.
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    // Between its making and its locking it may have been removed.
    Ok(path.exists().then_some(lock))
}

/// Removes the folders of processes that are gone. What can't be removed does no harm but takes space, and is left.
fn sweep(place: &Path, own: &Path) {
    let (Ok(entries), Ok(mine)) = (place.read_dir(), own.symlink_metadata()) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == mine.uid());
        if is_ours && path != own {
            sweep_one(&path);
        }
    }
}

fn sweep_one(folder: &Path) {
    match File::options().write(true).open(folder.join(LOCK)) {
        Ok(lock) => {
            if lock.try_lock().is_ok() {
                // The copy first: whoever is stopped here leaves a folder that the next one still knows by its lock.
                let _ = std::fs::remove_file(folder.join("copy"));
                let _ = std::fs::remove_dir_all(folder);
            }
        }
        // Killed before it had a lock; there is nothing in it then, and otherwise it isn't ours and this does nothing.
        Err(why) if why.kind() == NotFound => drop(std::fs::remove_dir(folder)),
        Err(_) => {}
    }
}

/// The error of work on a file.
pub(crate) fn failed(why: std::io::Error, path: &Path) -> Error {
    let kind = match why.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        std::io::ErrorKind::StorageFull => ErrorKind::Limited,
        _ => ErrorKind::Unavailable,
    };
    let error = Error::new(kind, format!("`{}`: {why}", path.display()));
    let full = why.kind() == std::io::ErrorKind::StorageFull;
    let error = error.with_source(why);
    match full {
        true => {
            error.with_help("make room, or set `TMPDIR` to a folder with room for a copy of the database")
        }
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &Path) -> Vec<String> {
        let entries = place.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_nobody_holds_is_removed_and_everything_else_stays() {
        let place = tempfile::tempdir().unwrap();
        let in_use = Scratch::new(place.path()).unwrap();
        std::fs::write(in_use.copy(), "a copy").unwrap();
        let make = |name: &str, files: &[&str]| {
            std::fs::create_dir(place.path().join(name)).unwrap();
            files.iter().for_each(|file| std::fs::write(place.path().join(name).join(file), "x").unwrap());
        };
        make("bedplate-backup-forgotten", &[LOCK, "copy", "copy-wal"]);
        make("bedplate-backup-young", &[]);
        make("bedplate-backup-2026", &["orders.db"]);
        make("other", &[LOCK]);
        let link = place.path().join("bedplate-backup-link");
        std::os::unix::fs::symlink(place.path().join("other"), link).unwrap();
        let next = Scratch::new(place.path()).unwrap();
        assert!(in_use.copy().exists(), "a folder was removed while somebody used it");
        let held = [&in_use, &next].map(|one| one.folder.path().file_name().unwrap().to_str().unwrap());
        let mut expected = [held[0], held[1], "bedplate-backup-2026", "bedplate-backup-link", "other"];
        expected.sort_unstable();
        assert_eq!(names(place.path()), expected);
        assert_eq!(names(&place.path().join("other")), [LOCK]);
    }

    #[test]
    fn nobody_else_can_read_what_is_on_its_way() {
        let place = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(place.path()).unwrap();
        std::fs::write(scratch.copy(), "a copy").unwrap();
        assert_eq!(scratch.bytes().unwrap(), 6);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
        let folder = scratch.folder.path();
        let modes = (mode(folder), mode(&folder.join("copy")), mode(&folder.join(LOCK)));
        assert_eq!(modes, (0o700, 0o600, 0o600));
        drop(scratch);
        assert_eq!(names(place.path()), [""; 0]);
    }
}
