//! The routing table: which queues get which topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use bedplate_core::bus::{Pattern, Topic};

use super::queue::{End, Queue};

/// A queue and the patterns of what it gets.
#[derive(Debug)]
pub(crate) struct Route {
    /// The patterns.
    pub(crate) patterns: Vec<Pattern>,
    /// The queue.
    pub(crate) queue: Arc<Queue>,
}

/// Every queue of the bus.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// Those of groups, by their names.
    pub(crate) groups: BTreeMap<String, Route>,
    /// Those of broadcasts, by their consumers.
    pub(crate) listeners: BTreeMap<u64, Route>,
    /// Whether the bus is closed.
    pub(crate) closed: bool,
}

impl Routes {
    /// The queues that get a topic.
    pub(crate) fn of(&self, topic: &Topic) -> Vec<&Queue> {
        let routes = self.groups.values().chain(self.listeners.values());
        let matching = routes.filter(|route| route.patterns.iter().any(|pattern| pattern.matches(topic)));
        matching.map(|route| &*route.queue).collect()
    }

    /// Ends every queue.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        for route in self.groups.values().chain(self.listeners.values()) {
            route.queue.end(End::Closed);
        }
        self.groups.clear();
        self.listeners.clear();
    }
}
