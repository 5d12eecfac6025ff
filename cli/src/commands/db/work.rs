//! Runs the work on databases: on a runtime, watched, and ended cleanly when the person interrupts it.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bedplate_backup::Step;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::figures;
use crate::exit::{Exit, Failure};
use crate::shell::{Shell, Tone, paint};

/// Between two looks at how far something has come.
const LOOK: Duration = Duration::from_millis(100);

/// Why the work ended when the person interrupted it.
const INTERRUPTED: &str = "interrupted";

/// A runtime for one command.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let made = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    made.map_err(|error| Failure::new(format!("the runtime could not start: {error}")))
}

/// How far the work has come, as words.
#[derive(Debug, Default)]
pub(super) struct Words(Mutex<String>);

impl Words {
    /// Replaces them.
    pub(super) fn set(&self, words: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words.into();
    }

    /// Replaces them by where a backup or a restore stands.
    pub(super) fn step(&self, service: &str, step: Step) {
        let (doing, done, total) = match step {
            Step::Copy(done) => {
                return self.set(format!("{service}: copying, {} so far", figures::bytes(done)));
            }
            Step::Count => return self.set(format!("{service}: counting rows")),
            Step::Store(done, total) => ("compressing", done, total),
            Step::Fetch(done, total) => ("reading", done, total),
            Step::Restore(done, total) => ("restoring", done, total),
        };
        let percent = (done.min(total) * 100).checked_div(total).unwrap_or(100);
        let (done, total) = (figures::bytes(done), figures::bytes(total));
        self.set(format!("{service}: {doing}, {done} of {total} ({percent} %)"));
    }

    fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Waits for the work and shows its words meanwhile. When it is interrupted it is dropped, so that it can clear up behind itself.
pub(super) async fn watched<T>(
    shell: &mut Shell,
    words: &Words,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    // One listener from the first moment to the last: what comes between two would be lost.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut look = tokio::time::interval(LOOK);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            _ = &mut interrupted => break Err(Failure::new(INTERRUPTED)),
            _ = look.tick() => shell.progress(&words.get()),
        }
    };
    shell.progress("");
    done
}

/// How the work on each service went.
pub(super) struct Outcomes<T>(pub(super) Vec<(String, Result<T, Failure>)>);

impl<T> Outcomes<T> {
    /// Notes how one went, and says at once where it went wrong.
    pub(super) fn add(&mut self, service: &str, outcome: Result<T, Failure>, shell: &mut Shell) {
        if let Err(failure) = &outcome {
            let message = format!("{}: {}", service, failure.message);
            shell.fail(&Failure { exit: failure.exit, message, help: failure.help.clone() });
        }
        self.0.push((service.into(), outcome));
    }

    /// Whether there is reason to go on with the next service.
    pub(super) fn go_on(&self) -> bool {
        let last = self.0.last().and_then(|(_, outcome)| outcome.as_ref().err());
        last.is_none_or(|failure| failure.message != INTERRUPTED)
    }

    /// Those that went well.
    pub(super) fn good(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().filter_map(|(service, outcome)| Some((service.as_str(), outcome.as_ref().ok()?)))
    }

    /// How many went wrong.
    pub(super) fn failed(&self) -> usize {
        self.0.iter().filter(|(_, outcome)| outcome.is_err()).count()
    }

    /// The exit code: the first failure's, or else this.
    pub(super) fn exit(&self, otherwise: Exit) -> Exit {
        let failed = self.0.iter().find_map(|(_, outcome)| outcome.as_ref().err());
        failed.map_or(otherwise, |failure| failure.exit)
    }

    /// Says how many went wrong, where that isn't plain already.
    pub(super) fn close(&self, shell: &mut Shell) {
        if self.failed() > 0 && self.0.len() > 1 {
            let (failed, all) = (self.failed(), self.0.len());
            shell.say(paint(
                Tone::Bad,
                format!("{failed} of {} failed", figures::count(all as u64, "service")),
            ));
        }
    }

    /// A JSON object for each service: what `describe` says of it, or its error.
    pub(super) fn json(&self, describe: impl Fn(&T) -> Value) -> Vec<Value> {
        let one = |(service, outcome): &(String, Result<T, Failure>)| {
            let mut value = match outcome {
                Ok(done) => describe(done),
                Err(failure) => json!({ "error": { "message": failure.message, "help": failure.help } }),
            };
            if let Some(object) = value.as_object_mut() {
                object.insert("service".into(), json!(service));
            }
            value
        };
        self.0.iter().map(one).collect()
    }
}
