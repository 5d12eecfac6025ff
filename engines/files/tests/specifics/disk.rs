//! A disk that is full, and one that can't be written: on a small file system in memory, which only root can mount.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Objects, PutOptions};
use libtest_mimic::Trial;

use crate::{Outcome, files_in, open, runtime};

/// The tests that need a disk of their own; ignored with the reason where none can be mounted.
pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: &str, run: fn() -> Outcome| match Disk::mount() {
        Ok(_) => Trial::test(name, move || run().map_err(|error| format!("{error:?}").into())),
        Err(reason) => Trial::test(format!("{name} ({reason})"), || Ok(())).with_ignored_flag(true),
    };
    vec![
        trial("disk::a_full_disk_keeps_what_is_there", || {
            runtime().block_on(a_full_disk_keeps_what_is_there())
        }),
        trial("disk::a_disk_without_writing_is_denied", || {
            runtime().block_on(a_disk_without_writing_is_denied())
        }),
    ]
}

/// A small disk, which is unmounted when it is dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        run("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"], folder.path())?;
        Ok(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a runtime that is shutting down may still hold a file for a moment.
        let _ = run("umount", &["-l"], self.0.path());
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> Result<(), String> {
    let output = Command::new(program).args(arguments).arg(path).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_string())
}

/// Writes a file until nothing more fits.
fn fill(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::options().create(true).append(true).open(path)?;
    loop {
        match file.write(&[0; 1024]) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Puts an object as soon as there is room. A child process that another test starts has our files open for a moment, and
/// what is removed is freed only then.
async fn put_when_freed(objects: &Objects, key: &str, size: usize) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match objects.put(key, vec![4; size]).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Limited && Instant::now() < deadline => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn a_full_disk_keeps_what_is_there() -> Outcome {
    let disk = Disk::mount()?;
    let folder = disk.0.path();
    let objects = open(folder, "").await?;
    objects.put("a/kept", vec![1; 600_000]).await?;
    let before = files_in(folder);
    let mut writer = objects.writer("c/upload", PutOptions::new()).await?;

    let error = objects.put("a/kept", vec![2; 800_000]).await.expect_err("a put beyond the disk");
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    assert!(error.to_string().contains("disk is full") && error.help().is_some());
    let error =
        objects.copy("a/kept", "b/copy", Default::default()).await.expect_err("a copy beyond the disk");
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    let mut failed = None;
    for _ in 0..3 {
        failed = failed.or(writer.write(vec![3; 1024 * 1024]).await.err());
    }
    assert_eq!(failed.map(|error| error.kind()), Some(ErrorKind::Limited));
    assert!(writer.complete().await.is_err());

    assert_eq!(objects.read("a/kept").await?, vec![1; 600_000]);
    assert_eq!(files_in(folder), before, "what was left of the failed puts");
    put_when_freed(&objects, "a/small", 4).await?;
    assert_eq!(objects.read("a/small").await?, vec![4; 4]);

    // Not a byte is free: a delete must work all the same, and make room.
    let error = loop {
        fill(&folder.join("fill"))?;
        if let Err(error) = objects.put("a/small", vec![4; 4]).await {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Limited, "{error:?}");
    objects.delete("a/kept").await?;
    put_when_freed(&objects, "b/other", 500_000).await?;
    assert_eq!(objects.read("a/small").await?, vec![4; 4]);
    assert_eq!(std::fs::read_dir(folder.join(".bedplate/intents"))?.count(), 0);
    Ok(())
}

async fn a_disk_without_writing_is_denied() -> Outcome {
    let disk = Disk::mount()?;
    let objects = open(disk.0.path(), "").await?;
    objects.put("a", "kept").await?;
    run("mount", &["-o", "remount,ro"], disk.0.path())?;
    for error in [objects.put("a", "changed").await.err(), objects.delete("a").await.err()] {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Denied));
    }
    assert_eq!(objects.read("a").await?, "kept");
    Ok(())
}
