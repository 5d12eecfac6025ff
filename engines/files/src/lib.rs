#![doc = include_str!("../README.md")]

mod body;
mod connect;
mod draft;
mod error;
mod folder;
mod intent;
mod locks;
mod names;
mod objects;
mod record;
mod store;
mod upload;
mod walk;

use bedplate_core::Driver;

/// Opens the files engine.
pub const DRIVER: Driver =
    Driver { objects: Some(connect::open), ..Driver::new(&bedplate_catalogue::engines::files::FILES) };
