#![doc = include_str!("../README.md")]

pub mod bus;
pub mod cache;
mod connect;
mod error;

use bedplate_core::Driver;

/// What this build can do with the process's own memory.
pub const DRIVER: Driver = Driver {
    cache: Some(connect::open_cache),
    bus: Some(connect::open_bus),
    ..Driver::new(&bedplate_catalogue::MEMORY)
};
