//! Object stores around an honest one: a keeper of everything that can be promised, and liars.

mod keeper;
mod liar;
mod requests;

pub(crate) use keeper::Keeper;
pub(crate) use liar::{Liar, Lie};
pub(crate) use requests::Laxity;
