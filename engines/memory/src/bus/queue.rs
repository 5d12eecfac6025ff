//! A queue: one group's backlog behind a lock, with a clock and the waking of those who wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bedplate_core::Result;
use bedplate_core::bus::{Message, Received};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::backlog::Backlogged;
use super::moment::Moment;
use super::room::Room;
use super::rules::Rules;
use crate::error;

/// Tokens are numbered across all queues, so that one of another queue is never taken for one's own.
static LAST_TOKEN: AtomicU64 = AtomicU64::new(0);

/// Why a queue is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its group was removed.
    Removed,
    /// The bus was closed.
    Closed,
}

/// One group's queue, or one listener's.
#[derive(Debug)]
pub(crate) struct Queue {
    name: String,
    room: Arc<Room>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    backlog: Backlogged,
    end: Option<End>,
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(name: String, rules: Rules, room: Arc<Room>) -> Self {
        let state = Mutex::new(State { backlog: Backlogged::new(rules), end: None });
        Self { name, room, state, changed: Notify::new() }
    }

    /// Does something to the backlog at this moment, gives back the room that it no longer needs, and wakes those who wait.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Backlogged, Moment) -> Result<T>) -> Result<T> {
        let result = {
            let mut state = self.lock();
            self.check(&state)?;
            let now = self.advance(&mut state);
            let before = state.backlog.len();
            let result = act(&mut state.backlog, now);
            self.room.give_back(before.saturating_sub(state.backlog.len()));
            result
        };
        self.changed.notify_waiters();
        result
    }

    /// Adds a message for which room was taken. Nothing happens where the queue has ended.
    pub(crate) fn add(&self, message: &Arc<Message>) {
        let added = self.with(|backlog, now| {
            backlog.add(message.clone(), now);
            Ok(())
        });
        if added.is_err() {
            self.room.give_back(1);
        }
    }

    /// Waits for messages. Nothing is taken before the last await, so that a call that is dropped loses nothing.
    pub(crate) async fn receive(
        &self,
        consumer: u64,
        has_ended: &AtomicBool,
        (max, prefetch): (usize, usize),
        wait: Duration,
    ) -> Result<Vec<Received>> {
        // A consumer that always finds something would otherwise never let another task of its thread go on.
        tokio::task::coop::consume_budget().await;
        let end = Moment::now().after(wait);
        loop {
            // Before the look, so that a change after it is not missed.
            let changed = self.changed.notified();
            let (taken, due) = self.take(consumer, has_ended, max, prefetch)?;
            if !taken.is_empty() || Instant::now() >= end {
                return Ok(taken);
            }
            let until = due.map_or(end, |due| due.min(end));
            // Either has happened: there is a change, or something is due.
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }

    fn take(
        &self,
        consumer: u64,
        has_ended: &AtomicBool,
        max: usize,
        prefetch: usize,
    ) -> Result<(Vec<Received>, Option<Instant>)> {
        let mut state = self.lock();
        // Under the lock: an end comes before this and gave everything back, or after it and gives this back too.
        if has_ended.load(Ordering::Acquire) {
            return Err(error::closed("subscriber"));
        }
        self.check(&state)?;
        let now = self.advance(&mut state);
        let max = max.max(1).min(state.backlog.allowance(consumer, prefetch.max(1)));
        let next_token = || LAST_TOKEN.fetch_add(1, Ordering::Relaxed) + 1;
        let taken = state.backlog.take(consumer, max, now, next_token);
        // Nobody is told of the deadlines of what was taken: it was ready, so whoever waits has been woken for it and looks after this.
        Ok((taken, state.backlog.next_due()))
    }

    /// Ends: everything in it is gone, and whoever waits is told why.
    pub(crate) fn end(&self, why: End) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.end = Some(why);
            self.room.give_back(state.backlog.len());
            state.backlog = Backlogged::new(state.backlog.rules());
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Lets happen what is due, and gives back the room of a listener's dead.
    fn advance(&self, state: &mut State) -> Moment {
        let (before, now) = (state.backlog.len(), Moment::now());
        state.backlog.advance(now);
        self.room.give_back(before.saturating_sub(state.backlog.len()));
        now
    }

    fn check(&self, state: &State) -> Result<()> {
        match state.end {
            None => Ok(()),
            Some(End::Removed) => Err(error::no_group(&self.name)),
            Some(End::Closed) => Err(error::closed("bus")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic left behind is whole: no step of the backlog can panic between two of its parts.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
