//! The suite of the bus contract.

mod attributes;
mod backlog;
mod broadcast;
mod crowds;
mod dead;
mod delay;
mod durability;
mod endings;
mod groups;
mod order;
mod publishing;
mod replay;
mod settling;
mod sharing;
mod steps;
mod suite;
mod timeouts;
mod topics;

pub use bedplate_core::bus::Bus;
