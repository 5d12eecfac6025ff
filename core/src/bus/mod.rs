//! Events and work between services.
//!
//! - A **topic** has a dotted name (`user.created`). Whoever publishes names one topic.
//! - A **subscription** has a group and patterns. Every group gets every message that matches; within a group each message goes to one member. In a pattern `*` is one
//!   word and `#` is any number of words, none included.
//! - **At least once, always**: a publish that returned was accepted, and every group that was declared before it gets the message until
//!   one of its members settles it.
//! - Every delivery is **settled**: done, retry after a time, or dead with a reason. One that isn't settled within the group's
//!   delivery timeout is delivered again.
//! - Every delivery is an **attempt**, however it ends: settled, timed out, or returned because its subscriber ended. So a
//!   message that brings its subscriber down can't do so for ever. A message whose last attempt ends in any other way than done
//!   is a **dead letter** of its group, where it can be listed, read, edited and sent back.
//! - A group is what its **latest declaration** says: patterns, attempts, delivery timeout, order. Only the prefetch is each
//!   subscriber's own. Subscribing to a group that is known changes nothing about it.
//! - A **broadcast** has no group: each subscriber gets what is published while it is there. What it can't handle within its
//!   attempts is gone.
//! - With **key order** a message that is in flight, or waits for its retry, holds the later ones of its key back until it is
//!   done or dead. One that is delayed takes its place when its time has come; one that is sent back from the dead letters goes
//!   to the end.
//! - **Who shares it** is the reach in [`Features`]. Where it is the process, whatever is opened is a bus of its own, shared by
//!   its clones.
//!
//! Every engine guarantees that. What differs (durability, order, delay, replay, broadcast) is in [`Features`].

mod contract;
mod handle;
mod pattern;
mod types;

pub use contract::{BusConsumer, BusEngine};
pub use handle::{Bus, Delivery, MAX_GROUP_BYTES, MAX_RETRY_WAIT, Subscriber};
pub use pattern::{MAX_TOPIC_BYTES, Pattern, Topic};
pub use types::{
    Backlog, DeadLetter, DeadPage, Features, Message, Received, Settlement, Start, Subscription, Token,
};
