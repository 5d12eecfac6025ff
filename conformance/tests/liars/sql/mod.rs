//! A SQL engine that lies.

mod bend;
mod copies;
mod liar;
mod lie;
mod replica;
mod transaction;

pub(crate) use liar::Liar;
pub(crate) use lie::Lie;
