//! The bus: every group is a queue of its own behind a lock of its own, and a routing table says which topics it gets.
//!
//! - The backlog of a queue is a machine without clock, lock or task; a queue adds the lock, the clock and the waking.
//! - No task runs: those who wait for a message also wait for the next moment at which something becomes due.
//! - Locks are taken in one order, routes before queues, and never across an await.

mod backlog;
mod consumer;
mod dead;
mod engine;
mod lines;
mod moment;
mod queue;
mod room;
mod routes;
mod rules;

pub use engine::MemoryBus;
