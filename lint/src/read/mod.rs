//! From a statement's text to what it does.
//!
//! What makes or changes a table goes through the parser; everything else is told by its words. A statement that the parser refuses
//! says as much as its words do.

mod alter;
mod bounds;
mod known;
mod names;
mod reduced;
mod statement;
mod table;
mod worded;

pub(crate) use statement::{Reading, read};
