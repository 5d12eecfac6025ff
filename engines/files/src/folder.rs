//! A folder that is held open: everything in it is reached by a name of its own, and no link is followed.
//!
//! Holding folders keeps a path's length out of the way, and whoever replaces one by a link can't lead the store elsewhere.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder(OwnedFd);

const OWNER_FOLDER: Mode = Mode::RWXU;
const OWNER_FILE: Mode = Mode::RUSR.union(Mode::WUSR);
const OPEN_FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens the folder at a path, where links are the owner's choice and are followed.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, OPEN_FOLDER, Mode::empty())?))
    }

    /// Opens the folder that this one lies in.
    pub(crate) fn parent(&self) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, "..", OPEN_FOLDER, Mode::empty())?))
    }

    /// Opens a folder in this one.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, OPEN_FOLDER | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// Opens the last of these folders, each in the one before.
    pub(crate) fn descend(&self, names: &[String]) -> io::Result<Self> {
        let mut folder = Self(self.0.try_clone()?);
        for name in names {
            folder = folder.enter(name)?;
        }
        Ok(folder)
    }

    /// Opens a folder in this one, makes it where it isn't there, and tells whether it did.
    pub(crate) fn make(&self, name: &str) -> io::Result<(Self, bool)> {
        match self.enter(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return Ok((result?, false)),
        }
        let made = match rustix::fs::mkdirat(&self.0, name, OWNER_FOLDER).map_err(io::Error::from) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        Ok((self.enter(name)?, made))
    }

    /// Creates a file that isn't there yet.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, OWNER_FILE)?.into())
    }

    /// Opens a file for reading and writing, and creates it where it isn't there.
    pub(crate) fn open_or_create(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, OWNER_FILE)?.into())
    }

    /// Opens an ordinary file for reading; anything else that has its name is an error, and a pipe is never waited for.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::openat(&self.0, name, flags, Mode::empty())?.into();
        if file.metadata()?.is_file() { Ok(file) } else { Err(rustix::io::Errno::NOTDIR.into()) }
    }

    /// Gives a file another name, in place of what had it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes a file and tells whether it was there.
    pub(crate) fn remove(&self, name: &str) -> io::Result<bool> {
        let removed = rustix::fs::unlinkat(&self.0, name, AtFlags::empty());
        Ok(crate::error::if_there(removed.map_err(io::Error::from))?.is_some())
    }

    /// Removes a folder in this one if it is empty, and tells whether it did.
    pub(crate) fn remove_empty(&self, name: &str) -> bool {
        rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR).is_ok()
    }

    /// Waits until the names in this folder are on the disk, where that is wanted.
    pub(crate) fn sync(&self, wanted: bool) -> io::Result<()> {
        if wanted { Ok(rustix::fs::fsync(&self.0)?) } else { Ok(()) }
    }

    /// Calls `each` with the name of every file and folder and whether it is a folder. Names that aren't UTF-8 and whatever
    /// is neither file nor folder are left out.
    pub(crate) fn entries(&self, mut each: impl FnMut(&str, bool) -> io::Result<()>) -> io::Result<()> {
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(entry.file_name())?,
                known => known,
            };
            match kind {
                FileType::Directory if name != "." && name != ".." => each(name, true)?,
                FileType::RegularFile => each(name, false)?,
                _ => {}
            }
        }
        Ok(())
    }

    // Some file systems don't tell kinds while they list.
    fn kind(&self, name: &CStr) -> io::Result<FileType> {
        let found = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from);
        Ok(crate::error::if_there(found)?
            .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)))
    }
}
