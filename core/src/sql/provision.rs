//! A database and a role of its own for each service, made by the server's administrator.

use std::fmt;

use crate::address::Address;
use crate::engine::BoxFuture;
use crate::error::Result;

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
