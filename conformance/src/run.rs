//! Runs suites against a target and reports what was found.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bedplate_core::{Capability, Result};
use futures_util::StreamExt;
use serde::Serialize;

use crate::bus::Bus;
use crate::cache::Cache;
use crate::case::{Case, Contract, Failure, Subject, Verdict, When};
use crate::fresh;
use crate::objects::Objects;
use crate::sql::Sql;
use crate::target::Target;

/// The longest that one step of a case may take.
const CASE_TIMEOUT: Duration = Duration::from_secs(60);

/// How many cases run at the same time. Many of them wait for a time to pass; none of them sees another.
pub const AT_ONCE: usize = 8;

/// What was found out about one promise.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// The contract.
    pub capability: &'static str,
    /// The case.
    pub case: &'static str,
    /// The feature by which it was picked, where it was.
    pub promise: Option<&'static str>,
    /// `true` where the feature is declared, `false` where it is shown to be refused.
    pub declared: bool,
    /// Why the promise isn't kept; `None` where it is.
    pub failure: Option<String>,
    /// Why the case wasn't run; `None` where it was.
    pub left_out: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// A case with everything that it needs to be run.
pub struct Job {
    /// The contract.
    pub capability: Capability,
    /// The case.
    pub case: &'static str,
    /// When it applies.
    pub when: When,
    /// Why it can't be run here; `None` where it can.
    pub left_out: Option<String>,
    run: Arc<dyn Fn() -> bedplate_core::BoxFuture<Verdict> + Send + Sync>,
}

impl Job {
    /// Runs it in a namespace of its own, which is cleaned up afterwards, however the case ends.
    pub async fn run(&self) -> Finding {
        let started = Instant::now();
        let failure = match &self.left_out {
            None => (self.run)().await.err().map(|failure| failure.to_string()),
            Some(_) => None,
        };
        let (promise, declared) = match self.when {
            When::Always | When::Apart => (None, true),
            When::Kept(name) => (Some(name), true),
            When::Refused(name) => (Some(name), false),
        };
        let elapsed_ms = started.elapsed().as_millis() as u64;
        Finding {
            capability: self.capability.as_str(),
            case: self.case,
            promise,
            declared,
            failure,
            left_out: self.left_out.clone(),
            elapsed_ms,
        }
    }
}

/// Every case that applies to a target, of one capability or of all. Opens each capability once to see what it declares.
pub async fn jobs(target: &Target, only: Option<Capability>) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    collect::<Sql>(target, only, &mut jobs).await?;
    collect::<Cache>(target, only, &mut jobs).await?;
    collect::<Bus>(target, only, &mut jobs).await?;
    collect::<Objects>(target, only, &mut jobs).await?;
    Ok(jobs)
}

/// Runs every case that applies, a few at a time, and tells `progress` of each as it ends. The findings are in the suite's order.
pub async fn run(
    target: &Target,
    only: Option<Capability>,
    mut progress: impl FnMut(&Finding),
) -> Result<Vec<Finding>> {
    let jobs = jobs(target, only).await?;
    let numbered = jobs.iter().enumerate().map(|(at, job)| async move { (at, job.run().await) });
    let mut running = futures_util::stream::iter(numbered).buffer_unordered(AT_ONCE);
    let mut findings = Vec::with_capacity(jobs.len());
    while let Some((at, finding)) = running.next().await {
        progress(&finding);
        findings.push((at, finding));
    }
    findings.sort_by_key(|(at, _)| *at);
    Ok(findings.into_iter().map(|(_, finding)| finding).collect())
}

async fn collect<H: Contract>(target: &Target, only: Option<Capability>, jobs: &mut Vec<Job>) -> Result<()> {
    let Some(open) = H::opener(target).filter(|_| only.is_none_or(|only| only == H::CAPABILITY)) else {
        return Ok(());
    };
    let promises = open().await?.promises();
    let applying: Vec<_> = H::CASES.iter().filter(|case| case.when.applies(&promises)).collect();
    let has_apart = applying.iter().any(|case| case.when == When::Apart);
    let alone = if has_apart { fresh::missing(target.fresh.as_ref()).await? } else { None };
    jobs.extend(applying.into_iter().map(|case| Job {
        left_out: alone.clone().filter(|_| case.when == When::Apart),
        ..job(target, case)
    }));
    Ok(())
}

/// A case as a job, whether or not it applies.
pub(crate) fn job<H: Contract>(target: &Target, case: &'static Case<H>) -> Job {
    let target = target.clone();
    let run = move || -> bedplate_core::BoxFuture<Verdict> {
        let (open, make) = (H::opener(&target), target.fresh.clone());
        Box::pin(async move {
            let open = open.ok_or_else(|| Failure("the engine has no such capability".into()))?;
            let namespace = format!("cf{}", &uuid::Uuid::new_v4().simple().to_string()[..10]);
            let opening = open();
            let handle = apart(async move { opening.await.map_err(Failure::from) }, "opening").await?;
            let made = Mutex::default();
            let subject = Arc::new(Subject { handle, namespace, open, make, made });
            let verdict = apart((case.run)(subject.clone()), "the case").await;
            let cleaning = async move { H::clean(&subject).await.map_err(Failure::from) };
            verdict.and(apart(cleaning, "cleaning up").await)
        })
    };
    Job { capability: H::CAPABILITY, case: case.name, when: case.when, left_out: None, run: Arc::new(run) }
}

/// Runs a step as a task of its own, so that a panic or a hang of the engine is a finding too.
async fn apart<T: Send + 'static>(
    step: impl Future<Output = std::result::Result<T, Failure>> + Send + 'static,
    what: &str,
) -> std::result::Result<T, Failure> {
    let task = tokio::spawn(step);
    let stop = task.abort_handle();
    match tokio::time::timeout(CASE_TIMEOUT, task).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Failure(format!("{what} panicked: {panic}"))),
        Err(_) => {
            stop.abort();
            Err(Failure(format!("{what} did not end within {} s", CASE_TIMEOUT.as_secs())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_the_engine_is_a_finding() {
        let result = apart::<()>(async { panic!("the engine lost its head") }, "opening").await;
        let why = result.unwrap_err().to_string();
        assert!(why.starts_with("opening panicked: ") && why.contains("lost its head"), "{why}");
    }
}
