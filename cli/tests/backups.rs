//! Backups as they lie in a folder: which of them count, what damage does, and what is left of one that was given up.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bedplate::ErrorKind;
use bedplate::objects::{ListOptions, Objects};
use bedplate::sql::Sql;
use bedplate_backup::{Backups, Owner, Record, Restored, Step};

fn owner() -> Owner {
    Owner::new("shop", "dev", "orders")
}

/// A folder with a database, a store of backups and room for copies.
struct Place {
    folder: tempfile::TempDir,
    objects: Objects,
    backups: Backups,
    sql: Sql,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let objects = bedplate::objects(&format!("files:{}", path("store"))).await.unwrap();
        let sql = bedplate::sql(&format!("sqlite:{}", path("orders.db"))).await.unwrap();
        sql.query("create table orders (id integer primary key, note text not null)")
            .execute()
            .await
            .unwrap();
        std::fs::create_dir(folder.path().join("scratch")).unwrap();
        let backups = Backups::new(objects.clone(), folder.path().join("scratch"));
        let place = Self { folder, objects, backups, sql };
        place.insert(100).await;
        place
    }

    async fn insert(&self, rows: usize) {
        // Notes that don't compress, so that a copy has several pieces.
        let insert = "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1) \
                      insert into orders (note) select hex(randomblob(400)) from n";
        self.sql.query(insert).bind(rows as i64).execute().await.unwrap();
    }

    async fn take(&self) -> Record {
        self.backups.take(&self.sql, &owner(), "sqlite", &|_| ()).await.unwrap()
    }

    async fn empty(&self, name: &str) -> Sql {
        let path = self.folder.path().join(name);
        bedplate::sql(&format!("sqlite:{}", path.display())).await.unwrap()
    }

    async fn ids(&self) -> Vec<String> {
        let listing = self.backups.of(&owner()).await.unwrap();
        listing.backups.into_iter().map(|record| record.id).collect()
    }

    async fn keys(&self) -> Vec<String> {
        let listing = self.objects.list(ListOptions::prefix("")).await.unwrap();
        listing.objects.into_iter().map(|meta| meta.key).collect()
    }

    fn scratch_is_empty(&self) -> bool {
        self.folder.path().join("scratch").read_dir().unwrap().next().is_none()
    }
}

/// Changes one byte in the middle of what is stored.
fn damage(store: &Path, record: &Record) {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in store.join("shop/dev/orders").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with(&format!("{}.backup.zst~", record.id)) {
            found.push(path);
        }
    }
    let content = found.into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&content).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&content, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_others_write_is_restored_as_it_was_recorded() {
    let place = Arc::new(Place::new().await);
    let (stop, writing) = (Arc::new(AtomicBool::new(false)), place.clone());
    let stopped = stop.clone();
    let writer = tokio::spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            writing.insert(20).await;
        }
    });
    let steps = Mutex::new(Vec::new());
    let record = place
        .backups
        .take(&place.sql, &owner(), "sqlite", &|step| steps.lock().unwrap().push(step))
        .await
        .unwrap();
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert!(
        steps.lock().unwrap().iter().any(|step| matches!(step, Step::Store(done, total) if done == total))
    );
    assert!(record.tally.rows() >= 100 && record.stored.bytes < record.plain.bytes, "{record:?}");
    let copy = place.empty("copy.db").await;
    let found = place.backups.restore(&record, &copy, "sqlite", &|_| ()).await.unwrap();
    assert_eq!((found, copy.tally().await.unwrap()), (Restored::Now, record.tally.clone()));
    let rows: i64 = copy.query("select count(*) from orders").fetch_one().await.unwrap();
    assert_eq!(rows as u64, record.tally.rows());
    assert!(place.scratch_is_empty());
}

#[tokio::test]
async fn a_damaged_backup_touches_no_database_and_the_one_before_is_still_good() {
    let place = Place::new().await;
    let (older, newer) = (place.take().await, place.take().await);
    damage(&place.folder.path().join("store"), &newer);
    let copy = place.empty("copy.db").await;
    for _ in 0..2 {
        let error = place.backups.restore(&newer, &copy, "sqlite", &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
        assert_eq!(place.backups.check(&newer, &|_| ()).await.unwrap_err().kind(), ErrorKind::Corrupt);
    }
    assert!(copy.schema().await.unwrap().tables.is_empty(), "a damaged backup reached the database");
    place.backups.restore(&older, &copy, "sqlite", &|_| ()).await.unwrap();
    assert!(place.scratch_is_empty());
}

#[tokio::test]
async fn a_record_that_tells_something_else_than_its_content_is_found_out() {
    let place = Place::new().await;
    let mut record = place.take().await;
    let mut tally = record.tally.clone();
    tally.tables[0].rows += 1;
    let copy = place.empty("copy.db").await;
    let lying = Record { tally, ..record.clone() };
    let error = place.backups.restore(&lying, &copy, "sqlite", &|_| ()).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Corrupt && error.message().contains("100 rows instead of 101"),
        "{error:?}"
    );
    record.plain.bytes -= 1;
    let error = place.backups.check(&record, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    let other = place.empty("other.db").await;
    let error = place.backups.restore(&record, &other, "postgres", &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
}

#[tokio::test]
async fn what_is_not_complete_counts_for_nothing_and_the_last_good_one_is_never_removed() {
    let place = Place::new().await;
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(place.take().await);
    }
    let newest_first: Vec<String> = taken.iter().rev().map(|record| record.id.clone()).collect();
    assert_eq!(place.ids().await, newest_first);
    // The newest one lost its record, as one that is half written has none yet.
    place.objects.delete(&taken[3].record_key()).await.unwrap();
    place.objects.put(&taken[2].record_key(), "{").await.unwrap();
    let listing = place.backups.of(&owner()).await.unwrap();
    assert_eq!((listing.backups.len(), listing.broken.len()), (2, 2), "{listing:?}");
    let removed = place.backups.prune(&owner(), 0).await.unwrap();
    assert_eq!(removed, [taken[0].clone()]);
    assert_eq!(place.ids().await, [taken[1].id.clone()]);
    // Whoever writes it may be about to write its record.
    assert!(
        place.keys().await.contains(&taken[3].content_key()),
        "a backup was removed while it was written"
    );
    assert!(place.backups.prune(&owner(), 0).await.unwrap().is_empty());
    let copy = place.empty("copy.db").await;
    place.backups.restore(&taken[1], &copy, "sqlite", &|_| ()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_given_up_leaves_nothing() {
    let place = Place::new().await;
    place.insert(4_000).await;
    let (begun, storing) = tokio::sync::oneshot::channel();
    let begun = Mutex::new(Some(begun));
    let watch = |step| {
        if let (Step::Store(..), Some(begun)) = (step, begun.lock().unwrap().take()) {
            let _ = begun.send(());
        }
    };
    let owner = owner();
    tokio::select! {
        biased;
        _ = storing => {}
        taken = place.backups.take(&place.sql, &owner, "sqlite", &watch) => panic!("it was done at once: {taken:?}"),
    }
    assert_eq!(place.keys().await, [""; 0]);
    assert!(place.scratch_is_empty());
    place.take().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_interrupts_it_gets_the_terminal_back_and_nothing_is_left() {
    let place = Place::new().await;
    place.insert(30_000).await;
    place.sql.close().await;
    let (database, to) = (place.folder.path().join("orders.db"), place.folder.path().join("to"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_bedplate"))
        .args(["db", "backup", "--url", &format!("sqlite:{}", database.display()), "--to"])
        .arg(&to)
        .env("TMPDIR", place.folder.path().join("scratch"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while place.scratch_is_empty() {
        assert!(Instant::now() < deadline, "no copy was begun within 20 s");
        // waits: until the copy is on its way, which is before the backup is done.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    let mut words = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut words).unwrap();
    assert_eq!((status.code(), words.as_str()), (Some(1), "error: orders: interrupted\n"));
    assert!(place.scratch_is_empty(), "a copy was left behind");
    let left = bedplate::objects(&format!("files:{}", to.display())).await.unwrap();
    assert!(
        left.list(ListOptions::prefix("")).await.unwrap().objects.is_empty(),
        "half a backup was left behind"
    );
}
