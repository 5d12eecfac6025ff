//! The folder of a server: whose it is, whether it is in use, and what is already in it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown, fchown};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use bedplate_core::{Error, ErrorKind, Result};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::account::Account;

/// Says that the folder is ours, how far it came, and its password.
const MARKER: &str = ".bedplate-server";
/// Locked while a server runs here, by the guard too.
const LOCK: &str = ".bedplate-lock";

/// A folder that belongs to one server.
pub(crate) struct Place {
    folder: PathBuf,
    temporary: bool,
    prepared: bool,
    password: String,
    account: Option<Account>,
}

impl Place {
    /// Chooses a temporary folder that doesn't exist yet, so that it can be under guard before it does.
    pub(crate) fn temporary(name: &str, password: Option<String>, users: &[&str]) -> Result<Self> {
        let parent = std::env::temp_dir();
        let parent = parent.canonicalize().map_err(|error| unusable(&parent, error))?;
        let clean: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(24).collect();
        let folder = parent.join(format!("bedplate-{clean}-{}", random(6)?));
        let account = Account::choose(users)?;
        let password = choose_password(password)?;
        Ok(Self { folder, temporary: true, prepared: false, password, account })
    }

    /// Creates the temporary folder.
    pub(crate) fn create(&self) -> Result<()> {
        DirBuilder::new().mode(0o700).create(&self.folder).map_err(|error| unusable(&self.folder, error))?;
        self.hand_over()
    }

    /// Takes a folder that outlives the server. The file returned keeps others out for as long as it is open.
    pub(crate) async fn fixed(
        folder: &Path,
        password: Option<String>,
        users: &[&str],
        patience: Duration,
    ) -> Result<(Self, File)> {
        let wrong = |error| unusable(folder, error);
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let folder = folder.canonicalize().map_err(wrong)?;
        let lock = lock(&folder, patience).await?;
        let mut place = Self {
            temporary: false,
            prepared: false,
            password: choose_password(password)?,
            account: Account::choose(users)?,
            folder,
        };
        place.recognise()?;
        place.hand_over()?;
        place.give(&lock).map_err(|error| unusable(&place.folder, error))?;
        Ok((place, lock))
    }

    /// Reads the marker of an earlier start.
    fn recognise(&mut self) -> Result<()> {
        let marker = self.folder.join(MARKER);
        if !marker.exists() {
            return self.refuse_strangers();
        }
        let mut text = String::new();
        let read = open_safely(OpenOptions::new().read(true), &marker)
            .and_then(|file| file.take(4096).read_to_string(&mut text));
        read.map_err(|error| unusable(&marker, error))?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        match value("state") {
            Some("ready") => {
                let password = value("password").ok_or_else(|| corrupt(&marker))?;
                self.password = password.to_string();
                self.prepared = true;
                // Its files belong to whom they were made for, whoever starts it now.
                let metadata = self.folder.metadata().map_err(|error| unusable(&self.folder, error))?;
                if self.account.is_some() {
                    self.account = Account::owner(metadata.uid(), metadata.gid()).or(self.account.take());
                }
                Ok(())
            }
            // The first start was cut short: nothing in here was ever used.
            Some("preparing") => self.clear(),
            _ => Err(corrupt(&marker)),
        }
    }

    fn refuse_strangers(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.folder).map_err(|error| unusable(&self.folder, error))?;
        let stranger = entries.flatten().find(|entry| entry.file_name() != LOCK);
        stranger.map_or(Ok(()), |entry| {
            let message = format!(
                "`{}` must be empty or have been used by this server before, and it holds `{}`",
                self.folder.display(),
                entry.file_name().display()
            );
            Err(Error::new(ErrorKind::Conflict, message).with_help("choose another folder"))
        })
    }

    fn clear(&self) -> Result<()> {
        let wrong = |error| unusable(&self.folder, error);
        for entry in std::fs::read_dir(&self.folder).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            if entry.file_name() == LOCK {
                continue;
            }
            let is_folder = entry.file_type().map_err(wrong)?.is_dir();
            let path = entry.path();
            if is_folder { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                .map_err(wrong)?;
        }
        Ok(())
    }

    /// Gives the folder to the server's user and writes the marker.
    fn hand_over(&self) -> Result<()> {
        if let Some(account) = &self.account {
            account.check_reach(&self.folder)?;
            chown(&self.folder, Some(account.uid), Some(account.gid))
                .map_err(|error| unusable(&self.folder, error))?;
        }
        if self.prepared { Ok(()) } else { self.mark("preparing") }
    }

    fn mark(&self, state: &str) -> Result<()> {
        self.write(MARKER, &format!("state={state}\npassword={}\n", self.password))
    }

    /// Notes that everything that runs once has run.
    pub(crate) fn set_prepared(&mut self) -> Result<()> {
        self.mark("ready")?;
        self.prepared = true;
        Ok(())
    }

    /// Writes a file that only the server's user can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<()> {
        let relative = Path::new(name);
        if !relative.components().all(|component| matches!(component, Component::Normal(_))) {
            let message = format!("`{name}` must be a path inside the server's folder");
            return Err(Error::invalid(message));
        }
        for parent in relative.ancestors().skip(1).collect::<Vec<_>>().into_iter().rev() {
            self.create_folder(parent)?;
        }
        let path = self.folder.join(relative);
        let wrong = |error| unusable(&path, error);
        // A new file each time: what stands there could be a link that the server's user made.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(wrong(error)),
            _ => {}
        }
        let mut file = open_safely(OpenOptions::new().write(true).create_new(true), &path).map_err(wrong)?;
        self.give(&file).and_then(|()| file.write_all(text.as_bytes())).map_err(wrong)
    }

    /// Creates a folder inside, where there is none.
    pub(crate) fn create_folder(&self, name: impl AsRef<Path>) -> Result<()> {
        let path = self.folder.join(name);
        if path.is_dir() {
            return Ok(());
        }
        let created =
            DirBuilder::new().mode(0o700).create(&path).and_then(|()| self.give(&File::open(&path)?));
        created.map_err(|error| unusable(&path, error))
    }

    fn give(&self, file: &File) -> std::io::Result<()> {
        self.account.as_ref().map_or(Ok(()), |account| fchown(file, Some(account.uid), Some(account.gid)))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder, where it goes away with the server.
    pub(crate) fn to_remove(&self) -> Option<&Path> {
        self.temporary.then_some(self.folder.as_path())
    }

    pub(crate) fn prepared(&self) -> bool {
        self.prepared
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Removes a temporary folder and tells whether it is gone.
    pub(crate) fn remove(&self) -> bool {
        // A process that was just killed may have had a write under way.
        let limit = Instant::now() + Duration::from_secs(2);
        while self.temporary && std::fs::symlink_metadata(&self.folder).is_ok() {
            if std::fs::remove_dir_all(&self.folder).is_err() {
                if Instant::now() >= limit {
                    return false;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        true
    }
}

/// The password given, or a random one. It stands on a line of its own in the marker and in many products' files.
fn choose_password(given: Option<String>) -> Result<String> {
    match given {
        Some(password) if password.is_empty() || password.chars().any(char::is_control) => {
            Err(Error::invalid("a server's password must not be empty or hold control characters"))
        }
        Some(password) => Ok(password),
        None => random(16),
    }
}

async fn lock(folder: &Path, patience: Duration) -> Result<File> {
    let path = folder.join(LOCK);
    let wrong = |error| unusable(&path, error);
    let mut file = open_safely(OpenOptions::new().read(true).write(true).create(true).truncate(false), &path)
        .map_err(wrong)?;
    let limit = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(wrong(error)),
            // Whoever took it has ended, and the guard is still stopping the server.
            Err(TryLockError::WouldBlock) if !holder_lives(&mut file) && Instant::now() < limit => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(TryLockError::WouldBlock) => {
                let message = format!("another server runs in `{}`", folder.display());
                return Err(
                    Error::new(ErrorKind::Conflict, message).with_help("stop it or choose another folder")
                );
            }
        }
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(wrong)?;
    file.write_all(std::process::id().to_string().as_bytes()).map_err(wrong)?;
    Ok(file)
}

/// Whether the program that noted its number in the lock still runs.
fn holder_lives(file: &mut File) -> bool {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(20).read_to_string(&mut text));
    let holder = read.ok().and_then(|_| Pid::from_raw(text.parse().ok()?));
    holder.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

/// Opens a file and never what a link points at: the folder may belong to a user with fewer rights than ours.
pub(crate) fn open_safely(options: &mut OpenOptions, path: &Path) -> std::io::Result<File> {
    let nofollow = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
    options.mode(0o600).custom_flags(nofollow).open(path)
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("`{}` can't be used: {error}", path.display())).with_source(error)
}

fn corrupt(marker: &Path) -> Error {
    Error::new(ErrorKind::Corrupt, format!("`{}` is not what this program writes", marker.display()))
        .with_help("choose another folder")
}

/// Random bytes in hexadecimal digits.
fn random(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut buffer))
        .map_err(|error| unusable(Path::new("/dev/urandom"), error))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
