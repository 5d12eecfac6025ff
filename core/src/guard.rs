//! The guard: timeout, retry, trace and metric around every engine call, once for all capabilities.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};

/// How long a call may take and how often a safe one is tried.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct GuardOptions {
    /// The longest that one call may take.
    pub timeout: Duration,
    /// How often a call that is safe to repeat is tried in all.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each further one.
    pub backoff: Duration,
    /// From when on a call is told of as slow; `None` for never.
    pub slow: Option<Duration>,
}

impl Default for GuardOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), attempts: 3, backoff: Duration::from_millis(20), slow: None }
    }
}

impl GuardOptions {
    /// The longest that one call may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The wait before the second attempt; it doubles with each further one.
    #[must_use]
    pub fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff;
        self
    }

    /// From when on a call is told of as slow, with a warning and a count; zero for never.
    #[must_use]
    pub fn slow(mut self, slow: Duration) -> Self {
        self.slow = Some(slow).filter(|slow| !slow.is_zero());
        self
    }

    /// How often a call that is safe to repeat is tried in all; 1 turns retries off.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }
}

/// Watches over every call of one handle to its engine.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    engine: &'static str,
    options: GuardOptions,
}

impl Guard {
    /// A guard over the calls to one engine.
    pub fn new(engine: &'static str, options: GuardOptions) -> Self {
        Self { engine, options }
    }

    /// The engine whose calls it watches.
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    /// The same guard with another timeout.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { options: self.options.timeout(timeout), ..self }
    }

    /// Runs a call once. `op` is `capability.verb`; `subject` says what it is about and is computed only for an error.
    pub async fn once<T>(
        &self,
        op: &'static str,
        subject: impl FnOnce() -> String,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.waiting(op, Duration::ZERO, subject, call).await
    }

    /// Runs a call that waits by design, for at most `wait` more than other calls.
    pub async fn waiting<T>(
        &self,
        op: &'static str,
        wait: Duration,
        subject: impl FnOnce() -> String,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (result, took) = self.attempt(op, self.options.timeout.saturating_add(wait), call).await;
        let slow = self.is_slow(took.saturating_sub(wait));
        if !slow && result.is_ok() {
            return result;
        }
        let subject = subject();
        if slow {
            self.tell_slow(op, &subject, took);
        }
        result.map_err(|error| error.with_subject(subject))
    }

    fn is_slow(&self, took: Duration) -> bool {
        self.options.slow.is_some_and(|slow| took >= slow)
    }

    /// Tells of a slow call. Its subject never holds values.
    fn tell_slow(&self, op: &'static str, subject: &str, took: Duration) {
        metrics::counter!("bedplate_slow_calls_total", "engine" => self.engine, "op" => op).increment(1);
        let elapsed_ms = took.as_millis() as u64;
        tracing::warn!(engine = self.engine, op, subject, elapsed_ms, "slow call");
    }

    /// Runs a call that is safe to repeat, again after a failure that may pass.
    pub async fn repeat<T, F>(
        &self,
        op: &'static str,
        subject: impl FnOnce() -> String,
        mut call: impl FnMut() -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let mut wait = self.options.backoff;
        let mut attempt = 1;
        loop {
            let (result, took) = self.attempt(op, self.options.timeout, call()).await;
            match result {
                Err(error) if attempt < self.options.attempts && error.kind() == ErrorKind::Unavailable => {
                    tracing::debug!(engine = self.engine, op, attempt, %error, "trying again");
                    tokio::time::sleep(wait).await;
                    wait = wait.saturating_mul(2);
                    attempt += 1;
                }
                result => {
                    let subject = subject();
                    if self.is_slow(took) {
                        self.tell_slow(op, &subject, took);
                    }
                    return result.map_err(|error| error.with_subject(subject));
                }
            }
        }
    }

    async fn attempt<T>(
        &self,
        op: &'static str,
        timeout: Duration,
        call: impl Future<Output = Result<T>>,
    ) -> (Result<T>, Duration) {
        let started = Instant::now();
        let result = match tokio::time::timeout(timeout, call).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(ErrorKind::TimedOut, format!("no answer within {timeout:?}"))),
        };
        let took = started.elapsed();
        let outcome = result.as_ref().err().map_or("ok", |error| error.kind().as_str());
        metrics::histogram!("bedplate_call_seconds", "engine" => self.engine, "op" => op, "outcome" => outcome)
            .record(took);
        tracing::trace!(engine = self.engine, op, outcome, elapsed_us = took.as_micros() as u64, "call");
        (result.map_err(|error| error.at(self.engine, op)), took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn guard() -> Guard {
        Guard::new("test", GuardOptions::default().timeout(Duration::from_millis(50)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_times_out_and_says_where() {
        let error = guard()
            .once("sql.query", || "select 1".into(), std::future::pending::<Result<()>>())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "test sql.query `select 1` failed: no answer within 50ms");
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_and_no_more_than_allowed() {
        for (kind, expected) in
            [(ErrorKind::Unavailable, 3), (ErrorKind::Conflict, 1), (ErrorKind::TimedOut, 1)]
        {
            let calls = AtomicU32::new(0);
            let result: Result<()> = guard()
                .repeat("cache.get", String::new, || async {
                    calls.fetch_add(1, Ordering::Relaxed);
                    Err(Error::new(kind, "no"))
                })
                .await;
            assert!(result.is_err());
            assert_eq!(calls.load(Ordering::Relaxed), expected, "{kind}");
        }
    }

    #[test]
    fn another_timeout_leaves_everything_else() {
        let options = GuardOptions::default().attempts(7).slow(Duration::from_secs(1));
        let longer = Guard::new("test", options).with_timeout(Duration::from_secs(99)).options;
        assert_eq!((longer.timeout, longer.attempts), (Duration::from_secs(99), 7));
        assert_eq!((longer.slow, longer.backoff), (options.slow, options.backoff));
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_slow_call_is_told_of() {
        let guard = Guard::new("test", GuardOptions::default().slow(Duration::from_millis(20)));
        for (took, expected) in [(19, 0), (20, 1)] {
            let named = AtomicU32::new(0);
            let subject = || {
                named.fetch_add(1, Ordering::Relaxed);
                String::new()
            };
            let call = async {
                // waits: on a paused clock; how long it took is what the guard judges.
                tokio::time::sleep(Duration::from_millis(took)).await;
                Ok(())
            };
            guard.once("sql.query", subject, call).await.unwrap();
            assert_eq!(named.load(Ordering::Relaxed), expected, "{took} ms");
        }
        assert!(GuardOptions::default().slow(Duration::ZERO).slow.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_made_once_where_repeating_is_not_safe() {
        let calls = AtomicU32::new(0);
        let call = async {
            calls.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Error::new(ErrorKind::Unavailable, "no"))
        };
        assert!(guard().once("bus.publish", String::new, call).await.is_err());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
