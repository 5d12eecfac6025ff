//! The engines that Bedplate knows, and the decision matrix over them.
//!
//! [`ENGINES`] is the single truth about engines: an [`Engine`](bedplate_core::Engine) is data, and exists for products
//! that a build has no code for. A driver declares the same static, and reads its settings by the constants that stand
//! beside it, for example [`engines::postgres::CONNECTION_LIMIT`].

pub mod differences;
pub mod doors;
pub mod engines;
mod facts;
mod list;
pub mod matrix;
pub mod settings;
pub mod sources;

pub use engines::*;
pub use list::{ENGINES, by_name, by_scheme};
pub use matrix::{Recommendation, Workload, recommend};
