//! What lies on the disk, and how the place is named.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use bedplate_core::ErrorKind;
use bedplate_core::objects::{Objects, PutOptions};

use crate::{Outcome, files_in, open, open_url};

pub(crate) async fn objects_can_be_read_with_stock_tools() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "").await?;
    let options = PutOptions::new().content_type("text/plain").metadata("owner", "ann");
    let put = objects.put_with("invoices/July 1.txt", "hello", options).await?;
    let name = "invoices/%4auly%201.txt~";
    assert_eq!(files_in(folder.path()), [name.to_string(), format!("{name}{}", put.etag)]);
    let shell = "grep -q '\"key\": \"invoices/July 1.txt\"' \"$0\" && grep -q '\"owner\": \"ann\"' \"$0\" && cat \"$0\"?*";
    let read = Command::new("sh").args(["-c", shell]).arg(folder.path().join(name)).output()?;
    assert_eq!(String::from_utf8(read.stdout)?, "hello");
    let root = objects.native::<PathBuf>().ok_or("no folder")?;
    assert_eq!(*root, folder.path().canonicalize()?);
    Ok(())
}

pub(crate) async fn empty_folders_go_and_come_back() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    let long = format!("a/{}/b", "k".repeat(900));
    for key in ["a/b/c/d", &long] {
        objects.put(key, "x").await?;
        objects.delete(key).await?;
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "only `.bedplate` is left");
    // Whoever puts and whoever deletes make and remove the same folders all the time.
    let race = |writer: usize| {
        let objects = objects.clone();
        async move {
            for turn in 0..60 {
                let key = format!("a/b/c/{writer}");
                objects.put(&key, format!("{turn}")).await?;
                assert_eq!(objects.read(&key).await?, format!("{turn}"));
                objects.delete(&key).await?;
            }
            Ok::<_, bedplate_core::Error>(())
        }
    };
    let racers: Vec<_> = (0..6).map(|writer| tokio::spawn(race(writer))).collect();
    for racer in racers {
        racer.await??;
    }
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "only `.bedplate` is left");
    Ok(())
}

pub(crate) async fn only_the_owner_may_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("new/store");
    let objects = open(&root, "sync=false").await?;
    objects.put("a/b", "x").await?;
    let mode = |path: PathBuf| std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    for inner in ["", ".bedplate", ".bedplate/intents", "a"] {
        assert_eq!(mode(root.join(inner))?, 0o700, "{inner}");
    }
    for file in files_in(&root) {
        assert_eq!(mode(root.join(&file))?, 0o600, "{file}");
    }
    Ok(())
}

pub(crate) async fn wrong_addresses_are_explained() -> Outcome {
    for (url, what) in [
        ("files:", "names no folder"),
        ("files://./objects", "names the host `.`"),
        ("files://server/share", "names the host `server`"),
        ("files://ann@/objects", "credentials"),
        ("files:./x?synk=true", "`synk` is not a setting"),
        ("files:./x?sync=maybe", "not `maybe`"),
    ] {
        let error = open_url(url, None).await.expect_err(url);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
        assert!(error.to_string().contains(what), "{url}: {error}");
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "x")?;
    for path in [file.clone(), file.join("below")] {
        let error = open(&path, "").await.expect_err("a file in place of the folder");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    }
    let whole = format!("files://{}", folder.path().join("store").display());
    open_url(&whole, None).await?.ping().await?;
    Ok(())
}

async fn until_empty(objects: &Objects, folder: &std::path::Path) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let left = files_in(folder);
        if left.is_empty() && std::fs::read_dir(folder.join(".bedplate/intents"))?.count() == 0 {
            return Ok(());
        }
        assert!(Instant::now() < deadline, "{left:?} is left of what was given up");
        // A round trip, so that what was given up has time to end.
        let _ = objects.exists("nothing").await?;
    }
}

pub(crate) async fn an_unfinished_put_leaves_no_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let objects = open(folder.path(), "sync=false").await?;
    let writer = async || {
        let mut writer = objects.writer("a/b/upload", PutOptions::new()).await?;
        writer.write(vec![1; 2_500_000]).await?;
        Ok::<_, bedplate_core::Error>(writer)
    };
    writer().await?.abort().await?;
    until_empty(&objects, folder.path()).await?;
    drop(writer().await?);
    until_empty(&objects, folder.path()).await?;
    let unfinished = writer().await?;
    objects.put("a/b/upload", "other").await?;
    objects.delete("a/b/upload").await?;
    drop(unfinished);
    until_empty(&objects, folder.path()).await
}
