//! Bedplate's contracts, handles, values and descriptors.
//!
//! Nothing here does I/O and nothing here names an engine. A service holds a handle ([`sql::Sql`], [`cache::Cache`],
//! [`bus::Bus`], [`objects::Objects`]); an engine implements the contract beneath it; a [`Driver`] joins the two.
//!
//! The crates whose types stand in these interfaces are passed on ([`bytes`], [`jiff`], [`rust_decimal`], [`serde_json`], [`uuid`]), so
//! that whoever uses them has the same version.

pub mod address;
pub mod bus;
pub mod cache;
mod engine;
mod error;
pub mod features;
mod guard;
pub mod objects;
pub mod server;
pub mod setting;
pub mod sql;

pub use {bytes, jiff, rust_decimal, serde_json, uuid};

pub use address::Address;
pub use engine::{
    ARCHIVE_FOLDER, Aspect, BoxFuture, Capability, ClientContent, ClientVariable, Container, Door, Driver,
    Engine, Fact, Form, Maturity, Offer, Open, Port,
};
pub use error::{Error, ErrorKind, Result};
pub use features::{LimitRow, Promise, PromiseRow, Reach};
pub use guard::{Guard, GuardOptions};
pub use server::Server;
pub use setting::{Setting, SettingKind};
