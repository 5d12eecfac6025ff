//! The rules of one group.

use std::time::Duration;

use bedplate_core::bus::Subscription;

/// What a group's latest declaration says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How often a message is delivered.
    pub(crate) max_attempts: u32,
    /// How long a delivery may stay unsettled.
    pub(crate) delivery_timeout: Duration,
    /// Whether a message waits for those before it with its key.
    pub(crate) key_order: bool,
    /// Whether there is a place for its dead.
    pub(crate) keeps_dead: bool,
}

impl Rules {
    /// The rules of a subscription. A broadcast has nowhere to keep its dead.
    pub(crate) fn of(subscription: &Subscription) -> Self {
        Self {
            max_attempts: subscription.max_attempts.max(1),
            delivery_timeout: subscription.delivery_timeout,
            key_order: subscription.key_order,
            keeps_dead: subscription.group.is_some(),
        }
    }
}
