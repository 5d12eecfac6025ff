//! What the tests see of other processes, by `ps`: not by the code under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Every process that hasn't ended: its number, its group and its command line.
fn processes() -> Vec<(u32, u32, String)> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,pgid=,stat=,args="]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let entries = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (pid, group) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let ended = words.next()?.starts_with('Z');
        (!ended).then(|| (pid, group, words.collect::<Vec<_>>().join(" ")))
    });
    entries.collect()
}

pub(crate) fn is_alive(pid: u32) -> bool {
    processes().iter().any(|(other, ..)| *other == pid)
}

/// The processes of these groups, and those whose command line names one of the folders: server, children and guard.
pub(crate) fn relatives(groups: &[u32], folders: &[PathBuf]) -> Vec<String> {
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let all = processes().into_iter();
    let related = all.filter(|(_, group, args)| {
        groups.contains(group) || names.iter().any(|name| args.contains(name.as_str()))
    });
    related.map(|(pid, group, args)| format!("{pid} {group} {args}")).collect()
}

/// The guard of the server in this folder.
pub(crate) fn guard_of(folder: &Path) -> Option<u32> {
    let name = folder.display().to_string();
    let guard = processes()
        .into_iter()
        .find(|(_, _, args)| args.contains("bedplate-guard-") && args.ends_with(&name));
    guard.map(|(pid, ..)| pid)
}

/// Waits until something holds, and fails with what it is when it doesn't in time.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !holds() {
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        // waits: between two looks at the condition.
        std::thread::sleep(Duration::from_millis(10));
    }
}
