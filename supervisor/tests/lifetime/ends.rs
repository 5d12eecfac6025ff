//! The ends: of the program, of the value, of the server itself.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_supervisor::StartOptions;

use crate::role::Actor;
use crate::witness::{eventually, guard_of, is_alive, relatives};
use crate::{Case, shells, wait_for};

pub(crate) const TRIALS: &[Case] = &[
    ("kill_9_of_the_program_ends_its_servers", kill_9_of_the_program_ends_its_servers),
    ("kill_9_during_a_preparation_ends_it", kill_9_during_a_preparation_ends_it),
    ("kill_9_keeps_a_folder_that_was_given", kill_9_keeps_a_folder_that_was_given),
    ("a_panic_ends_its_servers", || ends_by("panic", false)),
    ("an_exit_ends_its_servers", || ends_by("exit", true)),
    ("an_abort_ends_its_servers", || ends_by("abort", false)),
    ("a_return_ends_its_servers", || ends_by("return", true)),
    ("a_forgotten_value_ends_with_the_program", || ends_by("forget", true)),
    ("signals_of_the_terminal_do_not_end_the_guard", signals_of_the_terminal_do_not_end_the_guard),
    ("dropping_leaves_nothing_behind", dropping_leaves_nothing_behind),
    ("dropping_within_a_runtime_leaves_nothing_behind", dropping_within_a_runtime_leaves_nothing_behind),
    ("a_start_that_is_given_up_leaves_nothing_behind", a_start_that_is_given_up_leaves_nothing_behind),
    ("the_newest_process_stops_first", the_newest_process_stops_first),
    ("a_child_may_end_well_after_its_leader", a_child_may_end_well_after_its_leader),
    ("a_stubborn_server_is_killed_after_its_grace", a_stubborn_server_is_killed_after_its_grace),
    ("one_guard_serves_a_server_for_life", one_guard_serves_a_server_for_life),
    ("a_kill_reaches_what_left_the_group", a_kill_reaches_what_left_the_group),
];

const LIMIT: Duration = Duration::from_secs(10);

fn assert_gone(actor: &Actor) {
    eventually("the processes and the guards are gone", LIMIT, || {
        relatives(&actor.pids, &actor.folders).is_empty()
    });
    eventually("the folders are gone", LIMIT, || actor.folders.iter().all(|folder| !folder.exists()));
}

fn kill_9_of_the_program_ends_its_servers() {
    let mut actor = Actor::start("several", &[], None);
    assert_eq!((actor.folders.len(), actor.pids.len()), (3, 4));
    // Each server has a child besides its leader, and a guard.
    assert!(relatives(&actor.pids, &actor.folders).len() >= 4 + 4 + 3);
    actor.kill();
    assert_gone(&actor);
}

fn kill_9_during_a_preparation_ends_it() {
    let temporary = Scratch::new("prepare");
    let mut actor = Actor::start("prepare", &[], Some(&temporary.0));
    let inside = || std::fs::read_dir(&temporary.0).unwrap().flatten().map(|entry| entry.path()).next();
    eventually("the preparation runs", LIMIT, || {
        inside().is_some_and(|folder| folder.join("preparing").exists())
    });
    actor.folders.extend(inside());
    assert!(!relatives(&[], &actor.folders).is_empty());
    actor.kill();
    assert_gone(&actor);
}

fn kill_9_keeps_a_folder_that_was_given() {
    let scratch = Scratch::new("kept");
    let folder = scratch.0.join("server");
    let options = || StartOptions::default().folder(&folder);
    let mut actor = Actor::start("fixed", &[folder.to_str().unwrap()], None);
    let begin = Instant::now();
    let error = wait_for(shells::start(&shells::OBEDIENT, options())).unwrap_err();
    assert_eq!((error.kind(), actor.pids.len()), (ErrorKind::Conflict, 1));
    assert!(begin.elapsed() < LIMIT, "nobody waits for a server whose program lives");
    assert!(is_alive(actor.pids[0]));
    actor.kill();
    // The next start waits for the guard of the last one, who has a stubborn server to stop.
    let local = wait_for(shells::start(&shells::OBEDIENT, options())).unwrap();
    assert!(!is_alive(actor.pids[0]));
    wait_for(local.stop()).unwrap();
    assert!(folder.join("server.log").exists());
}

fn ends_by(role: &str, succeeds: bool) {
    let mut actor = Actor::start(role, &[], None);
    let status = actor.child.wait().unwrap();
    assert_eq!(status.success(), succeeds, "{status}");
    assert_gone(&actor);
}

fn signals_of_the_terminal_do_not_end_the_guard() {
    let mut actor = Actor::start("several", &[], None);
    let guards: Vec<u32> = actor.folders.iter().map(|folder| guard_of(folder).unwrap()).collect();
    for signal in ["INT", "HUP", "QUIT", "TERM"] {
        let sent = Command::new("kill").args(["-s", signal]).args(guards.iter().map(u32::to_string)).status();
        assert!(sent.unwrap().success(), "{signal}");
    }
    actor.kill();
    assert_gone(&actor);
}

fn dropping_leaves_nothing_behind() {
    let local = wait_for(shells::start(&shells::OBEDIENT, StartOptions::default())).unwrap();
    let (pids, folder) = (local.pids(), local.folder().to_path_buf());
    assert!(guard_of(&folder).is_some());
    drop(local);
    assert_eq!(relatives(&pids, std::slice::from_ref(&folder)), [""; 0]);
    assert!(!folder.exists());
}

fn dropping_within_a_runtime_leaves_nothing_behind() {
    wait_for(async {
        let local = shells::start(&shells::STUBBORN, StartOptions::default()).await.unwrap();
        let (pids, folder) = (local.pids(), local.folder().to_path_buf());
        drop(local);
        assert_eq!(relatives(&pids, std::slice::from_ref(&folder)), [""; 0]);
        assert!(!folder.exists());
    });
}

fn a_start_that_is_given_up_leaves_nothing_behind() {
    let scratch = Scratch::new("given-up");
    let options = StartOptions::default().folder(&scratch.0);
    let preparing = scratch.0.join("preparing");
    wait_for(async {
        let start = tokio::spawn(shells::start(&shells::PREPARING, options));
        while !preparing.exists() {
            // waits: between two looks at the folder.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        start.abort();
        assert!(start.await.unwrap_err().is_cancelled());
    });
    assert_eq!(relatives(&[], std::slice::from_ref(&scratch.0)), [""; 0]);
    // What was half prepared is prepared anew.
    let options = StartOptions::default().folder(&scratch.0);
    let local = wait_for(shells::start(&shells::COUNTING, options)).unwrap();
    assert!(!preparing.exists());
    drop(local);
}

fn the_newest_process_stops_first() {
    let scratch = Scratch::new("order");
    let options = StartOptions::default().folder(&scratch.0);
    let local = wait_for(shells::start(&shells::PAIR, options)).unwrap();
    wait_for(local.stop()).unwrap();
    assert_eq!(std::fs::read_to_string(scratch.0.join("order")).unwrap(), "first-still-ran\n");
}

fn a_child_may_end_well_after_its_leader() {
    let scratch = Scratch::new("child");
    let options = StartOptions::default().folder(&scratch.0);
    let local = wait_for(shells::start(&shells::SLOW_CHILD, options)).unwrap();
    wait_for(local.stop()).unwrap();
    assert!(scratch.0.join("finished").exists());
}

fn a_stubborn_server_is_killed_after_its_grace() {
    let local = wait_for(shells::start(&shells::STUBBORN, StartOptions::default())).unwrap();
    let (pids, folder) = (local.pids(), local.folder().to_path_buf());
    let begin = Instant::now();
    let error = wait_for(local.stop()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.message(), "`sh` did not stop within 1s and was killed");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(relatives(&pids, &[folder]), [""; 0]);
}

fn one_guard_serves_a_server_for_life() {
    let mut local = wait_for(shells::start(&shells::OBEDIENT, StartOptions::default())).unwrap();
    let (folder, first) = (local.folder().to_path_buf(), local.pids());
    let guard = guard_of(&folder).unwrap();
    wait_for(local.restart()).unwrap();
    assert_ne!(local.pids(), first);
    assert_eq!(guard_of(&folder), Some(guard));
    local.kill();
    assert!(is_alive(guard), "a killed server can be restarted, so its folder is still under guard");
    drop(local);
    assert!(!is_alive(guard));
}

fn a_kill_reaches_what_left_the_group() {
    let mut local = wait_for(shells::start(&shells::ESCAPING, StartOptions::default())).unwrap();
    let escaped = std::fs::read_to_string(local.folder().join("escaped")).unwrap().trim().parse().unwrap();
    eventually("the child has left the group", LIMIT, || {
        is_alive(escaped)
            && relatives(&local.pids(), &[]).iter().all(|line| !line.starts_with(&format!("{escaped} ")))
    });
    local.kill();
    eventually("the child is gone", LIMIT, || !is_alive(escaped));
}

/// A folder of a test, which servers of any user may reach.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bedplate-lifetime-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.canonicalize().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
