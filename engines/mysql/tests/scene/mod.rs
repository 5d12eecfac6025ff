//! What the tests begin with: a server of their own, a handle on it, and patience.

mod server;

pub(crate) use server::{eventually, open, server};
