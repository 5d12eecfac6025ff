//! A server that refuses, dies and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bedplate_core::sql::Begin;
use bedplate_core::{Address, ErrorKind};

use crate::scene::{eventually, open, server};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_address_is_told_when_it_is_opened() {
    let Some(server) = server().await else { return };
    let address = server.address();
    let wrong = address.clone().with_credentials("postgres", Some("wrong".into()));
    let error = open(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    assert!(error.help().is_some() && !format!("{error:?}").contains("wrong\""), "{error:?}");
    let error = open(address.clone().with_credentials("postgres", None)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error:?}");
    let error = open(address.clone().with_path("/missing")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    // This server has no certificate: what must be encrypted isn't opened, what may be is.
    let error = open(address.clone().with_setting("sslmode", "require")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    open(address.clone().with_setting("sslmode", "disable")).await.unwrap().ping().await.unwrap();
    server.stop().await.unwrap();
    let started = Instant::now();
    let error = open(address.with_setting("connect_timeout", "2s")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(4) && error.help().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url =
        format!("postgres://u:p@127.0.0.1:{}/x?connect_timeout=300ms", silent.local_addr().unwrap().port());
    let started = Instant::now();
    let error = open(Address::parse(&url).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(error.message().contains("connect_timeout"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_under_load_is_used_again_and_no_connection_leaks() {
    const LIMIT: i64 = 4;
    let Some(mut server) = server().await else { return };
    let address = server.address();
    let sql = open(address.clone().with_setting("connection_limit", LIMIT.to_string())).await.unwrap();
    sql.query("create table events (id bigint generated always as identity primary key, n bigint)")
        .execute()
        .await
        .unwrap();
    let (stop, committed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..8)
        .map(|n: i64| {
            let (sql, stop, committed) = (sql.clone(), stop.clone(), committed.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let insert = async {
                        let mut tx = sql.begin(Begin::new()).await?;
                        tx.query("insert into events (n) values ($1)").bind(n).execute().await?;
                        tx.commit().await
                    };
                    match insert.await {
                        Ok(()) => drop(committed.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => assert!(
                            matches!(
                                error.kind(),
                                ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Conflict
                            ),
                            "{error:?}"
                        ),
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
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
    let watcher = open(address).await.unwrap();
    let count = "select count(*) from pg_stat_activity where application_name = 'bedplate' and pid <> pg_backend_pid()";
    let connections: i64 = watcher.query(count).fetch_one().await.unwrap();
    assert!((1..=LIMIT).contains(&connections), "{connections} connections of {LIMIT}");
    assert_eq!(sql.pool().open as i64, connections);
    sql.close().await;
    eventually("no connection after closing", async || {
        watcher.query(count).fetch_one::<i64>().await.unwrap() == 0
    })
    .await;
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_statements_end_on_the_server() {
    let Some(server) = server().await else { return };
    let sql =
        open(server.address().with_setting("connection_limit", "2").with_setting("pool_timeout", "300ms"))
            .await
            .unwrap();
    let moment = Duration::from_millis(100);
    for _ in 0..4 {
        // waits: so long that the statement has certainly begun.
        let sleep = tokio::time::timeout(moment, sql.query("select pg_sleep(600)").execute());
        assert!(sleep.await.is_err(), "it did not sleep");
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        let sleep = tokio::time::timeout(moment, tx.query("select pg_sleep(600)").execute());
        assert!(sleep.await.is_err(), "it did not sleep");
        drop(tx);
        sql.ping().await.unwrap();
    }
    let sleeping = "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()";
    eventually("nothing sleeps", async || sql.query(sleeping).fetch_one::<i64>().await.unwrap() == 0).await;
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
async fn a_changed_table_is_prepared_for_again() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().with_setting("connection_limit", "1")).await.unwrap();
    sql.query("create table t (a bigint)").execute().await.unwrap();
    sql.query("insert into t (a) values (1)").execute().await.unwrap();
    assert_eq!(sql.query("select * from t").fetch_rows().await.unwrap()[0].columns().len(), 1);
    sql.query("alter table t add column b text default 'x'").execute().await.unwrap();
    assert_eq!(sql.query("select * from t").fetch_rows().await.unwrap()[0].columns().len(), 2);
    sql.query("alter table t add column c text").execute().await.unwrap();
    // In a transaction the first try is lost, and another one isn't.
    let columns = sql
        .transaction(Begin::new(), 2, |tx| {
            Box::pin(async move { Ok(tx.query("select * from t").fetch_rows().await?[0].columns().len()) })
        })
        .await
        .unwrap();
    assert_eq!(columns, 3);
    server.stop().await.unwrap();
}

/// What became of one caller's statements.
#[derive(Default)]
struct Outcomes {
    done: AtomicUsize,
    unavailable: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_under_load_is_only_unavailable_meanwhile() {
    const LIMIT: i64 = 4;
    let Some(mut server) = server().await else { return };
    let address = server.address();
    let sql = open(address.clone().with_setting("connection_limit", LIMIT.to_string())).await.unwrap();
    sql.query("create table events (id bigint generated always as identity primary key, n bigint)")
        .execute()
        .await
        .unwrap();
    let (stop, outcomes) = (Arc::new(AtomicBool::new(false)), Arc::new(Outcomes::default()));
    let callers: Vec<_> = (0..8_i64)
        .map(|n| {
            let (sql, stop, outcomes) = (sql.clone(), stop.clone(), outcomes.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    match sql.query("insert into events (n) values ($1)").bind(n).execute().await {
                        Ok(_) => drop(outcomes.done.fetch_add(1, Ordering::Relaxed)),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                            outcomes.unavailable.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..2 {
        let done = || outcomes.done.load(Ordering::Relaxed);
        let before = done();
        eventually("statements before the restart", async || done() > before + 50).await;
        server.restart().await.unwrap();
        let before = done();
        eventually("statements after the restart", async || done() > before + 50).await;
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let (done, unavailable) =
        (outcomes.done.load(Ordering::Relaxed), outcomes.unavailable.load(Ordering::Relaxed));
    let rows: i64 = sql.query("select count(*) from events").fetch_one().await.unwrap();
    // Of each caller at most one statement was under way in each restart, and may have been done.
    assert!((done..=done + 16).contains(&(rows as usize)), "{rows} rows of {done} statements");
    assert!(unavailable > 0, "no caller noticed the restarts");
    let watcher = open(address).await.unwrap();
    let count = "select count(*) from pg_stat_activity where application_name = 'bedplate' and pid <> pg_backend_pid()";
    let connections: i64 = watcher.query(count).fetch_one().await.unwrap();
    assert!((1..=LIMIT).contains(&connections), "{connections} connections of {LIMIT}");
    assert_eq!(sql.pool().open as i64, connections);
    println!("{done} statements done, {unavailable} unavailable, {connections} connections of {LIMIT}");
    server.stop().await.unwrap();
}
