//! One process: the leader of a group of its own, under guard before it runs its program.

use std::io::Write;
use std::os::unix::fs::fchown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bedplate_core::server::Command;
use bedplate_core::{Error, ErrorKind, Result};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use tokio::sync::watch;

use crate::account::Account;
use crate::census::{self, Entry};
use crate::guard::Guard;
use crate::journal::Journal;
use crate::ports::no_fork;

/// Where programs look for other programs when we have no `PATH` ourselves.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs the program only after a line came, and not at all when we die before: the guard knows it by then.
const WAIT_FOR_WORD: &str = r#"read -r word && unset word PWD OLDPWD SHLVL && exec "$@" </dev/null"#;

/// Where its processes keep temporary files, inside the folder.
pub(crate) const TEMPORARY: &str = "tmp";

/// How long SIGKILL may take to show. Only a process stuck in the kernel takes longer.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// Where a process runs, as whom and under whose guard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) account: Option<&'a Account>,
    pub(crate) journal: &'a Journal,
    pub(crate) guard: &'a Arc<Guard>,
}

/// How a process ended.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) text: String,
    pub(crate) success: bool,
}

/// A running or ended process. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    pid: Pid,
    state: Arc<Mutex<State>>,
    end: watch::Receiver<Option<End>>,
}

#[derive(Debug, Default)]
struct State {
    /// The number is no longer ours.
    collected: bool,
    /// Until when the rest of the group may outlive its leader.
    rest_until: Option<Instant>,
}

impl Process {
    /// Starts a program.
    pub(crate) fn spawn(command: &Command, setting: Setting<'_>) -> Result<Self> {
        let name = command.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Unavailable, format!("`{name}` did not start")).with_source(error)
        };
        let log = setting.journal.open().map_err(failed)?;
        let copy = log.try_clone().map_err(failed)?;
        let mut shell = std::process::Command::new("/bin/sh");
        shell
            .args(["-c", WAIT_FOR_WORD, "sh"])
            .arg(&command.program)
            .args(&command.arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| PATH.into()))
            .envs([("LANG", "C.UTF-8"), ("TZ", "UTC")])
            .env("HOME", setting.folder)
            // MariaDB, for one, removes at its start what it takes for leftovers of its own in there.
            .env("TMPDIR", setting.folder.join(TEMPORARY))
            .envs(&command.variables)
            .current_dir(setting.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(copy);
        if let Some(account) = setting.account {
            fchown(&log, Some(account.uid), Some(account.gid)).map_err(failed)?;
            shell.uid(account.uid).gid(account.gid);
        }
        let spawned = {
            let _alone = no_fork();
            shell.stderr(log).spawn()
        };
        let mut child = spawned.map_err(failed)?;
        let mut word = child.stdin.take();
        let (process, collector) = Self::watched(name.clone(), child, setting.guard)?;
        std::thread::Builder::new().name(format!("wait-{name}")).spawn(collector).map_err(failed)?;
        if let Some(word) = &mut word {
            // It may have been killed meanwhile; then its end says so.
            let _ = word.write_all(b"go\n");
        }
        Ok(process)
    }

    /// Puts a child under guard. The function returned must run on a thread of its own.
    fn watched(
        name: String,
        mut child: Child,
        guard: &Arc<Guard>,
    ) -> Result<(Self, impl FnOnce() + Send + 'static)> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let guarded = match pid {
            Some(pid) => guard.add(pid.as_raw_nonzero().get()).map(|()| pid),
            None => Err(Error::new(ErrorKind::Internal, "a process number is out of range")),
        };
        let pid = guarded.inspect_err(|_| {
            let _ = child.kill();
            let _ = child.wait();
        })?;
        let state = Arc::new(Mutex::new(State::default()));
        let (sender, end) = watch::channel(None);
        let (shared, guard) = (Arc::clone(&state), Arc::clone(guard));
        let collector = move || {
            let end = collect(child, pid, &shared, &guard);
            sender.send_replace(Some(end));
        };
        Ok((Self { name, pid, state, end }, collector))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn end(&self) -> Option<End> {
        self.end.borrow().clone()
    }

    /// Waits for its end.
    pub(crate) async fn wait(&self) -> End {
        let mut end = self.end.clone();
        let ended = end.wait_for(Option::is_some).await.ok().and_then(|end| end.clone());
        ended.unwrap_or_else(|| End { text: "an unknown status".into(), success: false })
    }

    /// Waits for its end, blocking, and tells whether it came in time.
    pub(crate) fn wait_until(&self, limit: Instant) -> bool {
        while self.end.borrow().is_none() {
            if Instant::now() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Asks the whole group to stop. What outlives its leader is killed at `limit`.
    pub(crate) fn ask_to_stop(&self, signal: Signal, limit: Instant) {
        let mut state = lock(&self.state);
        state.rest_until = Some(limit);
        if !state.collected {
            let _ = kill_process_group(self.pid, signal);
        }
    }

    /// Kills the group, and every descendant that has left it.
    pub(crate) fn kill(&self) {
        let own = self.pid.as_raw_nonzero().get();
        let mut family = Vec::new();
        {
            let mut state = lock(&self.state);
            state.rest_until = None;
            if !state.collected {
                // Stopped first: PostgreSQL could start another session between the census and its end.
                let _ = kill_process_group(self.pid, Signal::STOP);
                family = census::descendants(own);
                let _ = kill_process_group(self.pid, Signal::KILL);
            }
        }
        family.retain(|entry| entry.group != own);
        family.iter().for_each(kill_escaped);
        let limit = Instant::now() + KILL_LIMIT;
        self.wait_until(limit);
        // A session of PostgreSQL that is still ending holds memory that refuses the next start.
        while family.iter().any(is_same) && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end.borrow().is_none() {
            self.kill();
        }
    }
}

fn kill_escaped(entry: &Entry) {
    if let (true, Some(pid)) = (is_same(entry), Pid::from_raw(entry.pid)) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Whether a process still runs, and its number hasn't passed to another one.
fn is_same(entry: &Entry) -> bool {
    census::entry(entry.pid).is_some_and(|now| now.started == entry.started && !now.ended)
}

/// Waits for the leader's end, ends the rest of its group, and only then gives the number back to the system.
fn collect(mut child: Child, pid: Pid, state: &Mutex<State>, guard: &Guard) -> End {
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), ended), Err(Errno::INTR)) {}
    let group = pid.as_raw_nonzero().get();
    while lock(state).rest_until.is_some_and(|limit| Instant::now() < limit) && census::group_lives(group) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut state = lock(state);
    let _ = kill_process_group(pid, Signal::KILL);
    guard.forget(group);
    let status = child.wait();
    state.collected = true;
    match status {
        Ok(status) => End { text: status.to_string(), success: status.success() },
        Err(error) => End { text: error.to_string(), success: false },
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(word: &str) -> String {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", WAIT_FOR_WORD, "sh", "/bin/echo", "it", "ran"]).env_clear();
        let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(word.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }

    #[test]
    fn a_program_runs_only_after_the_word() {
        assert_eq!(run("go\n"), "it ran\n");
        assert_eq!(run(""), "", "we died before the guard knew the process");
    }
}
