//! Streams that aren't plain files: a full disk behind stdout, a pipe where a file is named.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::OpenOptions;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn bedplate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedplate"));
    command.args(arguments).stdin(Stdio::null());
    command
}

#[test]
fn data_that_a_full_disk_loses_is_a_failure() {
    for arguments in [&["schema"][..], &["engines"], &["engines", "--json"], &["completions", "bash"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = bedplate(arguments).stdout(full).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains("the output can't be written"), "{arguments:?}: {words}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let mut child = bedplate(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn a_pipe_in_place_of_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let name = pipe.to_str().unwrap();
    for arguments in [["check", "--file", name], ["recommend", "--workload", name]] {
        let (sender, receiver) = mpsc::channel::<Output>();
        let mut command = bedplate(&arguments);
        let waiter = thread::spawn(move || sender.send(command.output().unwrap()));
        let answer = receiver.recv_timeout(Duration::from_secs(20));
        // Whoever waits for a writer has one now, and ends.
        drop(OpenOptions::new().read(true).write(true).open(&pipe));
        let _ = waiter.join();
        let output = answer.expect("it waits for somebody to write");
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("it is not a file"));
    }
}
