//! Text to manifest: every problem that can be told without resolving variables, all at once.

mod collisions;
mod extract;
mod fields;
mod reading;
mod secrets;
mod syntax;
mod walk;

pub use reading::{Reading, read};
pub(crate) use secrets::{has_password, looks_secret, variables_in_credentials};
pub(crate) use walk::{names, shorten};
