//! Databases that a URL names and no manifest: their backups are theirs, nothing false is said of their migrations, and a failure leaves nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A folder without a manifest.
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
    /// With a database of three rows that was migrated.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.path("scripts")).unwrap();
        let script =
            "create table orders (id integer primary key);\ninsert into orders (id) values (1), (2), (3);\n";
        std::fs::write(place.path("scripts/0001_orders.sql"), script).unwrap();
        place.db(&["migrate", "--url", "sqlite:orders.db", "--migrations", "scripts", "--json"]).json();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn db(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bedplate"));
        command.arg("db").args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        let output = command.env("ORDERS_URL", "sqlite:orders.db").output().unwrap();
        let [data, words] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Ended { code: output.status.code(), data, words }
    }

    fn files(&self) -> Vec<String> {
        let entries = self.0.path().read_dir().unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn the_url_of_a_backup_finds_it_again_to_prove_it_and_to_restore_it() {
    let place = Place::new();
    let taken = place.db(&["backup", "--url", "sqlite:orders.db", "--to", "store", "--json"]).json();
    let proven = place.db(&["verify", "--url", "sqlite:orders.db", "--in", "store", "--json"]).json();
    assert_eq!((&proven[0]["restored"], &proven[0]["backup"]), (&true.into(), &taken[0]["backup"]));
    let service = place.db(&["backups", "--in", "store", "--json"]).json()["backups"][0]["service"].clone();
    let named = ["restore", service.as_str().unwrap(), "--in", "store", "--url", "sqlite:named.db", "--json"];
    assert_eq!(place.db(&named).json()["rows"], taken[0]["rows"]);
    std::fs::remove_file(place.path("orders.db")).unwrap();
    let lost = place.db(&["restore", "--in", "store", "--url", "sqlite:orders.db", "--json"]).json();
    assert_eq!((&lost["rows"], &lost["backup"]), (&taken[0]["rows"], &taken[0]["backup"]));
}

#[test]
fn a_url_can_stand_in_a_variable() {
    let place = Place::new();
    let status = place.db(&["status", "--url", "env:ORDERS_URL", "--json"]).json();
    assert_eq!(status[0]["tables"][0]["name"], "orders");
    let unset = place.db(&["status", "--url", "env:NOBODY_SET_THIS"]);
    assert!(unset.code == Some(2) && unset.words.contains("`NOBODY_SET_THIS` is not set"), "{}", unset.words);
}

#[test]
fn of_migrations_whose_folder_nobody_named_nothing_is_said_but_their_records() {
    let place = Place::new();
    let status = place.db(&["status", "--url", "sqlite:orders.db"]);
    assert!(status.code == Some(0) && status.data.contains("0001_orders"), "{}", status.words);
    assert!(!status.data.contains("gone") && !status.data.contains("missing"), "{}", status.data);
    assert!(status.data.contains("--migrations"), "{}", status.data);
    let json = place.db(&["status", "--url", "sqlite:orders.db", "--json"]).json();
    assert!(json[0]["migrations"][0]["state"].is_null(), "{json}");
    for verb in ["check", "migrate"] {
        let refused = place.db(&[verb, "--url", "sqlite:new.db"]);
        assert!(refused.code == Some(1) && refused.words.contains("--migrations"), "{}", refused.words);
    }
    assert!(!place.path("new.db").exists(), "a database was made for nothing");
}

#[test]
fn a_restore_that_fails_leaves_no_file_of_its_own() {
    let place = Place::new();
    place.db(&["backup", "--url", "sqlite:orders.db", "--to", "store", "--json"]).json();
    let before = place.files();
    let listed = place.db(&["backups", "--in", "store", "--json"]).json();
    let path = place.path("store").join(listed["backups"][0]["path"].as_str().unwrap());
    let folder = path.parent().unwrap();
    let contents = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let content = contents
        .filter(|path| path.to_string_lossy().contains(".backup.zst~"))
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(&content).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&content, bytes).unwrap();
    let from = listed["backups"][0]["path"].as_str().unwrap();
    let refused =
        place.db(&["restore", "--from", from, "--in", "store", "--url", "sqlite:copy.db", "--json"]);
    assert_eq!(refused.code, Some(1), "{}", refused.words);
    assert_eq!(place.files(), before);
    let error: Value = serde_json::from_str(&refused.data).unwrap();
    assert!(error["error"]["message"].as_str().unwrap().contains("damaged"), "{error}");
}

#[test]
fn what_is_not_there_is_neither_listed_nor_made() {
    let place = Place::new();
    place.db(&["backup", "--url", "sqlite:orders.db", "--to", "store", "--json"]).json();
    let refused = place.db(&["backups", "--in", "store", "--env", "nope", "--json"]);
    assert!(refused.code == Some(1) && refused.words.contains("`nope`"), "{}", refused.words);
    let url = format!("files:{}", place.path("elsewhere").display());
    for store in ["elsewhere", &url] {
        assert_eq!(place.db(&["backups", "--in", store]).code, Some(1));
    }
    assert!(!place.path("elsewhere").exists(), "a folder was made");
}
