//! Backups of several databases in one folder, and what damage to one of them does to the others: nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A folder with platforms, a folder of backups and room for copies.
struct Place(tempfile::TempDir);

/// How a command ended and what it printed.
struct Ended {
    code: Option<i32>,
    data: String,
    words: String,
}

impl Ended {
    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.words);
        serde_json::from_str(&self.data).unwrap()
    }
}

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.path("scratch")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A platform with the service `orders`, whose database has so many rows.
    async fn platform(&self, name: &str, rows: usize) {
        std::fs::create_dir(self.path(name)).unwrap();
        let manifest = format!("platform = \"{name}\"\n\n[services.orders]\nsql = true\n");
        std::fs::write(self.path(name).join("bedplate.toml"), manifest).unwrap();
        self.db(name, &["create"]).expect_done();
        self.fill(&format!("{name}/.bedplate/dev/orders/sql.db"), rows).await;
    }

    async fn fill(&self, database: &str, rows: usize) {
        let path = self.path(database);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let sql = bedplate::sql(&format!("sqlite:{}", path.display())).await.unwrap();
        let table = "create table if not exists orders (id integer primary key, note text not null)";
        sql.query(table).execute().await.unwrap();
        let insert = "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1) \
                      insert into orders (note) select hex(randomblob(400)) from n";
        sql.query(insert).bind(rows as i64).execute().await.unwrap();
        sql.close().await;
    }

    fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bedplate"));
        command.arg("db").args(arguments).current_dir(self.path(folder)).stdin(Stdio::null());
        command.env("TMPDIR", self.path("scratch"));
        command
    }

    fn db(&self, folder: &str, arguments: &[&str]) -> Ended {
        let output = self.command(folder, arguments).output().unwrap();
        let [data, words] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Ended { code: output.status.code(), data, words }
    }

    fn backup(&self, platform: &str) -> String {
        let taken = self.db(platform, &["backup", "--to", "../store", "--json"]).json();
        taken[0]["backup"].as_str().unwrap().to_string()
    }

    /// The backups in the folder, the newest first, and how many there are that don't count.
    fn backups(&self) -> (Vec<String>, usize) {
        let listed = self.db(".", &["backups", "--in", "store", "--json"]).json();
        let ids = listed["backups"].as_array().unwrap().iter().map(|one| one["backup"].as_str().unwrap());
        (ids.map(String::from).collect(), listed["incomplete"].as_array().unwrap().len())
    }

    /// Restores a platform's newest backup: its name and its rows.
    fn restore(&self, platform: &str, into: &str) -> (String, u64) {
        let into = format!("sqlite:{into}");
        let restored =
            self.db(platform, &["restore", "orders", "--in", "../store", "--url", &into, "--json"]).json();
        (restored["backup"].as_str().unwrap().into(), restored["rows"].as_u64().unwrap())
    }

    /// The files of the store whose names begin so.
    fn files(&self, begin: &str) -> Vec<PathBuf> {
        let mut found = walk(&self.path("store"));
        found.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(begin));
        assert!(!found.is_empty(), "nothing begins with {begin}");
        found
    }

    fn scratch_is_empty(&self) -> bool {
        self.path("scratch").read_dir().unwrap().next().is_none()
    }
}

impl Ended {
    fn expect_done(&self) {
        assert_eq!(self.code, Some(0), "{}", self.words);
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn two_platforms_in_one_folder_neither_remove_nor_restore_each_others_backups() {
    let place = Place::new();
    place.platform("one", 3).await;
    place.platform("two", 5).await;
    for platform in ["one", "two", "one"] {
        place.db(platform, &["backup", "--to", "../store", "--keep", "1"]).expect_done();
    }
    assert_eq!(place.backups().0.len(), 2);
    assert_eq!((place.restore("one", "copy.db").1, place.restore("two", "copy.db").1), (3, 5));
    let proven = place.db("two", &["verify", "--in", "../store", "--json"]).json();
    assert_eq!((&proven[0]["restored"], &proven[0]["rows"]), (&true.into(), &5.into()));
}

#[tokio::test]
async fn two_databases_that_urls_name_neither_remove_nor_restore_each_others_backups() {
    let place = Place::new();
    for (folder, rows) in [("a", 3), ("b", 5)] {
        place.fill(&format!("{folder}/med.db"), rows).await;
        let backup = ["backup", "--url", "sqlite:med.db", "--to", "../store", "--keep", "1"];
        place.db(folder, &backup).expect_done();
        place.db(folder, &backup).expect_done();
    }
    let listed = place.db(".", &["backups", "--in", "store", "--json"]).json();
    let listed = listed["backups"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    for one in listed {
        let (path, rows) = (one["path"].as_str().unwrap(), &one["rows"]);
        let into = format!("sqlite:copy-of-{rows}.db");
        let restore = ["restore", "--from", path, "--in", "store", "--url", &into, "--json"];
        assert_eq!(&place.db(".", &restore).json()["rows"], rows);
    }
}

#[tokio::test]
async fn whoever_lost_the_manifest_names_the_platform_where_several_have_such_a_service() {
    let place = Place::new();
    place.platform("one", 3).await;
    place.backup("one");
    let lost = |into: &str, more: &[&str]| {
        let url = format!("sqlite:{into}");
        let begin = ["restore", "orders", "--env", "dev", "--in", "store", "--url", &url, "--json"];
        place.db(".", &[&begin, more].concat())
    };
    assert_eq!(lost("alone.db", &[]).json()["rows"], 3);
    place.platform("two", 5).await;
    let newest = place.backup("two");
    let refused = lost("several.db", &[]);
    assert!(refused.code == Some(2) && refused.words.contains("one/dev/orders"), "{}", refused.words);
    assert!(!place.path("several.db").exists(), "a database was made for nothing");
    let path = format!("two/dev/orders/{newest}");
    assert_eq!(lost("named.db", &["--from", &path]).json()["rows"], 5);
    let refused = place.db("one", &["restore", "orders", "--in", "../store", "--from", &newest]);
    assert_eq!(refused.code, Some(1), "a backup of another platform was taken: {}", refused.words);
}

#[tokio::test]
async fn a_damaged_backup_hides_no_other_and_counts_for_nothing() {
    let place = Place::new();
    place.platform("one", 3).await;
    // What the store says of the newest backup's record, the record itself, and what the store says of its content.
    for (ending, is_own) in [(".json~", true), (".json~", false), (".backup.zst~", true)] {
        for text in ["{", ""] {
            let (older, newer) = (place.backup("one"), place.backup("one"));
            let mut files = place.files(&format!("{newer}{ending}"));
            files.retain(|path| path.to_string_lossy().ends_with('~') == is_own);
            std::fs::write(&files[0], text).unwrap();
            let what = format!("{text:?} in {}", files[0].display());
            let (ids, damaged) = place.backups();
            assert!(ids.first() == Some(&older) && damaged == 1, "{what}: {ids:?}, {damaged} damaged");
            let copy = format!("copy-{newer}.db");
            assert_eq!(place.restore("one", &copy), (older.clone(), 3), "{what}");
            let asked = ["restore", "orders", "--in", "../store", "--from", &newer, "--url", "sqlite:no.db"];
            let refused = place.db("one", &asked);
            assert!(refused.code == Some(1) && refused.words.contains("can't be used"), "{}", refused.words);
            let kept = place.db("one", &["backup", "--to", "../store", "--keep", "2", "--json"]).json();
            let kept = kept[0]["backup"].as_str().unwrap().to_string();
            assert_eq!(place.backups().0, [kept, older], "{what}: a damaged one was counted");
            place.db("one", &["backup", "--to", "../store", "--keep", "1"]).expect_done();
            let (ids, damaged) = place.backups();
            assert_eq!((ids.len(), damaged), (1, 0), "{what}");
        }
    }
}

#[tokio::test]
async fn a_content_that_was_cut_off_is_listed_as_damaged() {
    let place = Place::new();
    place.platform("one", 3).await;
    let (older, newer) = (place.backup("one"), place.backup("one"));
    let mut files = place.files(&format!("{newer}.backup.zst~"));
    files.retain(|path| !path.to_string_lossy().ends_with('~'));
    std::fs::write(&files[0], "").unwrap();
    assert_eq!(place.backups(), (vec![older.clone()], 1));
    let proven = place.db("one", &["verify", "--in", "../store"]);
    assert!(proven.words.contains(&format!("{newer}` is newer and doesn't count")), "{}", proven.words);
    assert_eq!(place.restore("one", "copy.db"), (older, 3));
}

#[tokio::test]
async fn backups_that_were_copied_to_another_service_hide_none() {
    let place = Place::new();
    place.platform("one", 3).await;
    let ids = [place.backup("one"), place.backup("one")];
    let folder = place.files(&format!("{}.json~", ids[0]))[0].parent().unwrap().to_path_buf();
    for name in ["another", "users"] {
        let copied = Command::new("cp").arg("-a").arg(&folder).arg(folder.with_file_name(name)).status();
        assert!(copied.unwrap().success());
    }
    let (listed, damaged) = place.backups();
    assert_eq!((listed.as_slice(), damaged), (&[ids[1].clone(), ids[0].clone()][..], 4));
    assert_eq!(place.restore("one", "copy.db"), (ids[1].clone(), 3));
}

#[tokio::test]
async fn what_never_became_a_backup_goes_when_newer_ones_are_kept() {
    let place = Place::new();
    place.platform("one", 3).await;
    for ending in [".json~", ".backup.zst~"] {
        let half = place.backup("one");
        for file in place.files(&format!("{half}{ending}")) {
            std::fs::remove_file(file).unwrap();
        }
        assert_eq!(place.backups(), (vec![], 1));
        place.db("one", &["backup", "--to", "../store", "--keep", "1"]).expect_done();
        let (ids, damaged) = place.backups();
        assert_eq!((ids.len(), damaged), (1, 0), "without {ending}");
        for file in walk(&place.path("store/one/dev/orders")) {
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_killed_leaves_nothing_for_longer_than_until_the_next_run() {
    let place = Place::new();
    place.fill("orders.db", 30_000).await;
    let arguments = ["backup", "--url", "sqlite:orders.db", "--to", "store"];
    let mut child = place.command(".", &arguments).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !walk(&place.path("scratch")).iter().any(|path| path.ends_with("copy")) {
        assert!(Instant::now() < deadline, "no copy was begun within 20 s");
        // waits: until the copy is on its way, which is before the backup is done.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.scratch_is_empty());
    place.db(".", &arguments).expect_done();
    assert!(place.scratch_is_empty(), "{:?}", walk(&place.path("scratch")));
}

#[tokio::test]
async fn a_restore_of_what_is_there_already_says_so_and_changes_nothing() {
    let place = Place::new();
    place.platform("one", 3).await;
    let id = place.backup("one");
    let again = ["restore", "orders", "--in", "../store"];
    let ended = place.db("one", &again);
    assert!(ended.code == Some(0) && ended.words.contains("as it was"), "{}", ended.words);
    place.fill("one/.bedplate/dev/orders/sql.db", 1).await;
    let refused = place.db("one", &again);
    assert!(refused.code == Some(1) && refused.words.contains("already"), "{}", refused.words);
    assert_eq!(place.restore("one", "copy.db"), (id, 3));
}
