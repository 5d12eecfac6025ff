//! Runs servers privately on this machine and leaves no process behind.
//!
//! [`LocalServer::start`] carries out a description ([`bedplate_core::Server`]): it finds the programs, takes free ports
//! and a folder, drops root's rights, starts the processes and waits until a real round trip succeeds.
//!
//! What always holds:
//! - Every process leads a process group of its own and is known to a guard before it runs its program.
//! - The guard is a small shell process that reads from a pipe. When the pipe closes, because this program has ended in
//!   whatever way, SIGKILL included, it stops the groups and removes the temporary folder.
//! - A process number is only signalled while it is certainly ours.

mod account;
mod census;
mod guard;
mod journal;
mod launch;
mod local;
mod options;
mod place;
mod ports;
mod process;

pub use bedplate_programs::{Missing, Programs};
pub use local::{LocalServer, find};
pub use options::StartOptions;
