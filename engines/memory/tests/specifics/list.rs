//! A group as a list that is searched from its front: what the bus is compared with.

use std::time::Duration;

use bedplate_core::bus::Backlog;
use tokio::time::Instant;

/// How often a message is delivered.
pub(crate) const MAX_ATTEMPTS: u32 = 3;
/// How long a delivery may stay unsettled.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);
/// How many deliveries a consumer may hold.
pub(crate) const PREFETCH: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Delayed(Instant),
    Waiting,
    Retrying(Instant),
    Held { by: usize, delivery: usize, until: Instant },
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) key: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) place: Place,
}

/// A group as a list.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) items: Vec<Item>,
    pub(crate) dead: Vec<Item>,
    pub(crate) deliveries: usize,
    pub(crate) by_key: bool,
}

impl Model {
    /// What is due at `now`, the earliest first.
    pub(crate) fn pass(&mut self, now: Instant) {
        let due = |items: &[Item], time: fn(&Place) -> Option<Instant>| {
            let due = items.iter().enumerate().filter_map(|(at, item)| Some((time(&item.place)?, at)));
            due.filter(|(until, _)| *until <= now).min()
        };
        let delayed = |place: &Place| if let Place::Delayed(until) = place { Some(*until) } else { None };
        while let Some((_, at)) = due(&self.items, delayed) {
            let mut item = self.items.remove(at);
            item.place = Place::Waiting;
            self.items.push(item);
        }
        for item in &mut self.items {
            if matches!(item.place, Place::Retrying(until) if until <= now) {
                item.place = Place::Waiting;
            }
        }
        let held = |place: &Place| if let Place::Held { until, .. } = place { Some(*until) } else { None };
        while let Some((_, at)) = due(&self.items, held) {
            self.again(at, Duration::ZERO, now);
        }
    }

    pub(crate) fn again(&mut self, at: usize, after: Duration, now: Instant) {
        if self.items[at].attempts >= MAX_ATTEMPTS {
            let item = self.items.remove(at);
            self.dead.push(item);
        } else if after.is_zero() {
            self.items[at].place = Place::Waiting;
        } else {
            self.items[at].place = Place::Retrying(now + after);
        }
    }

    pub(crate) fn receive(&mut self, by: usize, max: usize, now: Instant) -> Vec<(String, u32, usize)> {
        let holds = self
            .items
            .iter()
            .filter(|item| matches!(item.place, Place::Held { by: b, .. } if b == by))
            .count();
        let mut found = Vec::new();
        for at in 0..self.items.len() {
            let earlier = &self.items[..at];
            let item = &self.items[at];
            let is_behind = self.by_key
                && item.key.is_some()
                && earlier
                    .iter()
                    .any(|other| other.key == item.key && !matches!(other.place, Place::Delayed(_)));
            if item.place != Place::Waiting || is_behind || found.len() >= max.min(PREFETCH - holds) {
                continue;
            }
            let delivery = self.deliveries;
            self.deliveries += 1;
            let item = &mut self.items[at];
            item.attempts += 1;
            item.place = Place::Held { by, delivery, until: now + TIMEOUT };
            found.push((item.name.clone(), item.attempts, delivery));
        }
        found
    }

    pub(crate) fn holder(&self, delivery: usize) -> Option<usize> {
        self.items
            .iter()
            .position(|item| matches!(item.place, Place::Held { delivery: d, .. } if d == delivery))
    }

    pub(crate) fn backlog(&self) -> Backlog {
        let count = |matches: fn(&Place) -> bool| {
            self.items.iter().filter(|item| matches(&item.place)).count() as u64
        };
        Backlog {
            ready: count(|place| *place == Place::Waiting),
            held: count(|place| matches!(place, Place::Delayed(_) | Place::Retrying(_))),
            in_flight: count(|place| matches!(place, Place::Held { .. })),
            dead: self.dead.len() as u64,
        }
    }
}
