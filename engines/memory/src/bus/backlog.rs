//! What one group has before it: a machine that is told what time it is, and has neither clock, lock nor task.
//!
//! Whoever does anything with it at a moment lets it [`advance`](Backlogged::advance) to that moment first.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bedplate_core::bus::{Backlog, DeadPage, Message, Received, Settlement, Token};
use bedplate_core::{Error, Result};
use jiff::Timestamp;
use tokio::time::Instant;

use super::dead::Graveyard;
use super::lines::Lines;
use super::moment::Moment;
use super::rules::Rules;
use crate::error;

/// The reason of a dead letter whose last delivery was never settled.
pub(crate) const TIMED_OUT: &str = "its last delivery was not settled in time";
/// The reason of a dead letter whose last subscriber ended with it.
pub(crate) const RETURNED: &str = "its last subscriber ended before it was settled";

/// A message on its way.
#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    attempts: u32,
    place: Place,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Delayed(Instant),
    Waiting,
    Retrying(Instant),
    InFlight { deadline: Instant, consumer: u64, token: u64 },
}

/// What one group has before it.
#[derive(Debug)]
pub(crate) struct Backlogged {
    rules: Rules,
    last: u64,
    entries: HashMap<u64, Entry>,
    ready: BTreeSet<u64>,
    lines: Lines,
    held: BTreeSet<(Instant, u64)>,
    in_flight: BTreeSet<(Instant, u64)>,
    deliveries: HashMap<u64, u64>,
    holding: HashMap<u64, usize>,
    dead: Graveyard,
}

impl Backlogged {
    /// Nothing yet.
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            last: 0,
            entries: HashMap::new(),
            ready: BTreeSet::new(),
            lines: Lines::default(),
            held: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            deliveries: HashMap::new(),
            holding: HashMap::new(),
            dead: Graveyard::default(),
        }
    }

    /// From now on these rules hold. What is in flight keeps its deadline.
    pub(crate) fn rule(&mut self, rules: Rules) {
        self.rules = rules;
        let waiting = self.entries.iter().filter(|(_, entry)| entry.place == Place::Waiting);
        let ready = waiting.map(|(seq, _)| *seq).filter(|seq| self.may_go(*seq)).collect();
        self.ready = ready;
    }

    /// The rules that hold.
    pub(crate) fn rules(&self) -> Rules {
        self.rules
    }

    /// How many messages there are, dead ones included.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() + self.dead.len()
    }

    /// The counts.
    pub(crate) fn counts(&self) -> Backlog {
        let (held, in_flight) = (self.held.len() as u64, self.in_flight.len() as u64);
        let ready = self.entries.len() as u64 - held - in_flight;
        Backlog { ready, held, in_flight, dead: self.dead.len() as u64 }
    }

    /// How many deliveries a consumer may still take.
    pub(crate) fn allowance(&self, consumer: u64, prefetch: usize) -> usize {
        prefetch.saturating_sub(self.holding.get(&consumer).copied().unwrap_or(0))
    }

    /// The next moment at which something becomes due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let due = |times: &BTreeSet<(Instant, u64)>| times.first().map(|(at, _)| *at);
        due(&self.held).into_iter().chain(due(&self.in_flight)).min()
    }

    /// Adds a message at the end, or holds it back until its time.
    pub(crate) fn add(&mut self, message: Arc<Message>, now: Moment) {
        self.last += 1;
        let seq = self.last;
        match message.not_before.and_then(|time| now.until(time)) {
            Some(until) => {
                self.held.insert((until, seq));
                self.entries.insert(seq, Entry { message, attempts: 0, place: Place::Delayed(until) });
            }
            None => self.enter(seq, Entry { message, attempts: 0, place: Place::Waiting }),
        }
    }

    /// Hands messages out, the earliest first.
    pub(crate) fn take(
        &mut self,
        consumer: u64,
        max: usize,
        now: Moment,
        mut token: impl FnMut() -> u64,
    ) -> Vec<Received> {
        let deadline = now.after(self.rules.delivery_timeout);
        let mut taken = Vec::new();
        while taken.len() < max {
            let Some(seq) = self.ready.pop_first() else { break };
            let Some(entry) = self.entries.get_mut(&seq) else { continue };
            let token = token();
            entry.attempts = entry.attempts.saturating_add(1);
            entry.place = Place::InFlight { deadline, consumer, token };
            self.in_flight.insert((deadline, seq));
            self.deliveries.insert(token, seq);
            *self.holding.entry(consumer).or_default() += 1;
            let message = Message::clone(&entry.message);
            taken.push(Received { message, attempt: entry.attempts, token: Token(token.to_string()) });
        }
        taken
    }

    /// Ends a delivery.
    pub(crate) fn settle(&mut self, token: &Token, how: Settlement, now: Moment) -> Result<()> {
        let seq = self.in_flight(token)?;
        self.land(seq);
        match how {
            Settlement::Done => {
                self.remove(seq);
            }
            Settlement::Dead { reason } => self.bury(seq, reason, now.time),
            Settlement::Retry { after, reason } => self.again(seq, after, &reason, now, now.time),
        }
        Ok(())
    }

    /// Gives a delivery its timeout once more.
    pub(crate) fn extend(&mut self, token: &Token, now: Moment) -> Result<()> {
        let seq = self.in_flight(token)?;
        let later = now.after(self.rules.delivery_timeout);
        if let Some(Entry { place: Place::InFlight { deadline, .. }, .. }) = self.entries.get_mut(&seq) {
            self.in_flight.remove(&(*deadline, seq));
            *deadline = later;
            self.in_flight.insert((later, seq));
        }
        Ok(())
    }

    /// A consumer ends: whatever it holds comes back.
    pub(crate) fn give_back(&mut self, consumer: u64, now: Moment) {
        let is_its =
            |entry: &Entry| matches!(entry.place, Place::InFlight { consumer: c, .. } if c == consumer);
        let in_flight = self.in_flight.iter().map(|(_, seq)| *seq);
        let its = in_flight.filter(|seq| self.entries.get(seq).is_some_and(is_its));
        // In the order of their publication, so that the dead are in it too.
        for seq in its.collect::<BTreeSet<_>>() {
            self.land(seq);
            self.again(seq, Duration::ZERO, RETURNED, now, now.time);
        }
    }

    /// Lets everything happen that is due.
    pub(crate) fn advance(&mut self, now: Moment) {
        while let Some(&(until, seq)) = self.held.first().filter(|(until, _)| *until <= now.at) {
            self.held.remove(&(until, seq));
            match self.entries.get(&seq).map(|entry| entry.place) {
                Some(Place::Delayed(_)) => {
                    if let Some(mut entry) = self.entries.remove(&seq) {
                        // Its place among the others is that of this moment, not of its publication.
                        self.last += 1;
                        entry.place = Place::Waiting;
                        self.enter(self.last, entry);
                    }
                }
                _ => self.wait(seq),
            }
        }
        while let Some(&(deadline, seq)) = self.in_flight.first().filter(|(until, _)| *until <= now.at) {
            self.land(seq);
            self.again(seq, Duration::ZERO, TIMED_OUT, now, now.time_at(deadline));
        }
    }

    /// Some dead letters.
    pub(crate) fn dead_page(&self, after: Option<&str>, limit: usize) -> Result<DeadPage> {
        self.dead.page(after, limit)
    }

    /// Sends dead letters back as new messages.
    pub(crate) fn redrive(&mut self, letters: Vec<(String, Option<Message>)>, now: Moment) -> u64 {
        let mut count = 0;
        for (id, form) in letters {
            if let Some(letter) = self.dead.take(&id) {
                self.add(Arc::new(form.unwrap_or(letter.message)), now);
                count += 1;
            }
        }
        count
    }

    /// Forgets dead letters.
    pub(crate) fn discard(&mut self, ids: &[String]) -> u64 {
        ids.iter().filter_map(|id| self.dead.take(id)).count() as u64
    }

    fn in_flight(&self, token: &Token) -> Result<u64, Error> {
        let token = token.0.parse::<u64>().ok();
        token.and_then(|token| self.deliveries.get(&token)).copied().ok_or_else(error::not_in_flight)
    }

    /// A message is in no consumer's hands any more.
    fn land(&mut self, seq: u64) {
        let Some(Entry { place: Place::InFlight { deadline, consumer, token }, .. }) = self.entries.get(&seq)
        else {
            return;
        };
        self.in_flight.remove(&(*deadline, seq));
        self.deliveries.remove(token);
        if let Some(count) = self.holding.get_mut(consumer) {
            *count -= 1;
            if *count == 0 {
                self.holding.remove(consumer);
            }
        }
    }

    /// A message that was delivered and not handled: again, or dead.
    fn again(&mut self, seq: u64, after: Duration, reason: &str, now: Moment, died_at: Timestamp) {
        let Some(entry) = self.entries.get_mut(&seq) else { return };
        if entry.attempts >= self.rules.max_attempts {
            return self.bury(seq, reason.to_string(), died_at);
        }
        if after.is_zero() {
            return self.wait(seq);
        }
        let until = now.after(after);
        entry.place = Place::Retrying(until);
        self.held.insert((until, seq));
    }

    fn bury(&mut self, seq: u64, reason: String, died_at: Timestamp) {
        let Some(entry) = self.remove(seq) else { return };
        if self.rules.keeps_dead {
            self.dead.add(Arc::unwrap_or_clone(entry.message), reason, entry.attempts, died_at);
        }
    }

    fn enter(&mut self, seq: u64, entry: Entry) {
        if let Some(key) = &entry.message.key {
            self.lines.join(key, seq);
        }
        self.entries.insert(seq, entry);
        self.wait(seq);
    }

    fn wait(&mut self, seq: u64) {
        if let Some(entry) = self.entries.get_mut(&seq) {
            entry.place = Place::Waiting;
        }
        if self.may_go(seq) {
            self.ready.insert(seq);
        }
    }

    /// Whether nothing but a consumer is missing.
    fn may_go(&self, seq: u64) -> bool {
        let Some(entry) = self.entries.get(&seq).filter(|entry| entry.place == Place::Waiting) else {
            return false;
        };
        match &entry.message.key {
            Some(key) if self.rules.key_order => self.lines.first(key) == Some(seq),
            _ => true,
        }
    }

    /// Takes a message out; the next one of its key may go.
    fn remove(&mut self, seq: u64) -> Option<Entry> {
        let entry = self.entries.remove(&seq)?;
        if let Some(key) = &entry.message.key {
            self.lines.leave(key, seq);
            if let Some(next) = self.lines.first(key).filter(|next| self.may_go(*next)) {
                self.ready.insert(next);
            }
        }
        Some(entry)
    }
}
