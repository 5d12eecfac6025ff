//! The verbs, one file each.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod conformance;
pub(crate) mod db;
mod differences_page;
pub(crate) mod engines;
mod engines_page;
pub(crate) mod env;
pub(crate) mod explain;
pub(crate) mod help_markdown;
pub(crate) mod init;
pub(crate) mod plan;
pub(crate) mod recommend;
pub(crate) mod schema;
