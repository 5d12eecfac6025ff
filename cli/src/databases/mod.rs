//! What the verbs of `bedplate db` work with: databases, secrets, administrators, places of backups, and the work itself.

pub(crate) mod admin;
pub(crate) mod database;
pub(crate) mod figures;
pub(crate) mod outcomes;
pub(crate) mod progress;
pub(crate) mod secrets;
pub(crate) mod site;
pub(crate) mod store;
pub(crate) mod work;
