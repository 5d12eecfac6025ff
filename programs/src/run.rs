//! Runs a program to its end: its words on failure become the error, and it never outlives the caller.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use bedplate_core::server::Command;
use bedplate_core::{Error, ErrorKind, Result};
use tokio::io::AsyncReadExt;

/// The end of what a failed program said that is kept.
const SAID_BYTES: usize = 4 * 1024;
/// Between two looks at how far a program has come.
const LOOK: Duration = Duration::from_millis(200);

/// Called now and then while a program runs.
pub type Watch<'a> = &'a (dyn Fn() + Send + Sync);

/// Runs a program to its end. It gets no variables but its own, `PATH`, `HOME` and `TMPDIR`, and nothing to read. Where this future is
/// dropped, it is killed.
///
/// A failure is `Internal` with the end of what it said on stderr as its message; the caller knows better what it means.
pub async fn run(command: &Command, watch: Watch<'_>) -> Result<()> {
    run_with(command, Stdio::null(), watch).await
}

/// As [`run`], and the program reads a file. Both have one position in it: the caller's tells how far the program has come.
pub async fn run_reading(command: &Command, file: &File, watch: Watch<'_>) -> Result<()> {
    let input = file
        .try_clone()
        .map_err(|why| Error::new(ErrorKind::Internal, "the file can't be handed on").with_source(why))?;
    run_with(command, Stdio::from(input), watch).await
}

async fn run_with(command: &Command, input: Stdio, watch: Watch<'_>) -> Result<()> {
    let name = command.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut process = tokio::process::Command::new(&command.program);
    process.args(&command.arguments).env_clear().env("LC_ALL", "C");
    for kept in ["PATH", "HOME", "TMPDIR"] {
        if let Some(value) = std::env::var_os(kept) {
            process.env(kept, value);
        }
    }
    process.envs(&command.variables).stdin(input).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = process.kill_on_drop(true).spawn().map_err(|why| {
        Error::new(ErrorKind::NotFound, format!("`{name}` can't be started: {why}")).with_source(why)
    })?;
    let stderr = child.stderr.take();
    let (said, status) = {
        let mut run = std::pin::pin!(async { tokio::join!(tail(stderr), child.wait()) });
        loop {
            match tokio::time::timeout(LOOK, &mut run).await {
                Ok(ended) => break ended,
                Err(_) => watch(),
            }
        }
    };
    watch();
    let status = status.map_err(|why| {
        Error::new(ErrorKind::Internal, format!("`{name}` can't be waited for: {why}")).with_source(why)
    })?;
    if status.success() {
        return Ok(());
    }
    let said = if said.is_empty() { status.to_string() } else { said };
    Err(Error::new(ErrorKind::Internal, format!("`{name}` failed: {said}")))
}

/// The end of what it says, read to the last byte so that it never waits for a reader.
async fn tail(stderr: Option<tokio::process::ChildStderr>) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let (mut said, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        said.extend_from_slice(&piece[..length]);
        let surplus = said.len().saturating_sub(SAID_BYTES);
        said.drain(..surplus);
    }
    String::from_utf8_lossy(&said).trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn shell(script: &str) -> Command {
        Command::new("/bin/sh".into(), ["-c", script])
    }

    #[tokio::test]
    async fn what_a_failed_program_said_is_the_error() {
        run(&shell("exit 0"), &|| ()).await.unwrap();
        let error = run(&shell("echo one >&2; echo two >&2; exit 3"), &|| ()).await.unwrap_err();
        assert_eq!(error.message(), "`sh` failed: one\ntwo");
        let error = run(&shell("exit 3"), &|| ()).await.unwrap_err();
        assert_eq!(error.message(), "`sh` failed: exit status: 3");
        let error = run(&Command::new("/nowhere/x".into(), [""; 0]), &|| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn what_it_reads_moves_the_position_of_the_file() {
        use std::io::{Seek, SeekFrom, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"12345").unwrap();
        file.seek(SeekFrom::Start(1)).unwrap();
        run_reading(&shell("test \"$(head -c 3)\" = 234"), &file, &|| ()).await.unwrap();
        assert_eq!(file.stream_position().unwrap(), 4);
    }

    #[tokio::test]
    async fn a_talkative_program_is_read_to_its_end_and_only_its_last_words_are_kept() {
        let script = "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1";
        let error = run(&shell(script), &|| ()).await.unwrap_err();
        assert!(error.message().ends_with("line 19999") && error.message().len() < 2 * SAID_BYTES);
    }

    #[tokio::test]
    async fn it_is_watched_and_does_not_outlive_its_caller() {
        let looks = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!("bedplate-run-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let number = folder.join("number");
        let script = shell(&format!("echo $$ > '{}'; exec sleep 600", number.display()));
        let watch = || _ = looks.fetch_add(1, Ordering::Relaxed);
        // waits: until the program was looked at a few times; it never ends by itself.
        let _ = tokio::time::timeout(4 * LOOK, run(&script, &watch)).await;
        assert!(looks.load(Ordering::Relaxed) >= 2);
        let process = std::fs::read_to_string(&number).unwrap();
        let stat = format!("/proc/{}/stat", process.trim());
        let gone = || !std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        for _ in 0..100 {
            if gone() {
                break;
            }
            // waits: between two looks at the process.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(gone(), "the program outlived its caller");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
