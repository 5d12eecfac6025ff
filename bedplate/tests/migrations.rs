//! What a folder of migrations gives, and what it says when it gives none.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use bedplate::ErrorKind;
use bedplate::sql::Dialect;

#[test]
fn the_scripts_of_a_folder_are_read_and_nothing_else_in_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("0002_b.sql", "two"),
        ("0001_a.sql", "one"),
        ("0002_b.postgres.sql", "zwei"),
        ("README.md", "notes"),
        (".0003_c.sql", "an editor's"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let migrations = bedplate::migrations_from(folder.path()).unwrap();
    let scripts = |dialect| migrations.of(dialect).iter().map(|m| m.script.clone()).collect::<Vec<_>>();
    assert_eq!(scripts(Dialect::Sqlite), ["one", "two"]);
    assert_eq!(scripts(Dialect::Postgres), ["one", "zwei"]);
}

#[test]
fn folders_as_prisma_lays_them_out_are_read_beside_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("20240101120000_init/migration.sql", "init");
    write("20240101120000_init/down.sql", "no init");
    write("20240102120000_more/migration.sql", "more");
    write("20240103120000_last.sql", "last");
    write("20240103120000_last.down.sql", "no last");
    write("migration_lock.toml", "provider = \"postgresql\"");
    write("notes/migration.sql", "notes");
    let migrations = bedplate::migrations_from(folder.path()).unwrap();
    let all = migrations.of(Dialect::Postgres);
    let read: Vec<_> = all.iter().map(|one| (one.label(), one.script.as_str(), one.file.as_str())).collect();
    let expected = [
        ("20240101120000_init".into(), "init", "20240101120000_init/migration.sql"),
        ("20240102120000_more".into(), "more", "20240102120000_more/migration.sql"),
        ("20240103120000_last".into(), "last", "20240103120000_last.sql"),
    ];
    assert_eq!(read, expected);
    let downs: Vec<_> = migrations.downs_of(Dialect::Sqlite).iter().map(|down| down.script.clone()).collect();
    assert_eq!(downs, ["no init", "no last"]);

    fs::create_dir(folder.path().join("20240104120000_empty")).unwrap();
    let error = bedplate::migrations_from(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.subject().ends_with("20240104120000_empty/migration.sql"), "{error:?}");
}

#[test]
fn a_folder_that_is_the_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &std::path::Path| bedplate::migrations_from(path).unwrap_err();
    assert_eq!(refusal(folder.path()).kind(), ErrorKind::NotFound);
    let absent = refusal(&folder.path().join("absent"));
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    assert!(absent.subject().ends_with("absent"), "{absent:?}");
    fs::write(folder.path().join("orders.sql"), "create table orders (id bigint)").unwrap();
    let misnamed = refusal(folder.path());
    assert_eq!(misnamed.kind(), ErrorKind::InvalidInput);
    assert!(misnamed.message().starts_with("`orders.sql` is not the name of a migration"), "{misnamed:?}");
}

#[test]
fn a_script_that_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0001_a.sql"), [0xff, 0xfe]).unwrap();
    let error = bedplate::migrations_from(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.subject().ends_with("0001_a.sql"), "{error:?}");
}
