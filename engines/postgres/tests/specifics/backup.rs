//! Copies, counted in the moment in which they are made.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Sql};

use crate::scene::{eventually, open, provide, server, service};

const SCHEMA: &str = "
create table plain (id bigint generated always as identity primary key, t text, at timestamptz default now(), amount numeric(20, 4),
  ratio double precision, raw bytea, doc jsonb, span interval, tags text[], cost money, twice bigint generated always as (id * 2) stored);
create index plain_at on plain (at);
create table t (t text);
create table \"Odd \"\"name\"\"\" (\"select\" bigint);
create table events (id bigint, day date not null) partition by range (day);
create table events_a partition of events for values from ('2026-01-01') to ('2026-07-01');
create table events_b partition of events for values from ('2026-07-01') to ('2027-01-01');
create table parent (id bigint); create table child (extra text) inherits (parent);
create schema archive; create table archive.plain (id bigint);
create view seen as select * from plain;
create function double(n bigint) returns bigint language sql as 'select n * 2';
insert into plain (t, amount, ratio, raw, doc, span, tags, cost)
  select 'row ' || n, n / 7.0, n / 3.0, decode(md5(n::text), 'hex'), jsonb_build_object('n', n), n * interval '1 hour', array[n::text, null], n
  from generate_series(1, 20000) n;
insert into plain (t) values (null), ('');
insert into t values ('a'), ('b'); insert into \"Odd \"\"name\"\"\" values (1);
insert into events select n, '2026-01-01'::date + n from generate_series(1, 300) n;
insert into parent values (1); insert into child values (2, 'x'); insert into archive.plain values (1), (2), (3);
comment on table plain is 'kept';";

async fn fill(sql: &Sql) {
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(SCHEMA).await.unwrap();
    tx.commit().await.unwrap();
}

/// The names of what lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_is_what_was_counted() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.dump");
    let mut orders = service("orders");
    orders.extensions = vec!["citext".into()];
    let (_, address) = provide(&server.address(), &orders).await.unwrap();
    let sql = open(address).await.unwrap();
    fill(&sql).await;
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load = {
        let (sql, stop, written) = (sql.clone(), stop.clone(), written.clone());
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                // Two tables in one transaction, and a table that comes and goes.
                let mut tx = sql.begin(Begin::new()).await.unwrap();
                tx.query("insert into t values ('more')").execute().await.unwrap();
                tx.query("insert into archive.plain values (4)").execute().await.unwrap();
                tx.commit().await.unwrap();
                if written.fetch_add(1, Ordering::Relaxed).is_multiple_of(50) {
                    sql.query("create table passing (id bigint)").execute().await.unwrap();
                    sql.query("drop table passing").execute().await.unwrap();
                }
            }
        })
    };
    eventually("writes", async || written.load(Ordering::Relaxed) > 10).await;
    let seen = AtomicU64::new(0);
    let tally = sql
        .backup(&file, &|bytes| {
            let _ = seen.fetch_max(bytes, Ordering::Relaxed);
        })
        .await
        .unwrap();
    stop.store(true, Ordering::Relaxed);
    load.await.unwrap();

    let metadata = file.metadata().unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(seen.load(Ordering::Relaxed), metadata.len(), "the last progress");
    assert_eq!(names(folder.path()), ["orders.dump"], "something was left beside the copy");
    let rows = |name: &str| tally.tables.iter().find(|table| table.name == name).map(|table| table.rows);
    assert_eq!(rows("plain"), Some(20_002));
    assert_eq!(
        (rows("events"), rows("events_a")),
        (Some(300), None),
        "a partition is counted with its table"
    );
    assert_eq!((rows("parent"), rows("child")), (Some(1), Some(1)));
    assert_eq!(
        rows("t").unwrap() - 2,
        rows("archive.plain").unwrap() - 3,
        "the count saw half of a transaction"
    );

    let (_, address) = provide(&server.address(), &service("fresh")).await.unwrap();
    let fresh = open(address).await.unwrap();
    let read = AtomicU64::new(0);
    // The extension is only the administrator's to make.
    let administrator = open(server.address().with_path("/fresh")).await.unwrap();
    administrator.query("create extension citext").execute().await.unwrap();
    fresh
        .restore(&file, &|bytes| {
            let _ = read.fetch_max(bytes, Ordering::Relaxed);
        })
        .await
        .unwrap();
    assert_eq!(read.load(Ordering::Relaxed), metadata.len());
    assert_eq!(tally.differences(&fresh.tally().await.unwrap()), Vec::<String>::new());
    assert_eq!(fresh.schema().await.unwrap(), sql.schema().await.unwrap());
    let id: i64 =
        fresh.query("insert into plain (t) values ('next') returning id").fetch_one().await.unwrap();
    assert_eq!(id, 20_003, "the sequence goes on");
    let other = tally.differences(&fresh.tally().await.unwrap());
    assert_eq!(other, ["`plain` has 20003 rows instead of 20002"]);

    let error = fresh.restore(&file, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    let error = sql.backup(&file, &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert_eq!(file.metadata().unwrap().len(), metadata.len());
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_value_is_another_checksum() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    fill(&sql).await;
    let before = sql.tally().await.unwrap();
    // How a session shows values makes no difference, and neither does what the role prefers.
    sql.query("alter role postgres set datestyle = 'German'").execute().await.unwrap();
    sql.query("alter role postgres set timezone = 'Asia/Tokyo'").execute().await.unwrap();
    sql.query("alter role postgres set bytea_output = 'escape'").execute().await.unwrap();
    sql.query("alter role postgres set search_path = archive").execute().await.unwrap();
    let again = open(server.address()).await.unwrap().tally().await.unwrap();
    let sums = |tally: &bedplate_core::sql::Tally| -> Vec<String> {
        let mut sums: Vec<_> = tally.tables.iter().map(|table| table.checksum.clone()).collect();
        sums.sort();
        sums
    };
    assert_eq!(sums(&before), sums(&again));
    for change in [
        "update plain set t = '' where t is null",
        "update plain set amount = amount + 0.0001 where id = 7",
        "update plain set ratio = ratio * (1 + 2.3e-16) where id = 7",
        "update plain set at = at + interval '1 microsecond' where id = 7",
        "update plain set tags = array['7', 'null'] where id = 7",
        "update events set id = 0 where id = 7",
        "update child set extra = 'y'",
    ] {
        let before = sql.tally().await.unwrap();
        assert_eq!(sql.query(change).execute().await.unwrap(), 1, "{change}");
        assert_eq!(before.differences(&sql.tally().await.unwrap()).len(), 1, "{change}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_policies_hide_are_never_left_out() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.dump");
    let (_, address) = provide(&server.address(), &service("notes")).await.unwrap();
    let sql = open(address).await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script("create table notes (id bigint primary key, tenant text not null)").await.unwrap();
    tx.query("insert into notes values (1, 'ours'), (2, 'theirs')").execute().await.unwrap();
    tx.script(&sql.dialect().tenant_policy("notes", "tenant").unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    for error in [sql.backup(&file, &|_| ()).await.unwrap_err(), sql.tally().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
        assert!(error.help().unwrap().contains("BYPASSRLS"), "{error:?}");
    }
    assert_eq!(names(folder.path()), Vec::<String>::new(), "a copy without rows was left");

    let above = open(server.address().with_path("/notes")).await.unwrap();
    let tally = above.backup(&file, &|_| ()).await.unwrap();
    assert_eq!(tally.rows(), 2);
    // Whether the service or the administrator restores it, it is the service's.
    for (name, by_service) in [("first", true), ("second", false)] {
        let (_, address) = provide(&server.address(), &service(name)).await.unwrap();
        let above = open(server.address().with_path(format!("/{name}"))).await.unwrap();
        let fresh = open(address).await.unwrap();
        let restoring = if by_service { &fresh } else { &above };
        restoring.restore(&file, &|_| ()).await.unwrap();
        assert_eq!(above.tally().await.unwrap(), tally, "{name}");
        assert_eq!(fresh.query("select count(*) from notes").fetch_one::<i64>().await.unwrap(), 0, "{name}");
        let mut tx = fresh.begin(Begin::new().tenant("ours")).await.unwrap();
        assert_eq!(tx.query("select id from notes").fetch_all::<i64>().await.unwrap(), [1], "{name}");
        tx.rollback().await.unwrap();
        fresh.query("alter table notes add column more text").execute().await.unwrap();
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_fails_leaves_nothing() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
    let (_, address) = provide(&server.address(), &service("orders")).await.unwrap();
    let sql = open(address.clone()).await.unwrap();
    fill(&sql).await;
    sql.backup(&whole, &|_| ()).await.unwrap();
    let (_, fresh) = provide(&server.address(), &service("fresh")).await.unwrap();
    let fresh = open(fresh).await.unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    for length in [bytes.len() / 2, bytes.len() - 1, 3, 0] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let error = fresh.restore(&cut, &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{length} bytes: {error:?}");
        assert!(fresh.schema().await.unwrap().tables.is_empty(), "{length} bytes left tables");
    }
    let error = fresh.restore(&folder.path().join("none"), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    fresh.restore(&whole, &|_| ()).await.unwrap();
    // A role that doesn't own the tables can't copy them, and a folder that isn't there takes nothing.
    let error = sql.backup(&folder.path().join("missing/file"), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    sql.close().await;
    let error = sql.backup(&folder.path().join("closed"), &|_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert_eq!(names(folder.path()), ["cut", "whole"]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_copy_leaves_nothing() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let sql = open(server.address()).await.unwrap();
    fill(&sql).await;
    sql.query("create table slow (id bigint); ").execute().await.unwrap();
    // Whoever holds this lock makes the copy wait.
    let mut holder = sql.begin(Begin::new()).await.unwrap();
    holder.query("lock table slow in access exclusive mode").execute().await.unwrap();
    let file = folder.path().join("copy");
    {
        let copy = sql.backup(&file, &|_| ());
        let mut copy = std::pin::pin!(copy);
        let waiting = "select count(*) from pg_locks where not granted";
        let begun =
            eventually("the copy waits", async || sql.query(waiting).fetch_one::<i64>().await.unwrap() > 0);
        tokio::select! {
            copied = &mut copy => panic!("it was made past a lock: {copied:?}"),
            () = begun => {}
        }
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
    holder.rollback().await.unwrap();
    eventually("its connection is closed", async || {
        let sessions = "select count(*) from pg_stat_activity where state like 'idle in transaction%' or (state = 'active' and pid <> pg_backend_pid())";
        sql.query(sessions).fetch_one::<i64>().await.unwrap() == 0
    })
    .await;
    server.stop().await.unwrap();
}
