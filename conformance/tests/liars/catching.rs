//! How a liar is caught: its cases are run, all at once, and what fails is looked at.

use bedplate_conformance::run::{Finding, Job, jobs};
use bedplate_conformance::{Case, Contract, Target, When};
use bedplate_core::PromiseRow;
use futures_util::future::join_all;

/// Runs the cases that are picked and returns what was found.
pub(crate) async fn found(target: &Target, pick: impl Fn(&Job) -> bool) -> Vec<Finding> {
    let jobs = jobs(target, None).await.unwrap();
    join_all(jobs.iter().filter(|job| pick(job)).map(Job::run)).await
}

/// Why the suite doesn't catch a lie about a promise: `None` where it does, by a case that the promise has picked.
pub(crate) async fn uncaught_promise(
    target: &Target,
    promise: &'static str,
    is_declared: bool,
) -> Option<String> {
    let when = if is_declared { When::Kept(promise) } else { When::Refused(promise) };
    let findings = found(target, |job| job.when == when).await;
    let is_caught = |finding: &Finding| {
        finding.failure.is_some() && finding.promise == Some(promise) && finding.declared == is_declared
    };
    (!findings.iter().any(is_caught))
        .then(|| format!("{promise}: {} cases have found nothing", findings.len()))
}

/// Why the suite doesn't catch a lie about what is always promised: `None` where this case does.
pub(crate) async fn uncaught_case(target: &Target, case: &'static str) -> Option<String> {
    let findings = found(target, |job| job.case == case).await;
    match findings.as_slice() {
        [finding] if finding.failure.is_some() => None,
        [_] => Some(format!("{case}: has found nothing")),
        _ => Some(format!("{case}: there is no such case")),
    }
}

/// Checks that no case fails.
pub(crate) async fn assert_honest(target: &Target) {
    let failed: Vec<_> =
        found(target, |_| true).await.into_iter().filter(|finding| finding.failure.is_some()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Checks that every promise has a case for either side, and that a case's name is its own.
pub(crate) fn assert_two_sided<H: Contract>(promises: Vec<PromiseRow>) {
    let has = |when: When| H::CASES.iter().any(|case: &Case<H>| case.when == when);
    for promise in promises {
        assert!(has(When::Kept(promise.name)), "`{}` has no case where it is kept", promise.name);
        assert!(has(When::Refused(promise.name)), "`{}` has no case where it is refused", promise.name);
    }
    let mut names: Vec<_> = H::CASES.iter().map(|case| case.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two cases have one name");
}
