//! What a restore that fails, or that nobody waits for any more, leaves behind: nothing of its own, and everything of others.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bedplate_core::sql::{Begin, Migrations, Sql};
use bedplate_core::{ErrorKind, Result};
use bedplate_supervisor::LocalServer;
use tokio::task::JoinHandle;

use crate::scene::{eventually, open, provide, server, service};

/// What the database has.
const LEFT: &str = "
select concat(lower(table_type), ' ', table_name) from information_schema.tables where table_schema = database()
union all select concat(lower(routine_type), ' ', routine_name) from information_schema.routines where routine_schema = database()
union all select concat('event ', event_name) from information_schema.events where event_schema = database() order by 1";

async fn left(sql: &Sql) -> Vec<String> {
    sql.query(LEFT).fetch_all().await.unwrap()
}

/// Makes one of everything, and a copy of it.
async fn copy(server: &LocalServer, folder: &Path) -> PathBuf {
    let (_, at_source) = provide(&server.address(), &service("source")).await.unwrap();
    let source = open(at_source).await.unwrap();
    for text in [
        "create sequence numbers",
        "create table parents (id bigint not null primary key)",
        "create table children (id bigint not null primary key, parent bigint, foreign key (parent) references parents (id))",
        "create table logged (id bigint)",
        "insert into parents values (1), (2)",
        "insert into children values (nextval(numbers), 1), (nextval(numbers), 2)",
        "create view seen as select id from parents",
        "create trigger after_parent after insert on parents for each row insert into logged values (new.id)",
        "create procedure tidy() begin\ncreate table others_own (a bigint);\nend",
        "create function one() returns bigint return 1",
        "create event every_day on schedule every 1 day do begin\ndelete from logged;\nend",
    ] {
        source.query(text).execute().await.unwrap();
    }
    let file = folder.join("copy");
    source.backup(&file, &|_| ()).await.unwrap();
    file
}

/// Writes a copy with one more statement before its last line.
fn with_last(file: &Path, statement: &str) -> PathBuf {
    let whole = std::fs::read_to_string(file).unwrap();
    let (all, end) = whole.split_once("-- Dump completed").unwrap();
    let other = file.with_extension("more");
    std::fs::write(&other, format!("{all}{statement};\n-- Dump completed{end}")).unwrap();
    other
}

/// Holds the statement `do get_lock('gate', 60)` of a restore up until it is dropped, and waits until that has come so far.
async fn until_it_stands_at_the_gate(root: &Sql, restore: &JoinHandle<Result<()>>) {
    let waits =
        "select count(*) from information_schema.processlist where info = 'do get_lock(''gate'', 60)'";
    eventually("a restore that has come to the gate", async || {
        assert!(!restore.is_finished(), "it ended before");
        root.query(waits).fetch_one::<i64>().await.unwrap() == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_restore_removes_what_it_made_and_nothing_else() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = copy(&server, folder.path()).await;
    let (_, at_target) = provide(&server.address(), &service("target")).await.unwrap();
    let (root, target) = (open(server.address()).await.unwrap(), open(at_target).await.unwrap());
    let broken = with_last(&file, "do get_lock('gate', 60);\ncreate broken");
    let mut gate = root.begin(Begin::new()).await.unwrap();
    gate.query("do get_lock('gate', 60)").execute().await.unwrap();
    let (restored, its_file) = (target.clone(), broken.clone());
    let restore = tokio::spawn(async move { restored.restore(&its_file, &|_| ()).await });
    until_it_stands_at_the_gate(&root, &restore).await;
    let everything = [
        "base table children",
        "base table logged",
        "base table parents",
        "event every_day",
        "function one",
        "procedure tidy",
        "sequence numbers",
        "view seen",
    ];
    let mut meanwhile = vec!["base table bedplate_restoring"];
    meanwhile.extend(everything);
    assert_eq!(left(&target).await, meanwhile);
    // What is there looks like a database, and is only a part of one.
    let migrations =
        Migrations::from_files([("0001_a.sql", "create table a (b bigint primary key)")]).unwrap();
    let error = migrations.status(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert!(migrations.apply(&target).await.is_err());
    // Somebody else makes something of their own; one that migrates as well waits.
    target.query("create table others_own (a bigint)").execute().await.unwrap();
    target.query("create view others_view as select a from others_own").execute().await.unwrap();
    let locked = target.lock("bedplate_migrations", Duration::ZERO).await.err().unwrap();
    assert_eq!(locked.kind(), ErrorKind::TimedOut, "{locked:?}");
    gate.query("do release_lock('gate')").execute().await.unwrap();
    let error = restore.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    assert!(error.help().unwrap().contains("nothing"), "{error:?}");
    assert_eq!(left(&target).await, ["base table others_own", "view others_view"]);
    for text in ["drop view others_view", "drop table others_own", "create procedure mine() select 1"] {
        target.query(text).execute().await.unwrap();
    }
    // A procedure alone keeps a restore away too: the copy may have one of its name.
    let error = target.restore(&file, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    target.query("drop procedure mine").execute().await.unwrap();
    target.restore(&file, &|_| ()).await.unwrap();
    assert_eq!(left(&target).await, everything);
    assert_eq!(target.query("select count(*) from children").fetch_one::<i64>().await.unwrap(), 2);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_the_same_name_that_appears_meanwhile_stays() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = copy(&server, folder.path()).await;
    let (_, at_target) = provide(&server.address(), &service("target")).await.unwrap();
    let (root, target) = (open(server.address()).await.unwrap(), open(at_target).await.unwrap());
    let whole = std::fs::read_to_string(&file).unwrap();
    let (before, after) = whole.split_once("CREATE TABLE `logged`").unwrap();
    std::fs::write(&file, format!("{before}do get_lock('gate', 60);\nCREATE TABLE `logged`{after}")).unwrap();
    let mut gate = root.begin(Begin::new()).await.unwrap();
    gate.query("do get_lock('gate', 60)").execute().await.unwrap();
    let (restored, its_file) = (target.clone(), file.clone());
    let restore = tokio::spawn(async move { restored.restore(&its_file, &|_| ()).await });
    until_it_stands_at_the_gate(&root, &restore).await;
    target.query("create table logged (mine bigint)").execute().await.unwrap();
    target.query("insert into logged values (7)").execute().await.unwrap();
    gate.query("do release_lock('gate')").execute().await.unwrap();
    let error = restore.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert_eq!(left(&target).await, ["base table logged"]);
    assert_eq!(target.query("select mine from logged").fetch_one::<i64>().await.unwrap(), 7);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_nobody_waits_for_leaves_nothing() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = copy(&server, folder.path()).await;
    let (_, at_target) = provide(&server.address(), &service("target")).await.unwrap();
    let (root, target) = (open(server.address()).await.unwrap(), open(at_target.clone()).await.unwrap());
    let slow = with_last(&file, "do get_lock('gate', 60);\ncreate table last_one (a bigint)");
    let mut gate = root.begin(Begin::new()).await.unwrap();
    gate.query("do get_lock('gate', 60)").execute().await.unwrap();
    let (restored, its_file) = (target.clone(), slow.clone());
    let restore = tokio::spawn(async move { restored.restore(&its_file, &|_| ()).await });
    until_it_stands_at_the_gate(&root, &restore).await;
    assert!(left(&target).await.len() > 7);
    restore.abort();
    assert!(restore.await.unwrap_err().is_cancelled());
    // Whoever closes waits for it; the file needn't be there any more.
    std::fs::remove_file(&slow).unwrap();
    target.close().await;
    let target = open(at_target).await.unwrap();
    assert_eq!(left(&target).await, [""; 0]);
    drop(gate);
    target.restore(&file, &|_| ()).await.unwrap();
    server.stop().await.unwrap();
}
