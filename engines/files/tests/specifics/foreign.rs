//! What others put into the folder, by mistake or on purpose.

use std::os::unix::fs::symlink;
use std::path::Path;

use bedplate_core::objects::{ListOptions, Objects};
use bedplate_core::{ErrorKind, Result};

use crate::{Outcome, files_in, open};

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

async fn keys(objects: &Objects) -> Result<Vec<String>> {
    let listing = objects.list(ListOptions::prefix("")).await?;
    Ok(listing.objects.into_iter().map(|object| object.key).collect())
}

pub(crate) async fn links_are_not_followed() -> Outcome {
    let (folder, outside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let other = open(outside.path(), "sync=false").await?;
    other.put("x", "outside").await?;
    let objects = open(folder.path(), "sync=false").await?;
    objects.put("own/y", "inside").await?;
    let before = files_in(outside.path());
    symlink(outside.path(), folder.path().join("link"))?;
    symlink(outside.path().join("x~"), folder.path().join("x~"))?;
    symlink(outside.path().join("nothing"), folder.path().join("new~"))?;

    assert_eq!(kind(objects.read("link/x").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.put("link/x", "changed").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.put("link/deep/er", "new").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.delete("link/x").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.head("x").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.put("x", "changed").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.put("new", "new").await), Some(ErrorKind::Denied));
    assert_eq!(keys(&objects).await?, ["own/y"]);
    assert_eq!(objects.list(ListOptions::prefix("link/")).await?.objects, []);

    assert_eq!(files_in(outside.path()), before);
    assert_eq!(other.read("x").await?, "outside");
    Ok(())
}

pub(crate) async fn a_pipe_in_place_of_an_object_blocks_nobody() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe~")).status()?;
    assert!(made.success());
    assert_eq!(kind(objects.read("pipe").await), Some(ErrorKind::Denied));
    assert_eq!(kind(objects.put("pipe", "x").await), Some(ErrorKind::Denied));
    assert_eq!(keys(&objects).await?, [""; 0]);
    Ok(())
}

fn change(path: &Path, from: &str, to: &str) -> std::io::Result<()> {
    let text = std::fs::read_to_string(path)?;
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to))
}

pub(crate) async fn a_record_leads_to_no_other_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("secret"), "secret")?;
    let objects = open(&folder.path().join("store"), "sync=false").await?;
    let put = objects.put("x", "123456").await?;
    let record = folder.path().join("store/x~");
    // `x~` as a folder of the content's path, so that the name leads out of the store.
    change(&record, &put.etag, "/../../secret")?;
    assert_eq!(kind(objects.read("x").await), Some(ErrorKind::Corrupt));
    objects.delete("x").await?;
    assert_eq!(std::fs::read_to_string(folder.path().join("secret"))?, "secret");
    Ok(())
}

pub(crate) async fn damage_is_seen_and_can_be_put_right() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    let content = |etag: &str| folder.path().join(format!("x~{etag}"));
    let record = folder.path().join("x~");

    let put = objects.put("x", "123456").await?;
    std::fs::write(content(&put.etag), "123")?;
    assert_eq!(kind(objects.read("x").await), Some(ErrorKind::Corrupt));

    let put = objects.put("x", "123456").await?;
    std::fs::remove_file(content(&put.etag))?;
    assert_eq!(kind(objects.read("x").await), Some(ErrorKind::Corrupt));

    objects.put("x", "123456").await?;
    change(&record, "\"x\"", "\"y\"")?;
    let error = objects.head("x").await.expect_err("a record of another key");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.help().is_some());

    for text in ["", "{", "null", "{\"key\":\"x\"}", "\0\u{1}\u{2}"] {
        std::fs::write(&record, text)?;
        assert_eq!(kind(objects.head("x").await), Some(ErrorKind::Corrupt), "{text:?}");
        assert_eq!(kind(objects.list(ListOptions::prefix("")).await), Some(ErrorKind::Corrupt), "{text:?}");
        objects.put("x", "again").await?;
        assert_eq!(objects.read("x").await?, "again");
    }
    std::fs::write(&record, vec![b' '; 200_000])?;
    assert_eq!(kind(objects.head("x").await), Some(ErrorKind::Corrupt));
    objects.delete("x").await?;
    assert_eq!(kind(objects.head("x").await), Some(ErrorKind::NotFound));
    Ok(())
}

pub(crate) async fn files_of_others_are_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let foreign = ["README.md", "Upper~", "x~y~z", "notes.txt", "%zz~", "a~0190"];
    for name in foreign {
        std::fs::write(folder.path().join(name), "of others")?;
    }
    std::fs::create_dir(folder.path().join("Photos"))?;
    let objects = open(folder.path(), "sync=false").await?;
    for key in ["README.md", "Upper", "Photos/1", "a", "notes.txt", "x~y~z"] {
        objects.put(key, key).await?;
    }
    assert_eq!(keys(&objects).await?, ["Photos/1", "README.md", "Upper", "a", "notes.txt", "x~y~z"]);
    for key in keys(&objects).await? {
        assert_eq!(objects.read(&key).await?, key);
        objects.delete(&key).await?;
    }
    let mut expected: Vec<String> = foreign.iter().map(|name| name.to_string()).collect();
    expected.sort();
    assert_eq!(files_in(folder.path()), expected);
    // A file where a folder is needed is in the way, and stays.
    assert_eq!(kind(objects.put("notes.txt/below", "x").await), Some(ErrorKind::Denied));
    assert_eq!(std::fs::read_to_string(folder.path().join("notes.txt"))?, "of others");
    Ok(())
}

pub(crate) async fn a_newer_format_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    open(folder.path(), "").await?.put("x", "x").await?;
    let format = folder.path().join(".bedplate/format");
    assert_eq!(std::fs::read_to_string(&format)?, "bedplate files 1\n");
    for (text, expected) in [
        ("bedplate files 2\n", ErrorKind::Unsupported),
        ("bedplate files 4000000000\n", ErrorKind::Unsupported),
        ("bedplate files one", ErrorKind::Corrupt),
        ("", ErrorKind::Corrupt),
    ] {
        std::fs::write(&format, text)?;
        let error = open(folder.path(), "").await.expect_err("a format that isn't ours");
        assert_eq!(error.kind(), expected, "{text:?}");
        assert!(error.help().is_some() && error.to_string().contains(&folder.path().display().to_string()));
    }
    std::fs::write(&format, "bedplate files 1\n")?;
    assert_eq!(open(folder.path(), "").await?.read("x").await?, "x");
    Ok(())
}
