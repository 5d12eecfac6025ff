//! Whom a server runs as: an unprivileged user when we are root, oneself otherwise.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use bedplate_core::{Error, ErrorKind, Result};

/// The user of last resort, found on every Unix.
const NOBODY: &str = "nobody";

/// An unprivileged user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The first of these users that exists, then `nobody`. `None` where we are not root and stay who we are.
    pub(crate) fn choose(users: &[&str]) -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let account = users.iter().chain(&[NOBODY]).find_map(|name| Self::read(&passwd, name));
        account.map(Some).ok_or_else(|| {
            let tried: Vec<String> = users.iter().chain(&[NOBODY]).map(|name| format!("`{name}`")).collect();
            let message =
                format!("no unprivileged user to run as: /etc/passwd has none of {}", tried.join(", "));
            Error::new(ErrorKind::NotFound, message)
                .with_help("add one of these users, or start this program as an ordinary user")
        })
    }

    /// The owner of something that a server used before. Never root.
    pub(crate) fn owner(uid: u32, gid: u32) -> Option<Self> {
        (uid != 0).then(|| Self { name: format!("user {uid}"), uid, gid })
    }

    fn read(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|field| *field == name)?;
            let uid = number(fields.nth(1)?)?;
            let gid = number(fields.next()?)?;
            (uid != 0).then(|| Self { name: name.to_string(), uid, gid })
        })
    }

    /// Refuses a folder that this user couldn't reach.
    pub(crate) fn check_reach(&self, folder: &Path) -> Result<()> {
        for parent in folder.ancestors().skip(1) {
            let metadata = parent.metadata().map_err(|error| {
                let message = format!("`{}` can't be looked at", parent.display());
                Error::new(ErrorKind::Denied, message).with_source(error)
            })?;
            if !self.may_enter(metadata.uid(), metadata.gid(), metadata.permissions().mode()) {
                let message = format!(
                    "the server runs as `{}`, who may not enter `{}` on the way to `{}`",
                    self.name,
                    parent.display(),
                    folder.display()
                );
                let help = "choose a folder below one that every user may enter, such as /tmp (TMPDIR=/tmp)";
                return Err(Error::new(ErrorKind::Denied, message).with_help(help));
            }
        }
        Ok(())
    }

    fn may_enter(&self, uid: u32, gid: u32, mode: u32) -> bool {
        let shift = if uid == self.uid {
            6
        } else if gid == self.gid {
            3
        } else {
            0
        };
        (mode >> shift) & 0o1 == 1
    }
}

/// A user's number. macOS writes that of `nobody` as -2.
fn number(field: &str) -> Option<u32> {
    field.parse::<u32>().ok().or_else(|| field.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:*:-2:-2:Nobody:/:/bin/false\n\
                          toor:x:0:0::/:/bin/sh\nredis:x:105:108::/var/lib/redis:/bin/false\nbroken:x\n";

    #[test]
    fn reads_users_and_never_root() {
        let redis = Account { name: "redis".into(), uid: 105, gid: 108 };
        assert_eq!(Account::read(PASSWD, "redis"), Some(redis));
        assert_eq!(Account::read(PASSWD, "nobody").unwrap().uid, u32::MAX - 1);
        for name in ["root", "toor", "broken", "red", ""] {
            assert_eq!(Account::read(PASSWD, name), None, "{name}");
        }
    }

    #[test]
    fn the_owner_comes_before_the_group_and_the_group_before_the_others() {
        let redis = Account { name: "redis".into(), uid: 105, gid: 108 };
        assert!(redis.may_enter(0, 0, 0o701));
        assert!(!redis.may_enter(0, 0, 0o770));
        assert!(redis.may_enter(0, 108, 0o710));
        assert!(!redis.may_enter(0, 108, 0o701));
        assert!(redis.may_enter(105, 0, 0o700));
        assert!(!redis.may_enter(105, 108, 0o077));
    }
}
