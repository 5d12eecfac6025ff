//! Keeps backups of databases: compressed, checksummed, counted.
//!
//! A backup is two objects, `<platform>/<environment>/<service>/<time>.backup.zst` and a `.json` beside it: the [`Record`]. The record is
//! written last, so that a backup without one is half written and counts for nothing.
//!
//! What always holds:
//! - The memory that it takes does not grow with the database: the copy lies in a temporary file, and goes in pieces from there.
//! - A backup is read to its end and compared with its checksums before a database is touched.
//! - The newest backup of a database is never removed, and nothing is ever done to another database's.
//! - One that is damaged is told and counts for nothing; it never hides another.

mod backups;
mod codec;
mod listing;
mod owner;
mod record;
mod scratch;
mod walk;

pub use backups::{Backups, Restored, Step, Watch};
pub use listing::Listing;
pub use owner::Owner;
pub use record::{Content, Record};
