//! How the work on several databases went, and what is said of it.

use serde_json::{Value, json};

use super::figures;
use super::work::INTERRUPTED;
use crate::exit::{Exit, Failure};
use crate::shell::{Shell, Tone, paint};

/// How the work on each service went.
pub(crate) struct Outcomes<T>(pub(crate) Vec<(String, Result<T, Failure>)>);

impl<T> Outcomes<T> {
    /// Notes how one went, and says at once where it went wrong.
    pub(crate) fn add(&mut self, service: &str, outcome: Result<T, Failure>, shell: &mut Shell) {
        if let Err(failure) = &outcome {
            let message = format!("{}: {}", service, failure.message);
            shell.fail(&Failure { exit: failure.exit, message, help: failure.help.clone() });
        }
        self.0.push((service.into(), outcome));
    }

    /// Whether there is reason to go on with the next service.
    pub(crate) fn go_on(&self) -> bool {
        let last = self.0.last().and_then(|(_, outcome)| outcome.as_ref().err());
        last.is_none_or(|failure| failure.message != INTERRUPTED)
    }

    /// Those that went well.
    pub(crate) fn good(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().filter_map(|(service, outcome)| Some((service.as_str(), outcome.as_ref().ok()?)))
    }

    /// How many went wrong.
    pub(crate) fn failed(&self) -> usize {
        self.0.iter().filter(|(_, outcome)| outcome.is_err()).count()
    }

    /// The exit code: the first failure's, or else this.
    pub(crate) fn exit(&self, otherwise: Exit) -> Exit {
        let failed = self.0.iter().find_map(|(_, outcome)| outcome.as_ref().err());
        failed.map_or(otherwise, |failure| failure.exit)
    }

    /// Says how many went wrong, where that isn't plain already.
    pub(crate) fn close(&self, shell: &mut Shell) {
        if self.failed() > 0 && self.0.len() > 1 {
            let (failed, all) = (self.failed(), self.0.len());
            shell.say(paint(
                Tone::Bad,
                format!("{failed} of {} failed", figures::count(all as u64, "service")),
            ));
        }
    }

    /// A JSON object for each service: what `describe` says of it, or its error.
    pub(crate) fn json(&self, describe: impl Fn(&T) -> Value) -> Vec<Value> {
        let one = |(service, outcome): &(String, Result<T, Failure>)| {
            let mut value = match outcome {
                Ok(done) => describe(done),
                Err(failure) => json!({ "error": failure.describe() }),
            };
            if let Some(object) = value.as_object_mut() {
                object.insert("service".into(), json!(service));
            }
            value
        };
        self.0.iter().map(one).collect()
    }
}
