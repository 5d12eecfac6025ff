//! Where the locks of a database lie that is on a LiteFS mount: there every file would be a database.
//!
//! All processes of the machine must find the same place, so nothing that can differ between them decides it: not `TMPDIR`, and not `/tmp`, which
//! systemd gives each service anew (`PrivateTmp`) and cleans of what is old while it is in use. `/run/user` is there only while its user is logged
//! in. The folder belongs to one user, and another one is refused rather than given a lock of its own that would exclude nobody.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use bedplate_core::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

/// Memory that every process of a Linux machine shares; LiteFS runs on no other.
const SHARED: &str = "/dev/shm";

/// Makes the folder for the locks of a database, and gives the path that stands for the database in it.
pub(crate) fn make(database: &Path) -> Result<PathBuf> {
    make_in(Path::new(SHARED), database)
}

fn make_in(shared: &Path, database: &Path) -> Result<PathBuf> {
    let unavailable = |path: &Path, why: io::Error| {
        Error::new(ErrorKind::Unavailable, format!("a lock in `{}`: {why}", path.display())).with_source(why)
    };
    let whole = fs::canonicalize(database).map_err(|why| unavailable(database, why))?;
    let digest = Sha256::digest(whole.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let folder = shared.join(format!("bedplate-{name}"));
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(unavailable(&folder, why)),
        _ => {}
    }
    let found = fs::symlink_metadata(&folder).map_err(|why| unavailable(&folder, why))?;
    let is_private =
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    if !is_private {
        let path = folder.display();
        return Err(Error::new(ErrorKind::Denied, format!("`{path}` is not a folder of this user's alone"))
            .with_help(format!(
                "run all processes that lock `{}` as one user; where none uses that folder, remove it",
                whole.display()
            )));
    }
    Ok(folder.join("db"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_a_folder_of_our_own_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (shared, database) = (folder.path(), folder.path().join("a.db"));
        assert_eq!(make_in(shared, &database).unwrap_err().kind(), ErrorKind::Unavailable);
        fs::write(&database, "").unwrap();
        let place = make_in(shared, &database).unwrap();
        assert_eq!(make_in(shared, &folder.path().join("./a.db")).unwrap(), place);
        let locks = place.parent().unwrap();
        fs::set_permissions(locks, fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(make_in(shared, &database).unwrap_err().kind(), ErrorKind::Denied);
        fs::remove_dir(locks).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        DirBuilder::new().mode(0o700).create(&elsewhere).unwrap();
        symlink(&elsewhere, locks).unwrap();
        assert_eq!(make_in(shared, &database).unwrap_err().kind(), ErrorKind::Denied);
        fs::remove_file(locks).unwrap();
        // Only an administrator's tests can give a folder to somebody else.
        DirBuilder::new().mode(0o700).create(locks).unwrap();
        if std::os::unix::fs::chown(locks, Some(65_534), None).is_ok() {
            assert_eq!(make_in(shared, &database).unwrap_err().kind(), ErrorKind::Denied);
        }
    }
}
