//! Finds in migrations what hurts in production: offline, from the scripts alone.
//!
//! The lint follows the schema through the scripts in their order, once for each dialect, and knows what existed before a script
//! and what a script made itself. It knows no sizes: a table counts as big where an earlier migration made it, for then it may have rows
//! and readers by the time the later one is applied.
//!
//! A comment `-- lint: allow CODE: reason` excepts the statement that follows it, or the whole file where it stands at the file's head
//! with an empty line after it.
//!
//! ```
//! use bedplate_core::sql::{Dialect, Migrations};
//! use bedplate_lint::{Options, lint};
//! let migrations = Migrations::from_files([
//!     ("0001_orders.sql", "create table orders (id bigint primary key, total text not null)"),
//!     ("0002_total.sql", "alter table orders drop column total"),
//! ])?;
//! let findings = lint(&migrations, &Options::new([Dialect::Postgres]));
//! assert_eq!((findings[0].code, findings[0].file.as_str(), findings[0].line), ("drop-column", "0002_total.sql", 1));
//! # Ok::<(), bedplate_core::Error>(())
//! ```

mod allow;
mod change;
mod codes;
mod finding;
mod history;
mod kind;
mod lint;
mod options;
mod read;
mod rules;
mod schema;
mod script;
mod spot;
mod unclosed;
mod words;

pub use codes::{CODES, Code, explain, reference};
pub use finding::{Finding, Level};
pub use lint::lint;
pub use options::Options;
