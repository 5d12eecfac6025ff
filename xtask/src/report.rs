//! The steps of a test run: each with its time and its verdict, and a last line that says it all.

use std::time::{Duration, Instant};

use crate::counts::Counts;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Passed,
    /// Not done, and why.
    Skipped(String),
    /// Not in order, and why.
    Failed(String),
}

impl From<Result<(), String>> for Verdict {
    fn from(result: Result<(), String>) -> Verdict {
        match result {
            Ok(()) => Verdict::Passed,
            Err(why) => Verdict::Failed(why),
        }
    }
}

/// What happened so far.
pub(crate) struct Report {
    started: Instant,
    steps: Vec<(&'static str, Duration, Verdict)>,
    counts: Counts,
}

impl Report {
    /// An empty report whose clock runs.
    pub(crate) fn start() -> Report {
        Report { started: Instant::now(), steps: Vec::new(), counts: Counts::default() }
    }

    /// Does one step and prints how it ended.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Verdict) {
        println!("== {name}");
        let started = Instant::now();
        let verdict = work();
        self.add(name, started.elapsed(), verdict);
    }

    /// Does the step that runs tests, and adds what it counted.
    pub(crate) fn counted_step(&mut self, name: &'static str, work: impl FnOnce() -> (Verdict, Counts)) {
        println!("== {name}");
        let started = Instant::now();
        let (verdict, counts) = work();
        self.counts += counts;
        self.add(name, started.elapsed(), verdict);
    }

    fn add(&mut self, name: &'static str, took: Duration, verdict: Verdict) {
        println!("{}", line(name, took, &verdict));
        self.steps.push((name, took, verdict));
    }

    /// Whether no step failed.
    pub(crate) fn is_green(&self) -> bool {
        self.failed().is_empty()
    }

    fn failed(&self) -> Vec<&'static str> {
        self.steps
            .iter()
            .filter(|(_, _, verdict)| matches!(verdict, Verdict::Failed(_)))
            .map(|step| step.0)
            .collect()
    }

    /// The closing lines. The last one is `N passed, M failed`, alone, and M is 0 only where every step passed: a
    /// step that failed without a failing test of its own (formatting, a build) counts as one.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::from("\n== summary\n");
        for (name, took, verdict) in &self.steps {
            text += &line(name, *took, verdict);
            text.push('\n');
        }
        let failed = self.failed();
        let took = length(self.started.elapsed());
        let ignored = self.counts.ignored;
        text += &match failed.as_slice() {
            [] => format!("all passed in {took}, {ignored} ignored\n"),
            failed => format!("failed in {took}: {}, {ignored} ignored\n", failed.join(", ")),
        };
        let mut red = self.counts.failed;
        for name in failed {
            if name != crate::test::TESTS || self.counts.failed == 0 {
                red += 1;
            }
        }
        text + &format!("{} passed, {red} failed", self.counts.passed)
    }
}

fn line(name: &str, took: Duration, verdict: &Verdict) -> String {
    let verdict = match verdict {
        Verdict::Passed => "passed".to_string(),
        Verdict::Skipped(why) => format!("skipped: {why}"),
        Verdict::Failed(why) => format!("FAILED: {why}"),
    };
    format!("-- {name:<10} {:>8}  {verdict}", length(took))
}

/// A duration as people say it: `0.4 s`, `12 s`, `4m 12s`.
pub(crate) fn length(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_line(report: &Report) -> String {
        report.summary().lines().last().unwrap().to_string()
    }

    #[test]
    fn a_green_run_ends_with_its_counts_alone() {
        let mut report = Report::start();
        report.step("tidy", || Verdict::Passed);
        report.step("clippy", || Verdict::Skipped("--quick".into()));
        report.counted_step("tests", || (Verdict::Passed, Counts { passed: 41, failed: 0, ignored: 2 }));
        assert!(report.is_green());
        assert_eq!(last_line(&report), "41 passed, 0 failed");
        assert!(report.summary().contains("all passed in 0.0 s, 2 ignored"));
    }

    #[test]
    fn a_step_that_fails_is_never_zero_failed() {
        let mut report = Report::start();
        report.step("tidy", || Verdict::Failed("2 breaches".into()));
        report.counted_step("tests", || (Verdict::Passed, Counts { passed: 41, failed: 0, ignored: 0 }));
        assert!(!report.is_green());
        assert_eq!(last_line(&report), "41 passed, 1 failed");
    }

    #[test]
    fn a_test_run_that_does_not_compile_is_never_zero_failed() {
        let mut report = Report::start();
        report.counted_step("tests", || (Verdict::Failed("no build".into()), Counts::default()));
        assert_eq!(last_line(&report), "0 passed, 1 failed");
    }

    #[test]
    fn failing_tests_are_counted_once() {
        let mut report = Report::start();
        let counts = Counts { passed: 7, failed: 3, ignored: 0 };
        report.counted_step("tests", || (Verdict::Failed("red".into()), counts));
        assert_eq!(last_line(&report), "7 passed, 3 failed");
        assert!(report.summary().contains("failed in 0.0 s: tests"));
    }

    #[test]
    fn lengths_read_well() {
        assert_eq!(length(Duration::from_millis(440)), "0.4 s");
        assert_eq!(length(Duration::from_secs(59)), "59 s");
        assert_eq!(length(Duration::from_secs(252)), "4m 12s");
    }
}
