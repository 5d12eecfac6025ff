//! Nothing is left behind, however the program that started a server ends.
//!
//! The servers here are small shell scripts, so that they can be stubborn, slow, noisy or short-lived at will. Each way to
//! end is tried on a program of its own: this test program, started again with a role.

// A test with a harness of its own isn't compiled as a test, so `clippy.toml` doesn't see that it is one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ends;
mod role;
mod shells;
mod starts;
mod witness;

use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

/// The way in which the started program is to end.
const ROLE: &str = "BEDPLATE_SUPERVISOR_TEST_ROLE";

fn main() {
    if let Ok(name) = std::env::var(ROLE) {
        return role::play(&name);
    }
    let arguments = Arguments::from_args();
    let trials: Vec<Trial> = ends::TRIALS.iter().chain(starts::TRIALS).map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test's name and what it does.
type Case = (&'static str, fn());

fn trial((name, run): &Case) -> Trial {
    let run = *run;
    Trial::test(*name, move || {
        run();
        Ok(())
    })
}

/// Runs a future to its end, with a limit.
fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let limited = async { tokio::time::timeout(Duration::from_secs(60), future).await };
    runtime.block_on(limited).expect("the test took longer than a minute")
}
