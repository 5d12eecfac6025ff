//! The suite of the objects contract.

mod conditions;
mod copy;
mod http;
mod keys;
mod lifecycle;
mod limits;
mod listing;
mod presigned;
mod ranges;
mod retention;
mod suite;
mod uploads;
mod whole;

pub use bedplate_core::objects::Objects;
