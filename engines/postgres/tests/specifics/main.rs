//! What is peculiar to PostgreSQL, on real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

mod backup;
mod connections;
mod encryption;
mod errors;
mod migrations;
mod provision;
mod recovery;
mod replicas;
mod report;
mod scene;
mod sessions;
mod tenants;
mod values;
