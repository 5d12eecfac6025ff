//! The guard: a shell process that stops a server's processes when this program ends in whatever way.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use bedplate_core::server::{Signal, Stop};
use bedplate_core::{Error, ErrorKind, Result};

use crate::ports::no_fork;

const SCRIPT: &str = include_str!("guard.sh");

/// One server's guard. It acts when the pipe to it closes, unless it was released before.
#[derive(Debug)]
pub(crate) struct Guard {
    // Opened with CLOEXEC by the standard library: no child of ours can keep the pipe open after our end.
    pipe: Mutex<Option<ChildStdin>>,
    child: Mutex<Child>,
}

impl Guard {
    /// Starts a guard that will remove `temporary` after the processes. It holds `lock` for as long as it lives.
    pub(crate) fn start(
        name: &str,
        stop: Stop,
        temporary: Option<&Path>,
        lock: Option<File>,
    ) -> Result<Self> {
        let tenths = stop.grace.as_millis().div_ceil(100);
        let _alone = no_fork();
        let mut child = Command::new("/bin/sh")
            .args([
                "-c",
                SCRIPT,
                &format!("bedplate-guard-{name}"),
                signal_name(stop.signal),
                &tenths.to_string(),
            ])
            .arg(temporary.unwrap_or(Path::new("")))
            .env_clear()
            .env("PATH", crate::process::PATH)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(lock.map_or_else(Stdio::null, Stdio::from))
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                Error::new(ErrorKind::Unavailable, "`/bin/sh` did not start").with_source(error)
            })?;
        Ok(Self { pipe: Mutex::new(child.stdin.take()), child: Mutex::new(child) })
    }

    /// Takes a group under guard.
    pub(crate) fn add(&self, group: i32) -> Result<()> {
        self.tell(&format!("add {group}\n")).map_err(|error| {
            Error::new(ErrorKind::Internal, "the guard of this server has ended").with_source(error)
        })
    }

    /// Makes the guard forget a group, before its number can belong to anyone else.
    pub(crate) fn forget(&self, group: i32) {
        // A guard that has ended already has nothing to forget.
        let _ = self.tell(&format!("forget {group}\n"));
    }

    /// Ends the guard: everything was stopped and removed.
    pub(crate) fn release(&self) {
        let _ = self.tell("done\n");
        drop(self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }

    fn tell(&self, line: &str) -> std::io::Result<()> {
        match self.pipe.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // One write of less than PIPE_BUF bytes: our death can't cut a line in two.
            Some(pipe) => pipe.write_all(line.as_bytes()),
            None => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }
}

fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Term => "TERM",
        Signal::Int => "INT",
        Signal::Kill => "KILL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// A process in a group of its own; killed at the end of the test, however that ends.
    struct Sleeper(Child);

    impl Sleeper {
        fn start() -> Self {
            Self(Command::new("sleep").arg("1000").process_group(0).stdout(Stdio::null()).spawn().unwrap())
        }

        fn group(&self) -> i32 {
            i32::try_from(self.0.id()).unwrap()
        }

        fn lives(&mut self) -> bool {
            self.0.try_wait().unwrap().is_none()
        }

        /// Waits for its end, with a limit, and collects it: to the guard it is alive until then.
        fn ends(&mut self) -> bool {
            let limit = Instant::now() + Duration::from_secs(10);
            while self.lives() && Instant::now() < limit {
                std::thread::yield_now();
            }
            !self.lives()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn guard() -> Guard {
        let stop = Stop { signal: Signal::Term, grace: Duration::from_secs(5) };
        Guard::start("test", stop, None, None).unwrap()
    }

    #[test]
    fn stops_what_it_knows_and_spares_what_it_forgot() {
        let (mut first, mut forgotten, mut last) = (Sleeper::start(), Sleeper::start(), Sleeper::start());
        let guard = guard();
        for sleeper in [&first, &forgotten, &last] {
            guard.add(sleeper.group()).unwrap();
        }
        guard.forget(forgotten.group());
        // As the end of this program would do it.
        drop(guard.pipe.lock().unwrap().take());
        assert!(last.ends() && first.ends());
        guard.child.lock().unwrap().wait().unwrap();
        assert!(forgotten.lives());
    }

    #[test]
    fn a_released_guard_touches_nothing() {
        let mut sleeper = Sleeper::start();
        let guard = guard();
        guard.add(sleeper.group()).unwrap();
        guard.release();
        assert!(sleeper.lives());
        assert!(guard.add(sleeper.group()).is_err());
    }
}
