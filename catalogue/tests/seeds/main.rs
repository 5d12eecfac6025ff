//! The matrix agrees with every branch of the documents: one test a branch, named after the document and the branch.

#![allow(clippy::unwrap_used)]

#[macro_use]
mod branch;

mod manuals;
mod seed_000_bus;
mod seed_000_cache;
mod seed_000_database;
mod seed_001;
mod seed_002;
mod seed_003;
mod seed_004;
mod tables;

/// Every branch's workload.
fn workloads() -> impl Iterator<Item = (&'static str, bedplate_catalogue::Workload)> {
    [
        seed_000_database::WORKLOADS,
        seed_000_cache::WORKLOADS,
        seed_000_bus::WORKLOADS,
        seed_001::WORKLOADS,
        seed_002::WORKLOADS,
        seed_003::WORKLOADS,
        seed_004::WORKLOADS,
        manuals::WORKLOADS,
    ]
    .into_iter()
    .flatten()
    .map(|(name, workload)| (*name, workload()))
}
