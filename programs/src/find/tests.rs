//! Where programs are found, and what is said where they aren't.

use std::fs;

use super::*;

/// Files below a folder of the test's own, removed at its end.
struct Tree(PathBuf);

impl Tree {
    fn new(test: &str, programs: &[&str]) -> Self {
        let root = std::env::temp_dir().join(format!("bedplate-find-{test}-{}", std::process::id()));
        for program in programs {
            let file = root.join(program);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(root)
    }

    fn pattern(&self, rest: &str) -> &'static str {
        format!("{}/{rest}", self.0.display()).leak()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PACKAGES: Packages<'static> = &[("brew", "thing@2"), ("apt", "thing-server")];

fn programs(programs: &[(&'static str, &[&'static str])]) -> Vec<Program> {
    programs.iter().map(|(name, folders)| Program { name, folders: folders.to_vec().leak() }).collect()
}

#[test]
fn takes_the_highest_version_by_its_number() {
    let tree = Tree::new("version", &["pg/9.6/bin/db", "pg/15/bin/db", "pg/8/bin/db", "pg/old/bin/db"]);
    let found = find_in(&programs(&[("db", &[tree.pattern("pg/*/bin")])]), PACKAGES, &[]).unwrap();
    assert_eq!(found["db"], tree.0.join("pg/15/bin/db"));
}

#[test]
fn a_star_may_be_a_part_of_a_name() {
    let tree = Tree::new("part", &["opt/db@9/bin/db", "opt/db@16/bin/db", "opt/other@99/bin/db"]);
    let found = find_in(&programs(&[("db", &[tree.pattern("opt/db@*/bin")])]), PACKAGES, &[]).unwrap();
    assert_eq!(found["db"], tree.0.join("opt/db@16/bin/db"));
}

#[test]
fn folders_come_before_path_and_path_is_the_last_resort() {
    let tree = Tree::new("path", &["lib/1/db", "path/db", "path/tool"]);
    let description = programs(&[("db", &[tree.pattern("lib/*")]), ("tool", &[])]);
    let found = find_in(&description, PACKAGES, &[tree.0.join("path")]).unwrap();
    assert_eq!(found["db"], tree.0.join("lib/1/db"));
    assert_eq!(found["tool"], tree.0.join("path/tool"));
}

#[test]
fn programs_of_one_product_come_from_one_version() {
    let tree = Tree::new("one", &["lib/15/db", "lib/15/init", "lib/16/init"]);
    let folders: &[&str] = &[tree.pattern("lib/*")];
    let found = find_in(&programs(&[("db", folders), ("init", folders)]), PACKAGES, &[]).unwrap();
    assert_eq!(found["init"], tree.0.join("lib/15/init"));
}

#[test]
fn passes_over_what_cannot_run() {
    let tree = Tree::new("mode", &["a/db", "b/db", "c/db/x"]);
    fs::set_permissions(tree.0.join("a/db"), fs::Permissions::from_mode(0o644)).unwrap();
    let folders: &[&str] = &[tree.pattern("a"), tree.pattern("c"), tree.pattern("b")];
    let found = find_in(&programs(&[("db", folders)]), PACKAGES, &[]).unwrap();
    assert_eq!(found["db"], tree.0.join("b/db"));
}

#[test]
fn names_what_is_missing_and_the_command_of_this_machine() {
    let tree = Tree::new("missing", &["path/brew", "path/tool"]);
    let description = programs(&[("db", &[]), ("init", &[]), ("tool", &[])]);
    let missing = find_in(&description, PACKAGES, &[tree.0.join("path")]).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the programs `db`, `init` are not on this machine: install with `brew install thing@2`"
    );
    let error = Error::from(missing);
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.help(), Some("install with `brew install thing@2`"));
}
