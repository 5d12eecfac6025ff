//! A server that refuses, dies and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bedplate_core::sql::{Begin, Sql};
use bedplate_core::{Address, Error, ErrorKind};

use crate::scene::{eventually, open, server};

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
    let missing =
        address.clone().with_setting("sslmode", "verify-full").with_setting("sslrootcert", "/nowhere");
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
    let load: Vec<_> = (0..8)
        .map(|n: i64| tokio::spawn(insert_until(sql.clone(), n, stop.clone(), committed.clone())))
        .collect();
    for _ in 0..2 {
        let before = committed.load(Ordering::Relaxed);
        eventually("commits before the crash", async || committed.load(Ordering::Relaxed) > before + 20)
            .await;
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
async fn closing_waits_until_no_connection_is_left() {
    let Some(server) = server().await else { return };
    let (sql, watcher) = (open(server.address()).await.unwrap(), open(server.address()).await.unwrap());
    let busy = sql.clone();
    let statement = tokio::spawn(async move { busy.query("do sleep(0.5)").execute().await });
    let sleeping = "select count(*) from information_schema.processlist where info = 'do sleep(0.5)'";
    eventually("a statement that goes on", async || {
        watcher.query(sleeping).fetch_one::<i64>().await.unwrap() == 1
    })
    .await;
    watcher.close().await;
    let watcher = open(server.address().with_setting("connection_limit", "1")).await.unwrap();
    let both = tokio::join!(sql.close(), sql.close());
    assert_eq!(both, ((), ()));
    statement.await.unwrap().unwrap();
    assert_eq!(watcher.query(CONNECTIONS).fetch_one::<i64>().await.unwrap(), 0);
    assert_eq!(sql.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    // Who never gives one back doesn't keep the others from ending.
    let held = watcher.begin(Begin::new()).await.unwrap();
    let started = Instant::now();
    watcher.close().await;
    assert!((4..8).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    drop(held);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_and_idle_connections_outlast_the_servers_patience() {
    let Some(server) = server().await else { return };
    let root = open(server.address()).await.unwrap();
    root.query("set global wait_timeout = 1").execute().await.unwrap();
    let (sql, other) = (open(server.address()).await.unwrap(), open(server.address()).await.unwrap());
    let lock = sql.lock("long", Duration::ZERO).await.unwrap();
    let own: i64 = sql.query("select connection_id()").fetch_one().await.unwrap();
    let closed = format!("select count(*) from information_schema.processlist where id = {own}");
    eventually("an idle connection that the server closes", async || {
        root.query(&closed).fetch_one::<i64>().await.unwrap() == 0
    })
    .await;
    // waits: as long again, for the lock's connection.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(other.lock("long", Duration::ZERO).await.err().unwrap().kind(), ErrorKind::TimedOut);
    assert_ne!(sql.query("select connection_id()").fetch_one::<i64>().await.unwrap(), own);
    drop(lock);
    other.lock("long", Duration::from_secs(5)).await.unwrap();
    // One that the server ends long before its time is replaced too.
    let own: i64 = root.query("select connection_id()").fetch_one().await.unwrap();
    sql.query(format!("kill connection {own}")).execute().await.unwrap();
    assert_ne!(root.query("select connection_id()").fetch_one::<i64>().await.unwrap(), own);
    server.stop().await.unwrap();
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
                    Err::<(), _>(Error::invalid("given up"))
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
    eventually("nothing sleeps", async || watcher.query(sleeping).fetch_one::<i64>().await.unwrap() == 0)
        .await;
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
async fn connections_are_kept_and_used_again() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().with_setting("connection_limit", "1")).await.unwrap();
    let mut used = std::collections::BTreeSet::new();
    for _ in 0..20 {
        used.insert(sql.query("select connection_id()").fetch_one::<i64>().await.unwrap());
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        used.insert(tx.query("select connection_id()").fetch_one::<i64>().await.unwrap());
        // Of both kinds of end, neither costs the connection; nor does a result of which nobody reads the rest.
        drop(tx);
        sql.query("select 1 union select 2").stream::<i64>().await.unwrap().next().await.unwrap();
    }
    assert_eq!(used.len(), 1, "connections that were used");
    assert_eq!(sql.pool().open, 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_given_back_as_it_was_set_up() {
    let Some(server) = server().await else { return };
    let address = server.address().with_setting("connection_limit", "1").with_setting("statement_cache", "0");
    let sql = open(address).await.unwrap();
    let mode: String = sql.query("select @@sql_mode").fetch_one().await.unwrap();
    assert!(mode.contains("ANSI_QUOTES") && mode.contains("STRICT_ALL_TABLES"), "{mode}");
    sql.query("set sql_mode = '', time_zone = '+05:00'").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script("select 1; set session foreign_key_checks = 0").await.unwrap();
    tx.commit().await.unwrap();
    let found: (String, String, i64) =
        sql.query("select @@sql_mode, @@time_zone, @@foreign_key_checks").fetch_one().await.unwrap();
    assert_eq!(found, (mode, "+00:00".into(), 1));
    let error = sql.query("use mysql").execute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    let error = tx.script("select 1; /*! use */ mysql").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    drop(tx);
    for n in 0..20 {
        sql.query(format!("select {n}")).fetch_one::<i64>().await.unwrap();
    }
    let kept: Vec<(String, String)> =
        sql.query("show global status like 'Prepared_stmt_count'").fetch_all().await.unwrap();
    assert!(kept[0].1.parse::<u64>().unwrap() <= 2, "prepared statements are left: {kept:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_outside_of_the_runtime_is_rolled_back_too() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().with_setting("connection_limit", "1")).await.unwrap();
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.query("insert into t values (1)").execute().await.unwrap();
    std::thread::spawn(move || drop(tx)).join().unwrap();
    sql.query("insert into t values (2)").execute().await.unwrap();
    let watcher = open(server.address()).await.unwrap();
    assert_eq!(watcher.query("select id from t").fetch_all::<i64>().await.unwrap(), [2]);
    server.stop().await.unwrap();
}

#[test]
fn a_runtime_that_ends_ends_its_transactions() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(server) = runtime.block_on(server()) else { return };
    let address = server.address();
    let inner = tokio::runtime::Runtime::new().unwrap();
    inner.block_on(async {
        let sql = open(address.clone()).await.unwrap();
        sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        tx.query("insert into t values (1)").execute().await.unwrap();
        // A task that the end of its runtime drops in its middle.
        tokio::spawn(async move {
            let _held = tx;
            std::future::pending::<()>().await;
        });
    });
    drop(inner);
    runtime.block_on(async {
        let sql = open(address).await.unwrap();
        sql.query("insert into t values (1)").execute().await.unwrap();
        server.stop().await.unwrap();
    });
}
