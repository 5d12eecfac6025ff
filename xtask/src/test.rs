//! `cargo xtask test`: from a machine with Rust and a C compiler to a verdict on everything.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;

use crate::cargo::{self, cargo};
use crate::command::{self, Failure, Outcome};
use crate::counts::Counts;
use crate::packages::PACKAGES;
use crate::report::{Report, Verdict};
use crate::{apt, docs, os, root, tidy};

pub(crate) const HELP: &str = "
Steps: packages (apt, where something is missing), formatting, tidy, clippy, tests (doc tests included), reference pages.
Every step runs, also after one that failed. The last line is `N passed, M failed`; a step that failed counts as one.

  --quick     neither packages nor clippy
  --require   a missing server, clippy or rustfmt is a failure (the same as CI=true)
";

/// The name of the step that runs tests.
pub(crate) const TESTS: &str = "tests";

/// Where a missing server makes a test fail. The conformance suites read it.
const REQUIRE: &str = "BEDPLATE_TEST_REQUIRE";

#[derive(Default)]
struct Options {
    quick: bool,
    require: bool,
}

/// Runs the command.
pub(crate) fn run(args: &[String]) -> Outcome {
    let mut options = Options { quick: false, require: std::env::var("CI").is_ok_and(|ci| ci == "true") };
    for arg in args {
        match arg.as_str() {
            "--quick" => options.quick = true,
            "--require" => options.require = true,
            other => return Err(command::unknown_argument("test", other)),
        }
    }
    let root = root::find()?;
    let mut report = Report::start();
    report.step("packages", || packages(&options));
    report.step("format", || component(&root, &options, "fmt", "rustfmt", &["fmt", "--all", "--check"]));
    report.step("tidy", || tidy::check(&root).into());
    report.step("clippy", || clippy(&root, &options));
    report.counted_step(TESTS, || tests(&root, &options));
    report.step("docs", || docs::check_built_with_tests(&root).into());
    println!("{}", report.summary());
    if report.is_green() { Ok(()) } else { Err(Failure::Reported) }
}

fn packages(options: &Options) -> Verdict {
    if options.quick {
        return Verdict::Skipped("--quick".into());
    }
    if !os::is_debian() {
        let needs: Vec<String> =
            PACKAGES.iter().map(|p| format!("  {:<16} for {}", p.name, p.says)).collect();
        println!("help: install these products in your system's own way:\n{}", needs.join("\n"));
        return Verdict::Skipped("no apt on this system".into());
    }
    let missing = apt::missing(PACKAGES);
    if missing.is_empty() {
        return Verdict::Passed;
    }
    match apt::install(&missing) {
        Ok(()) => Verdict::Passed,
        Err(why) if options.require => Verdict::Failed(why),
        Err(why) => Verdict::Skipped(why),
    }
}

fn clippy(root: &Path, options: &Options) -> Verdict {
    if options.quick {
        return Verdict::Skipped("--quick".into());
    }
    let args = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    component(root, options, "clippy", "clippy", &args)
}

fn component(root: &Path, options: &Options, subcommand: &str, component: &str, args: &[&str]) -> Verdict {
    if cargo::has(root, subcommand) {
        return cargo::run(cargo(root, args)).into();
    }
    let why = format!("{component} isn't installed: `rustup component add {component}`");
    if options.require { Verdict::Failed(why) } else { Verdict::Skipped(why) }
}

fn tests(root: &Path, options: &Options) -> (Verdict, Counts) {
    let mut command = cargo(root, &["test", "--workspace", "--all-features", "--no-fail-fast"]);
    if options.require {
        command.env(REQUIRE, "1");
    }
    let shown = cargo::shown(&command);
    let mut child = match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            return (Verdict::Failed(format!("`{shown}` can't be started: {error}")), Counts::default());
        }
    };
    let counts = child.stdout.take().map(|output| pass_on(output, std::io::stdout())).unwrap_or_default();
    let verdict = match child.wait() {
        Ok(_) if counts.failed > 0 => Verdict::Failed(format!("{} tests failed", counts.failed)),
        Ok(status) if !status.success() => Verdict::Failed(format!("`{shown}` ended with {status}")),
        Ok(_) if counts.passed == 0 => Verdict::Failed("no test ran".into()),
        Ok(_) => Verdict::Passed,
        Err(error) => Verdict::Failed(format!("`{shown}` was lost: {error}")),
    };
    (verdict, counts)
}

/// Shows the output of tests as it comes, and counts. Output that isn't UTF-8 is shown all the same.
fn pass_on(output: impl Read, mut shown: impl Write) -> Counts {
    let mut counts = Counts::default();
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // A closed terminal must not end the counting.
        let _ = shown.write_all(&line).and_then(|()| shown.flush());
        if let Some(sums) = Counts::read(&String::from_utf8_lossy(&line)) {
            counts += sums;
        }
        line.clear();
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_tests_is_shown_whole_and_counted() {
        let output =
            b"running 2 tests\n\xff\xfe\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
            test result: FAILED. 1 passed; 4 failed; 0 ignored; 0 measured";
        let mut shown = Vec::new();
        let counts = pass_on(&output[..], &mut shown);
        assert_eq!(counts, Counts { passed: 3, failed: 4, ignored: 1 });
        assert_eq!(shown, output);
    }

    #[test]
    fn a_missing_component_is_red_only_where_it_is_required() {
        let verdict = |require| {
            let options = Options { quick: false, require };
            component(Path::new("."), &options, "no-such-subcommand", "no-such-component", &[])
        };
        assert!(matches!(verdict(false), Verdict::Skipped(why) if why.contains("rustup component add")));
        assert!(matches!(verdict(true), Verdict::Failed(_)));
    }
}
