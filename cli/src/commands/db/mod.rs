//! `bedplate db`: the services' databases, from their making to their backups. One file for each verb.

mod admin;
mod backup;
mod backups;
mod check;
mod create;
mod figures;
mod lint;
mod migrate;
mod new;
mod place;
mod restore;
mod rollback;
mod secrets;
mod status;
mod store;
mod verbs;
mod verify;
mod work;

pub(crate) use verbs::{Args, run};
