//! Files, archives and other large values under a key.
//!
//! - A **key** is text with `/` between its parts; there are no folders, only common prefixes.
//! - A **put is whole or absent**: a reader gets the object before or the one after, never half of one, and a put that
//!   returned is durable.
//! - A put or a delete can be **conditional**: only where there is nothing, or only while the object is the one that was read (its etag).
//! - **Lists** are ordered by the bytes of the keys, and show what was put before they began.
//! - Deleting what isn't there is no error.
//! - An object under **retention** can't be deleted, overwritten or copied onto before its time: that is `Denied`, not `Conflict`, because
//!   reading again and trying again doesn't help.
//!
//! Every engine guarantees that. What differs (presigned URLs, retention) is in [`Features`].

mod contract;
mod handle;
mod types;

pub use contract::{ObjectsEngine, Upload};
pub use handle::{Body, Objects, Writer};
pub use types::{
    ByteStream, Condition, Features, GetOptions, ListOptions, Listing, Meta, Method, Object, Presigned,
    PutOptions, Range,
};
