//! Runs an engine's suites as its tests, on a server that it starts itself.

use std::process::ExitCode;
use std::sync::Arc;

use bedplate_core::{Address, Driver, Result};
use bedplate_supervisor::{LocalServer, StartOptions};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use crate::run::{AT_ONCE, Job, jobs};
use crate::target::{Target, fresh_place};

/// Set to `1`, this makes a missing server a failure. CI sets it.
pub const REQUIRE: &str = "BEDPLATE_TEST_REQUIRE";

/// The tests of one engine: `fn main() -> ExitCode { bedplate_conformance::harness::main(DRIVER) }`.
///
/// `BEDPLATE_TEST_<ENGINE>_URL` names a server to test instead of one that is started. A server that can't be found is one ignored test
/// that says why, and a failed one where [`REQUIRE`] is set.
pub fn main(driver: Driver) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let name = driver.engine.name;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => Arc::new(runtime),
        Err(error) => {
            return finish(&arguments, vec![failing(format!("{name}::runtime"), error.to_string())]);
        }
    };
    let place = match Place::find(&driver) {
        Ok(place) => place,
        Err(reason) if is_required() => {
            return finish(&arguments, vec![failing(format!("{name}::server"), reason)]);
        }
        Err(reason) => {
            let ignored = Trial::test(format!("{name}::all ({reason})"), || Ok(())).with_ignored_flag(true);
            return finish(&arguments, vec![ignored]);
        }
    };
    let started = runtime.block_on(place.start(&driver));
    let (target, started) = match started {
        Ok((address, started)) => (Target::of(&driver, &address), started),
        Err(error) => {
            return finish(&arguments, vec![failing(format!("{name}::start"), format!("{error:?}"))]);
        }
    };
    let trials = match runtime.block_on(jobs(&target, None)) {
        Ok(jobs) => jobs.into_iter().map(|job| trial(&runtime, name, job)).collect(),
        Err(error) => vec![failing(format!("{name}::open"), format!("{error:?}"))],
    };
    let code = finish(&arguments, trials);
    runtime.block_on(started.stop());
    code
}

fn is_required() -> bool {
    std::env::var(REQUIRE).is_ok_and(|value| value == "1")
}

fn finish(arguments: &Arguments, trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(arguments, trials).exit_code()
}

fn failing(name: String, why: String) -> Trial {
    Trial::test(name, move || Err(Failed::from(why)))
}

fn trial(runtime: &Arc<Runtime>, engine: &str, job: Job) -> Trial {
    let runtime = runtime.clone();
    let name = format!("{engine}::{}::{}", job.capability, job.case);
    if let Some(reason) = &job.left_out {
        return match is_required() {
            true => failing(name, reason.clone()),
            false => Trial::test(format!("{name} ({reason})"), || Ok(())).with_ignored_flag(true),
        };
    }
    Trial::test(name, move || match runtime.block_on(job.run()).failure {
        None => Ok(()),
        Some(why) => Err(Failed::from(why)),
    })
}

/// Where the engine is tested.
enum Place {
    /// At the URL that this variable of the environment names.
    Given(String, String),
    /// Inside this process, in a folder of its own where it keeps anything.
    Inside,
    /// On a server that is started for it.
    Server(&'static bedplate_core::Server),
}

/// What must end with the tests.
struct Started {
    folder: Option<tempfile::TempDir>,
    server: Option<LocalServer>,
}

impl Started {
    async fn stop(self) {
        if let Some(server) = self.server {
            // The tests have ended: whether it stops in time or is killed makes no difference to them.
            let _ = server.stop().await;
        }
        drop(self.folder);
    }
}

impl Place {
    fn find(driver: &Driver) -> std::result::Result<Self, String> {
        let variable = format!("BEDPLATE_TEST_{}_URL", driver.engine.name.to_uppercase().replace('-', "_"));
        if let Ok(url) = std::env::var(&variable) {
            return Ok(Self::Given(variable, url));
        }
        match driver.server {
            None => Ok(Self::Inside),
            Some(server) => match bedplate_supervisor::find(server) {
                Ok(_) => Ok(Self::Server(server)),
                Err(missing) => Err(missing.to_string()),
            },
        }
    }

    async fn start(self, driver: &Driver) -> Result<(Address, Started)> {
        let nothing = |folder| Started { folder, server: None };
        match self {
            Self::Given(variable, url) => {
                let address = Address::parse(&url).map_err(|error| error.with_subject(variable))?;
                Ok((address, nothing(None)))
            }
            Self::Inside => fresh_place(driver).map(|(address, folder)| (address, nothing(folder))),
            Self::Server(server) => {
                let called = *driver;
                let ready =
                    move |address: Address| async move { answers(&Target::of(&called, &address)).await };
                let server =
                    LocalServer::start(server, driver.engine.name, StartOptions::default(), ready).await?;
                Ok((server.address().clone(), Started { folder: None, server: Some(server) }))
            }
        }
    }
}

/// Whether what a target offers answers a round trip.
async fn answers(target: &Target) -> Result<()> {
    if let Some(open) = &target.sql {
        return open().await?.ping().await;
    }
    if let Some(open) = &target.cache {
        return open().await?.ping().await;
    }
    if let Some(open) = &target.bus {
        return open().await?.ping().await;
    }
    if let Some(open) = &target.objects {
        return open().await?.ping().await;
    }
    Ok(())
}
