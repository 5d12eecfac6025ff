//! What is peculiar to MariaDB: a server that refuses, dies and comes back, and the ways in which its SQL differs.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test ends with its first surprise")]

mod scene;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bedplate_core::sql::{Begin, Isolation, Sql, Value};
use bedplate_core::{Address, ErrorKind};

use scene::{eventually, open, server};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_address_is_told_when_it_is_opened() {
    let Some(server) = server().await else { return };
    let address = server.address();
    let wrong = address.clone().with_credentials("admin", Some("wrong".into()));
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    assert!(error.help().is_some() && !format!("{error:?}").contains("wrong\""), "{error:?}");
    let error = open(address.clone().with_path("/missing")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    // This server has no certificate: what must be encrypted isn't opened, what may be is.
    let error = open(address.clone().with_setting("sslmode", "require")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    open(address.clone().with_setting("sslmode", "disable")).await.unwrap().ping().await.unwrap();
    for (name, value) in [("connection_limit", "0"), ("sslmode", "maybe"), ("pool", "1")] {
        let error = open(address.clone().with_setting(name, value)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error:?}");
    }
    let missing = address.clone().with_setting("sslmode", "verify-full").with_setting("sslrootcert", "/nowhere");
    assert_eq!(open(missing).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    for path in ["", "/"] {
        assert_eq!(open(address.clone().with_path(path)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    server.stop().await.unwrap();
    let started = Instant::now();
    let error = open(address.with_setting("connect_timeout", "2s")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(4) && error.help().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("mysql://u:p@127.0.0.1:{port}/x?connect_timeout=300ms");
    let started = Instant::now();
    let error = open(Address::parse(&url).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(error.message().contains("connect_timeout"), "{error:?}");
}

/// Connections of the server, but for the one that asks.
const CONNECTIONS: &str =
    "select count(*) from information_schema.processlist where user = 'admin' and id <> connection_id()";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_under_load_is_used_again_and_no_connection_leaks() {
    const LIMIT: i64 = 4;
    let Some(mut server) = server().await else { return };
    let address = server.address();
    let sql = open(address.clone().with_setting("connection_limit", LIMIT.to_string())).await.unwrap();
    let table = "create table events (id bigint not null auto_increment primary key, n bigint)";
    sql.query(table).execute().await.unwrap();
    let (stop, committed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> =
        (0..8).map(|n: i64| tokio::spawn(insert_until(sql.clone(), n, stop.clone(), committed.clone()))).collect();
    for _ in 0..2 {
        let before = committed.load(Ordering::Relaxed);
        eventually("commits before the crash", async || committed.load(Ordering::Relaxed) > before + 20).await;
        server.kill();
        server.restart().await.unwrap();
        let before = committed.load(Ordering::Relaxed);
        eventually("commits after the crash", async || committed.load(Ordering::Relaxed) > before + 20).await;
    }
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.unwrap();
    }
    let rows: i64 = sql.query("select count(*) from events").fetch_one().await.unwrap();
    assert!(rows >= committed.load(Ordering::Relaxed) as i64, "{rows} rows are left of more commits");
    let watcher = open(address.with_setting("connection_limit", "1")).await.unwrap();
    eventually("no more connections than the limit", async || {
        (1..=LIMIT).contains(&watcher.query(CONNECTIONS).fetch_one::<i64>().await.unwrap())
    })
    .await;
    assert_eq!(sql.pool().open as i64, watcher.query(CONNECTIONS).fetch_one::<i64>().await.unwrap());
    sql.close().await;
    eventually("no connection after closing", async || {
        watcher.query(CONNECTIONS).fetch_one::<i64>().await.unwrap() == 0
    })
    .await;
    server.stop().await.unwrap();
}

/// Inserts in transactions until it is told to stop; a server that is away is the only thing that may go wrong.
async fn insert_until(sql: Sql, n: i64, stop: Arc<AtomicBool>, committed: Arc<AtomicUsize>) {
    while !stop.load(Ordering::Relaxed) {
        let insert = async {
            let mut tx = sql.begin(Begin::new()).await?;
            tx.query("insert into events (n) values ($1)").bind(n).execute().await?;
            tx.commit().await
        };
        match insert.await {
            Ok(()) => drop(committed.fetch_add(1, Ordering::Relaxed)),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Conflict),
                "{error:?}"
            ),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_statements_end_on_the_server() {
    let Some(server) = server().await else { return };
    let address =
        server.address().with_setting("connection_limit", "2").with_setting("pool_timeout", "300ms");
    let (sql, watcher) = (open(address).await.unwrap(), open(server.address()).await.unwrap());
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let moment = Duration::from_millis(100);
    for round in 0..4 {
        // waits: so long that the statement has certainly begun.
        let sleep = tokio::time::timeout(moment, sql.query("select sleep(600)").execute());
        assert!(sleep.await.is_err(), "it did not sleep");
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        tx.query("insert into t values ($1)").bind(round).execute().await.unwrap();
        let slept = tx
            .savepoint(|tx| {
                Box::pin(async move {
                    // waits: as above.
                    let sleep = tx.query("select sleep(600)").execute();
                    assert!(tokio::time::timeout(moment, sleep).await.is_err(), "it did not sleep");
                    Err::<(), _>(bedplate_core::Error::invalid("given up"))
                })
            })
            .await;
        // The connection goes on, and the transaction with it, as it was at the savepoint.
        assert_eq!(slept.unwrap_err().message(), "given up");
        match round % 2 {
            0 => tx.commit().await.unwrap(),
            _ => drop(tx),
        }
        sql.ping().await.unwrap();
    }
    let ids: Vec<i64> = sql.query("select id from t order by id").fetch_all().await.unwrap();
    assert_eq!(ids, [0, 2]);
    let sleeping = "select count(*) from information_schema.processlist where info like 'select sleep%'";
    eventually("nothing sleeps", async || watcher.query(sleeping).fetch_one::<i64>().await.unwrap() == 0).await;
    // Whoever finds every connection taken is told which setting says how long to wait.
    let held = (sql.begin(Begin::new()).await.unwrap(), sql.begin(Begin::new()).await.unwrap());
    let error = sql.query("select 1").fetch_one::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
    assert!(error.message().contains("pool_timeout"), "{error:?}");
    drop(held);
    sql.ping().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_changes_tables_commits_and_the_transaction_begins_anew() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script("insert into t values (1); create table other (a bigint); insert into t values (2)").await.unwrap();
    tx.query("insert into t values (3)").execute().await.unwrap();
    tx.rollback().await.unwrap();
    let ids: Vec<i64> = sql.query("select id from t").fetch_all().await.unwrap();
    assert_eq!(ids, [1], "what came before the change of tables, and nothing after it");
    // A routine that commits is noticed, and what follows isn't written on its own.
    sql.query("create procedure p() begin insert into t values (4); commit; end").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let error = tx.query("call p()").execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    assert_eq!(tx.query("insert into t values (5)").execute().await.unwrap_err().kind(), ErrorKind::Conflict);
    drop(tx);
    let ids: Vec<i64> = sql.query("select id from t order by id").fetch_all().await.unwrap();
    assert_eq!(ids, [1, 4]);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeatable_read_is_one_snapshot_and_its_lost_race_a_conflict() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint not null primary key, n bigint)").execute().await.unwrap();
    sql.query("insert into t values (1, 0)").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new().isolation(Isolation::RepeatableRead)).await.unwrap();
    let n = "select n from t where id = 1";
    assert_eq!(tx.query(n).fetch_one::<i64>().await.unwrap(), 0);
    sql.query("update t set n = 10").execute().await.unwrap();
    assert_eq!(tx.query(n).fetch_one::<i64>().await.unwrap(), 0);
    let error = tx.query("update t set n = n + 1").execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    tx.rollback().await.unwrap();
    assert_eq!(sql.query(n).fetch_one::<i64>().await.unwrap(), 10);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_names_are_read_as_in_standard_sql() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    let one = async |text: &str| sql.query(text).fetch_one::<String>().await.unwrap();
    assert_eq!(one(r"select 'a\nb'").await, r"a\nb");
    assert_eq!(one("select 'a' || 'b'").await, "ab");
    assert_eq!(one(r"select '\' || ':name' || ' -'").await, r"\:name -");
    assert_eq!(one("select concat(5 -'2', ':a')").await, "3:a");
    sql.query("create table t (id bigint not null auto_increment primary key, \"a:b\" text)").execute().await.unwrap();
    sql.query("insert into t (id, \"a:b\") values ($1, ':x')").bind(0).execute().await.unwrap();
    let row: (i64, String) = sql.query("select id, \"a:b\" from t").fetch_one().await.unwrap();
    assert_eq!(row, (0, ":x".into()), "a 0 is no request for the next number");
    let error = sql.query("insert into t (id) values (?)").bind(1).execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    let equal: (bool, bool) = sql.query("select 'a' = 'A', 'a' = 'a '").fetch_one().await.unwrap();
    assert_eq!(equal, (false, false));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_types_are_exact_or_refused() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    let table = "create table t (small smallint, big bigint unsigned, short float, label varchar(5), feeling enum('good', 'bad'), \
                 bits bit(10), seen timestamp(6) null, born year, raw binary(2), id uuid)";
    sql.query(table).execute().await.unwrap();
    let insert = "insert into t values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let seen: jiff::Timestamp = "2026-01-02T03:04:05.000006Z".parse().unwrap();
    let id = uuid::Uuid::from_u128(7);
    let row: [Value; 10] = [
        7.into(),
        rust_decimal::Decimal::from(u64::MAX).into(),
        0.5.into(),
        "ab".into(),
        "good".into(),
        513.into(),
        seen.into(),
        1999.into(),
        vec![0u8, 255].into(),
        id.into(),
    ];
    sql.query(insert).bind_all(row.clone()).execute().await.unwrap();
    let found = sql.query("select * from t").fetch_rows().await.unwrap();
    assert_eq!(found[0].values()[..9], row[..9]);
    assert_eq!(sql.query("select id from t").fetch_one::<uuid::Uuid>().await.unwrap(), id);
    for (at, value) in [
        (0, Value::from(40_000)),
        (1, (-1).into()),
        (3, "too long".into()),
        (4, "meh".into()),
        (0, "x".into()),
        (9, "x".into()),
    ] {
        let mut row = row.clone();
        row[at] = value.clone();
        let error = sql.query(insert).bind_all(row).execute().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{value:?} in column {at}: {error:?}");
        assert!(!format!("{error:?}").contains("meh"), "{error:?}");
    }
    for text in ["cast('25:00:00' as time)", "cast('-01:00:00' as time)", "cast('1e40' as decimal(65, 0))"] {
        let error = sql.query(format!("select {text} as odd")).fetch_rows().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}: {error:?}");
        assert!(error.message().contains("odd") && error.help().is_some(), "{error:?}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_ten_megabytes_comes_back() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (v longblob, w longtext)").execute().await.unwrap();
    let bytes: bytes::Bytes = (0..10 << 20).map(|at| (at % 251) as u8).collect();
    let text = "é".repeat(5 << 20);
    let insert = "insert into t values ($1, $2)";
    sql.query(insert).bind(bytes.clone()).bind(text.as_str()).execute().await.unwrap();
    let rows = sql.query("select v, w from t where length(v) = $1").bind(10 << 20).fetch_rows().await.unwrap();
    assert!(rows[0].values() == [Value::Bytes(bytes), Value::Text(text)], "it came back otherwise");
    let limit = sql.features().max_value_bytes.unwrap();
    assert!((30 << 20..32 << 20).contains(&limit), "{limit}");
    let beyond = sql.query(insert).bind(vec![0u8; limit as usize + 1]).bind("").execute().await.unwrap_err();
    assert_eq!(beyond.kind(), ErrorKind::Limited, "{beyond:?}");
    server.stop().await.unwrap();
}
