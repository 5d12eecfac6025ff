//! Copies with everything that a dump can hold, and what stands in their way.

use std::time::Duration;

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};

use crate::scene::{open, provide, server, service};

async fn furnish(sql: &Sql) {
    for text in [
        "create table notes (id bigint not null auto_increment primary key, v longtext, raw longblob, size bigint as (length(v)) stored)",
        "create table logged (id bigint not null)",
        "create trigger after_note after insert on notes for each row insert into logged values (new.id)",
        "create procedure note(what text) begin insert into notes (v) values (what); end",
        "create function half(n bigint) returns bigint deterministic return n div 2",
        "create view seen as select v from notes",
        r"insert into notes (v) values ('back\slash, ''quote'' and \n'), ('DEFINER=`a`@`b`')",
    ] {
        sql.query(text).execute().await.unwrap();
    }
    let bytes: Vec<u8> = (0..=255).collect();
    sql.query("insert into notes (v, raw) values ($1, $2)")
        .bind("\r\n\t👩")
        .bind(bytes)
        .execute()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn routines_triggers_and_views_belong_to_whoever_restores_them() {
    let Some(server) = server().await else { return };
    let (_, at_source) = provide(&server.address(), &service("source")).await.unwrap();
    let (_, at_copy) = provide(&server.address(), &service("copy_1")).await.unwrap();
    let (source, copy) = (open(at_source).await.unwrap(), open(at_copy).await.unwrap());
    furnish(&source).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a 'copy'; of it");
    let tally = source.backup(&file, &|_| ()).await.unwrap();
    assert_eq!(tally.rows(), 6, "{tally:?}");
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    copy.restore(&file, &|_| ()).await.unwrap();
    assert_eq!(tally.differences(&copy.tally().await.unwrap()), [""; 0]);
    copy.query("call note('from the copy')").execute().await.unwrap();
    let counts: (i64, i64, i64) = copy
        .query("select (select count(*) from notes), (select count(*) from logged), half(max(id) * 2) from notes")
        .fetch_one()
        .await
        .unwrap();
    assert_eq!(counts, (4, 4, 4));
    let definers: Vec<String> = copy
        .query(
            "select definer from information_schema.views where table_schema = database() \
             union select definer from information_schema.routines where routine_schema = database() \
             union select definer from information_schema.triggers where trigger_schema = database()",
        )
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(definers, ["copy_1@%"]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_open_is_waited_for_and_one_that_ends_is_in_the_copy() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().with_setting("connection_limit", "2")).await.unwrap();
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut writer = sql.begin(Begin::new()).await.unwrap();
    writer.query("insert into t values (1)").execute().await.unwrap();
    let file = folder.path().join("a");
    let (copied, its_file) = (sql.clone(), file.clone());
    let backup = tokio::spawn(async move { copied.backup(&its_file, &|_| ()).await });
    // waits: as long as the backup certainly needs to ask for its lock; it asks again while the writer stays.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!backup.is_finished(), "{:?}", backup.await);
    assert!(!file.exists(), "a file that isn't whole has its name");
    writer.query("insert into t values (2)").execute().await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(backup.await.unwrap().unwrap().rows(), 2);
    assert!(file.exists());
    // A backup whose caller goes away leaves no file, no lock and no connection.
    let mut writer = sql.begin(Begin::new()).await.unwrap();
    writer.query("insert into t values (3)").execute().await.unwrap();
    let abandoned = folder.path().join("b");
    // waits: as above.
    let backup = tokio::time::timeout(Duration::from_millis(300), sql.backup(&abandoned, &|_| ()));
    assert!(backup.await.is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "files that are left");
    writer.commit().await.unwrap();
    sql.query("insert into t values (4)").execute().await.unwrap();
    let error = sql.restore(&abandoned, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    server.stop().await.unwrap();
}
