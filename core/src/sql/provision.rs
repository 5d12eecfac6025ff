//! A database and a role of its own for each service, made by the server's administrator.

use std::fmt;

use crate::address::Address;
use crate::engine::BoxFuture;
use crate::error::{Error, Result};

/// How the administrator of a server makes and removes databases. Every call connects, does its work and disconnects.
#[derive(Debug, Clone, Copy)]
pub struct Provision {
    /// Makes the role, the database and its extensions, where they are not there yet, and takes everyone else's rights to connect away.
    /// Called again it changes nothing but the role's password, which becomes the given one. A database that belongs to another role is a `Conflict`.
    pub create: fn(Address, NewDatabase) -> BoxFuture<Result<Made>>,
    /// Removes a database with everything in it, and its role. What isn't there is no error.
    pub remove: fn(Address, NewDatabase) -> BoxFuture<Result<()>>,
}

/// A database that belongs to one role and that no other role can open. `Debug` leaves the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDatabase {
    /// The database's name.
    pub name: String,
    /// The role that owns it, and owns nothing else.
    pub role: String,
    /// The role's password. It isn't sent to the server, and stands in no log of it, where the product can do with a hash.
    pub password: String,
    /// The extensions that it needs, which often only an administrator may add.
    pub extensions: Vec<String>,
}

/// The longest name of a database or role: PostgreSQL cuts longer ones.
const MAX_NAME_BYTES: usize = 63;

impl NewDatabase {
    /// Whether a text can name a database or a role on every server: up to 63 letters, digits, `-` and `_`, beginning with a letter.
    pub fn is_name(text: &str) -> bool {
        text.len() <= MAX_NAME_BYTES
            && text.starts_with(|char: char| char.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    }

    /// Refuses a name that isn't one to every server, an empty password, and what would end a line of a server's log or configuration.
    pub fn check(&self) -> Result<()> {
        for (what, name) in [("database", &self.name), ("role", &self.role)] {
            if !Self::is_name(name) {
                return Err(Error::invalid(format!("`{}` cannot be the name of a {what}", name.escape_debug()))
                    .with_help(format!(
                        "name it with up to {MAX_NAME_BYTES} letters, digits, `-` and `_`, beginning with a letter"
                    )));
            }
        }
        if !is_line(&self.password) {
            let message = format!("the password of `{}` is empty or has control characters in it", self.role);
            return Err(Error::invalid(message).with_help("`openssl rand -hex 24` makes one"));
        }
        match self.extensions.iter().find(|extension| !is_line(extension)) {
            Some(extension) => {
                Err(Error::invalid(format!("`{}` cannot be an extension", extension.escape_debug()))
                    .with_help("name it as the server does, such as `pg_trgm`"))
            }
            None => Ok(()),
        }
    }
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

impl fmt::Debug for NewDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewDatabase")
            .field("name", &self.name)
            .field("role", &self.role)
            .field("extensions", &self.extensions)
            .finish_non_exhaustive()
    }
}

/// What had to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Made {
    /// The role was not there.
    pub role: bool,
    /// The database was not there.
    pub database: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn with(change: impl FnOnce(&mut NewDatabase)) -> Result<()> {
        let mut new = NewDatabase {
            name: "shop_orders-2".into(),
            role: "Orders".into(),
            password: "pass word'\"\\é".into(),
            extensions: vec!["uuid-ossp".into(), "pg_trgm".into()],
        };
        change(&mut new);
        new.check()
    }

    #[test]
    fn names_passwords_and_extensions_that_no_server_takes_are_refused() {
        with(|_| {}).unwrap();
        with(|new| new.name = "a".repeat(63)).unwrap();
        let long = "a".repeat(64);
        for name in ["", "1a", "_a", "a b", "a\"b", "a`b", "a.b", "ä", "a\0", "a\n", &long] {
            for result in [with(|new| new.name = name.into()), with(|new| new.role = name.into())] {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
                assert!(!error.message().contains(['\0', '\n']), "{error:?}");
            }
        }
        for text in ["", "a\0b", "a\nb", "\r"] {
            let error = with(|new| new.password = text.into()).unwrap_err();
            assert!(!error.to_string().contains("a\0b") && error.to_string().contains("Orders"), "{error}");
            assert!(with(|new| new.extensions.push(text.into())).is_err(), "{text:?}");
        }
    }
}
