//! Processes that are killed in the middle of their work, and processes that work at once.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Condition, Objects, PutOptions};

use crate::{Outcome, ROLE, files_in, open};

const KEYS: [&str; 3] = ["a", "a/b/c", "Über den Wolken/b"];
const KILLS: usize = 20;
const COUNTERS: usize = 3;
const CHANGES: usize = 40;

/// Plays the part of a child process: `writer <folder>` or `counter <folder>`.
pub(crate) async fn play(role: &str) {
    let (role, folder) = role.split_once(' ').expect("a role and a folder");
    match role {
        "writer" => write_for_ever(Path::new(folder)).await,
        "counter" => count(Path::new(folder)).await,
        other => panic!("no such role: {other}"),
    }
}

fn child(role: &str, folder: &Path) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .env(ROLE, format!("{role} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
}

/// The content that the writer puts as its `number`th: of different sizes, and whole only with its last line.
fn content(number: usize) -> String {
    format!("{number}\n").repeat(20_000 + number % 7 * 1_000)
}

async fn write_for_ever(folder: &Path) {
    let objects = open(folder, "").await.expect("an open store");
    for number in 1.. {
        let key = KEYS[number % KEYS.len()];
        match number % 4 {
            0 => {
                let mut writer = objects.writer(key, PutOptions::new()).await.expect("an upload");
                for piece in content(number).as_bytes().chunks(50_000) {
                    writer.write(piece.to_vec()).await.expect("a part");
                }
                writer.complete().await.expect("a completed upload");
            }
            1 => {
                objects.delete(key).await.expect("a delete");
                println!("{key}=0");
                objects.put(key, content(number)).await.expect("a put");
            }
            _ => drop(objects.put(key, content(number)).await.expect("a put")),
        }
        println!("{key}={number}");
        std::io::stdout().flush().expect("an open pipe");
    }
}

/// Kills a writer after so many lines, and returns the last acknowledged number of each key.
fn kill_after(mut writer: Child, lines: usize) -> std::io::Result<HashMap<String, usize>> {
    let mut acknowledged = HashMap::new();
    let output = writer.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    for (at, line) in BufReader::new(output).lines().enumerate() {
        // What it said before it was killed is still in the pipe, and is read to its end.
        if at == lines {
            writer.kill()?;
        }
        if let Some((key, number)) = line?.split_once('=') {
            acknowledged.insert(key.to_string(), number.parse().unwrap_or_default());
        }
    }
    writer.wait()?;
    Ok(acknowledged)
}

pub(crate) async fn killed_writers_leave_every_object_whole() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut expected: HashMap<String, usize> = HashMap::new();
    for round in 0..KILLS {
        let writer = child("writer", folder.path())?;
        expected.extend(kill_after(writer, 3 + round * 2 % 13)?);
        let objects = open(folder.path(), "").await?;
        let mut there = 0;
        for key in KEYS {
            let acknowledged = expected.get(key).copied();
            match objects.read(key).await {
                Ok(found) => {
                    let text = String::from_utf8(found.to_vec())?;
                    let number: usize = text.lines().next().ok_or("an empty object")?.parse()?;
                    assert!(text == content(number), "round {round}: `{key}` is not whole");
                    // It may be one further than what was acknowledged: the one that was being put.
                    assert!(Some(number) >= acknowledged, "round {round}: `{key}` went back to {number}");
                    there += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::NotFound, "round {round}: {error:?}");
                    // Every fourth number is put after a delete, so that the last word may have been that delete.
                    let deleted =
                        acknowledged.is_none_or(|number| number == 0 || can_be_deleting(key, number));
                    assert!(deleted, "round {round}: `{key}` lost its put {acknowledged:?}");
                }
            }
        }
        // The next writer counts from 1 again.
        for key in KEYS {
            objects.delete(key).await?;
            expected.insert(key.into(), 0);
        }
        let left = files_in(folder.path());
        assert!(left.is_empty(), "round {round}: {there} objects were there, and {left:?} outlived them");
        let intents = std::fs::read_dir(folder.path().join(".bedplate/intents"))?.count();
        assert_eq!(intents, 0, "round {round}: intents that nobody cleared up");
        objects.close().await;
    }
    Ok(())
}

/// Whether the writer deletes this key next, after it has acknowledged this number of it.
fn can_be_deleting(key: &str, number: usize) -> bool {
    let next = (number + 1..).find(|next| KEYS[next % KEYS.len()] == key).unwrap_or_default();
    next % 4 == 1
}

async fn change(objects: &Objects) -> Outcome {
    loop {
        let body = objects.get("counter").await?;
        let etag = body.meta().etag.clone();
        let count: usize = std::str::from_utf8(&body.read().await?)?.parse()?;
        let options = PutOptions::new().condition(Condition::IfMatches(etag));
        match objects.put_with("counter", (count + 1).to_string(), options).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
}

async fn count(folder: &Path) {
    let objects = open(folder, "sync=false").await.expect("an open store");
    for _ in 0..CHANGES {
        change(&objects).await.expect("a change");
    }
}

pub(crate) async fn processes_that_compare_lose_no_change() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    objects.put("counter", "0").await?;
    let children = (0..COUNTERS).map(|_| child("counter", folder.path())).collect::<Result<Vec<_>, _>>()?;
    for mut child in children {
        assert!(child.wait()?.success());
    }
    assert_eq!(objects.read("counter").await?, (COUNTERS * CHANGES).to_string());
    assert_eq!(files_in(folder.path()).len(), 2);
    Ok(())
}

pub(crate) async fn an_opening_leaves_living_uploads_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    let mut writer = objects.writer("upload", PutOptions::new()).await?;
    writer.write(vec![1; 3_000_000]).await?;
    open(folder.path(), "sync=false").await?;
    writer.write(vec![1; 3_000_000]).await?;
    writer.complete().await?;
    assert_eq!(objects.read("upload").await?, vec![1; 6_000_000]);
    Ok(())
}
