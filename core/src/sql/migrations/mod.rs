//! Migrations: numbered scripts, checksummed, applied once however many processes start at the same time.
//!
//! - A script that was applied must not change: its checksum is kept.
//! - Where the engine can, a script and its record are one transaction. Elsewhere, and where a script says
//!   `-- bedplate: no-transaction`, it goes statement by statement, and the record says how far it has come.
//! - Whatever happens in between, the record tells what is known to have happened, and `apply` goes on from there.

mod apply;
mod compare;
mod effect;
mod file_name;
mod record;
mod rollback;
mod run;
mod script;
mod scripts;
mod status;
mod words;

pub use record::RESTORING;
pub use rollback::Undo;
pub use run::MigrationEvent;
pub use scripts::{Migration, Migrations};
pub use status::{MigrationState, MigrationStatus};
