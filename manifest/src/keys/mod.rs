//! The keys of a manifest: one table that the reader, the JSON Schema and the reference page are made from.

mod environments;
mod kind;
mod needs;
mod parts;
mod reference;
mod schema;
mod shape;
mod table;

pub use kind::{Key, Kind, Section};
pub use reference::reference;
pub use schema::schema;
pub use shape::Shape;
pub use table::ROOT;

pub(crate) use needs::choice_keys;
pub(crate) use table::SECRET;
