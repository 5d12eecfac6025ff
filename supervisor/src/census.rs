//! The processes of this machine: who is whose child and in which group.
//!
//! Read from `/proc` where there is one, from `ps` elsewhere.

use std::path::Path;
use std::process::Command;

/// One process at the moment of the census.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    /// When it started, in the system's ticks; tells two holders of one number apart. 0 where the system doesn't say.
    pub(crate) started: u64,
    /// It has ended and only waits to be collected.
    pub(crate) ended: bool,
}

/// There is a `/proc` as Linux has it.
const OWN_STAT: &str = "/proc/self/stat";

/// Every process that can be seen.
pub(crate) fn take() -> Vec<Entry> {
    if !Path::new(OWN_STAT).exists() {
        return from_ps();
    }
    let entries = std::fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(from_proc).collect()
}

/// One process; `None` where no process has this number.
pub(crate) fn entry(pid: i32) -> Option<Entry> {
    match Path::new(OWN_STAT).exists() {
        true => from_proc(pid),
        false => from_ps().into_iter().find(|entry| entry.pid == pid),
    }
}

/// Whether a group has a member that hasn't ended.
pub(crate) fn group_lives(group: i32) -> bool {
    take().iter().any(|entry| entry.group == group && !entry.ended)
}

/// Children, grandchildren and so on.
pub(crate) fn descendants(pid: i32) -> Vec<Entry> {
    let all = take();
    let mut family: Vec<Entry> = Vec::new();
    let mut parents = vec![pid];
    while let Some(parent) = parents.pop() {
        for entry in all.iter().filter(|entry| entry.parent == parent) {
            if !family.contains(entry) {
                family.push(*entry);
                parents.push(entry.pid);
            }
        }
    }
    family
}

fn from_proc(pid: i32) -> Option<Entry> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// `/proc/PID/stat`: the name in parentheses may hold anything, so the fields are counted from its end.
fn parse_stat(text: &str) -> Option<Entry> {
    let (head, tail) = text.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    Some(Entry {
        pid: head.split_ascii_whitespace().next()?.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        ended: matches!(*fields.first()?, "Z" | "X"),
    })
}

fn from_ps() -> Vec<Entry> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,pgid=,stat="]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter_map(parse_ps).collect()
}

fn parse_ps(line: &str) -> Option<Entry> {
    let mut fields = line.split_ascii_whitespace();
    let mut number = || fields.next()?.parse().ok();
    let (pid, parent, group) = (number()?, number()?, number()?);
    Some(Entry { pid, parent, group, started: 0, ended: fields.next()?.starts_with('Z') })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_stat_line_whose_name_tries_to_confuse() {
        let line = "42 (a) Z 1 2 (b) S 7 40 40 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987 1 1\n";
        let entry = parse_stat(line).unwrap();
        assert_eq!(entry, Entry { pid: 42, parent: 7, group: 40, started: 987, ended: false });
    }

    #[test]
    fn reads_a_line_of_ps() {
        let entry = parse_ps("  501     1   500 Ss+").unwrap();
        assert_eq!(entry, Entry { pid: 501, parent: 1, group: 500, started: 0, ended: false });
        assert!(parse_ps(" 502 1 500 Z").unwrap().ended);
        assert_eq!(parse_ps("PID PPID"), None);
    }

    #[test]
    fn sees_a_child_of_this_process() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let seen = descendants(own).iter().any(|entry| entry.pid == pid);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen);
        assert!(!descendants(own).iter().any(|entry| entry.pid == pid));
    }
}
