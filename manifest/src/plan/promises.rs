//! Promises that the manifest asks for and the engine doesn't keep: refused here, before anything starts.

use std::time::Duration;

use bedplate_core::setting::{format_duration, nearest};
use bedplate_core::{Capability, Engine, PromiseRow};

use super::choose::Chosen;
use super::engines::offering;
use super::planner::{Planner, Subject};
use crate::codes;
use crate::manifest::{BusNeed, Span, Value};
use crate::problem::Problem;
use crate::read::{names, shorten};

impl<'a> Planner<'a> {
    /// The promises that a need lists by name.
    pub(super) fn check_promises(
        &mut self,
        subject: Subject<'a>,
        chosen: &Chosen,
        promises: &[Value<String>],
    ) {
        for value in promises {
            if let Some(name) = self.get(value) {
                self.check_promise(subject, chosen, &name, value.span.clone(), "");
            }
        }
    }

    /// The promises that follow from how a service uses the bus.
    pub(super) fn check_bus_promises(
        &mut self,
        subject: Subject<'a>,
        chosen: &Chosen,
        need: &'a BusNeed,
        durable: bool,
    ) {
        if durable {
            let span = need.durable.as_ref().map_or(need.choice.span.clone(), |value| value.span.clone());
            let why = if need.durable.is_some() {
                ""
            } else {
                "; a bus is durable unless `durable = false` says otherwise"
            };
            self.check_promise(subject, chosen, "durable", span, why);
        }
        for subscribe in &need.subscribes {
            if let Some(value) = &subscribe.key_order
                && self.get(value) == Some(true)
            {
                self.check_promise(subject, chosen, "key-order", value.span.clone(), "");
            }
            if let Some(value) = &subscribe.broadcast
                && self.get(value) == Some(true)
            {
                self.check_promise(subject, chosen, "broadcast", value.span.clone(), "");
            }
            if let Some(value) = &subscribe.start
                && self.get(value).as_deref() == Some("earliest")
            {
                self.check_promise(subject, chosen, "replay", value.span.clone(), "");
            }
            if let Some(value) = &subscribe.delay
                && let Some(delay) = self.get(value)
                && self.check_promise(subject, chosen, "delay", value.span.clone(), "")
            {
                self.check_delay(chosen, delay, value.span.clone());
            }
        }
    }

    fn check_delay(&mut self, chosen: &Chosen, delay: Duration, span: Span) {
        let Some(limit) = max_delay(chosen.engine).filter(|limit| delay > *limit) else { return };
        let longer = offering(Capability::Bus)
            .filter(|other| {
                rows(other, Capability::Bus).iter().any(|row| row.name == "delay" && row.promise.is_kept())
            })
            .filter(|other| max_delay(other).is_none_or(|limit| delay <= limit));
        let message =
            format!("{} holds a message back for {} at most", chosen.engine.title, format_duration(limit));
        let help =
            format!("shorten the delay, or choose one of: {}", names(longer.map(|engine| engine.name)));
        self.problems.push(Problem::error(codes::BEYOND_LIMIT, message).at(span).with_help(help));
    }

    /// Reports a promise that doesn't exist or isn't kept; says whether it is.
    fn check_promise(
        &mut self,
        subject: Subject<'a>,
        chosen: &Chosen,
        name: &str,
        span: Span,
        why: &str,
    ) -> bool {
        let (engine, capability) = (chosen.engine, chosen.capability);
        let known = rows(engine, capability);
        let Some(row) = known.iter().find(|row| row.name == name) else {
            let message = format!("`{capability}` has no promise `{}`", shorten(name));
            let list = names(known.iter().map(|row| row.name));
            self.problems.push(Problem::error(codes::UNKNOWN_PROMISE, message).at(span).with_help(
                match nearest(name, known.iter().map(|row| row.name)) {
                    Some(near) => format!("did you mean `{near}`? there are: {list}"),
                    None => format!("there are: {list}"),
                },
            ));
            return false;
        };
        if row.promise.is_kept() {
            return true;
        }
        let keeping: Vec<&str> = offering(capability)
            .filter(|other| {
                rows(other, capability).iter().any(|row| row.name == name && row.promise.is_kept())
            })
            .map(|other| other.name)
            .collect();
        let message = format!(
            "{} doesn't promise `{name}` for `{capability}`, and `{}` asks for it{why}",
            engine.title, subject.service.name
        );
        let help = if keeping.is_empty() {
            "no engine promises it yet".to_string()
        } else {
            format!("these do: {}", names(keeping))
        };
        self.problems.push(
            Problem::error(codes::PROMISE_NOT_KEPT, message)
                .at(span)
                .with_label(row.doc)
                .with_related(chosen.span.clone(), format!("{} is chosen here", engine.title))
                .with_help(help),
        );
        false
    }
}

fn rows(engine: &Engine, capability: Capability) -> Vec<PromiseRow> {
    engine.promises(capability).map_or_else(Vec::new, |(_, rows)| rows)
}

fn max_delay(engine: &Engine) -> Option<Duration> {
    let limits = engine.limits(Capability::Bus)?;
    limits.iter().find(|row| row.name == "max-delay-seconds")?.limit.map(Duration::from_secs)
}
