//! What is peculiar to MariaDB, on real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

mod backup;
mod connections;
mod encryption;
mod provision;
mod report;
mod restore;
mod scene;
mod transactions;
mod values;
