//! What one caller leaves with a connection, and the next one must not find.

use std::time::Duration;

use bedplate_core::sql::{Begin, Sql};

use crate::scene::{open, server};

type State = (String, String, Option<String>, String, Option<String>, i64);

/// Who the session is, where it looks for tables, whose rows it sees, what lies in its own schema and what it has locked.
async fn state(sql: &Sql) -> State {
    let text = "select current_user::text, session_user::text, nullif(current_setting('bedplate.tenant', true), ''),
      current_setting('search_path'), to_regclass('left_behind')::text, (select count(*) from pg_locks where locktype = 'advisory')";
    sql.query(text).fetch_one().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_session_reaches_its_next_borrower() {
    let Some(server) = server().await else { return };
    let sql = open(server.address().with_setting("connection_limit", "1")).await.unwrap();
    sql.query("create role other").execute().await.unwrap();
    let inside = "create procedure settle() language plpgsql as $$ begin
      perform set_config('bedplate.tenant', 'a', false); set role other; end $$";
    sql.query(inside).execute().await.unwrap();
    let before = state(&sql).await;
    let pid: i64 = sql.query("select pg_backend_pid()::bigint").fetch_one().await.unwrap();
    for text in [
        "set role other",
        "set session authorization other",
        "set bedplate.tenant = 'a'",
        "set search_path = pg_catalog",
        "do $$ begin set role other; perform set_config('bedplate.tenant', 'a', false); end $$",
        "select set_config('bedplate.tenant', 'a', false), set_config('role', 'other', false)",
        "with a as (select Set_Config('bedplate.tenant', 'a', false)) select * from a",
        "call settle()",
        "create temporary table left_behind (id bigint)",
        "select 1 as id into temp left_behind",
        "select pg_advisory_lock(7)",
    ] {
        // Some of these are refused before they get here, which is as good.
        let _ = sql.query(text).execute().await;
        assert_eq!(state(&sql).await, before, "{text}");
        let _ = sql.query(text).fetch_rows().await;
        assert_eq!(state(&sql).await, before, "{text}, read");
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        let _ = tx.query(text).execute().await;
        let _ = tx.commit().await;
        assert_eq!(state(&sql).await, before, "{text}, in a transaction");
        let mut tx = sql.begin(Begin::new()).await.unwrap();
        let _ = tx.script(&format!("select 1; {text}")).await;
        let _ = tx.commit().await;
        assert_eq!(state(&sql).await, before, "{text}, in a script");
    }
    let mut tx = sql.begin(Begin::new().tenant("a")).await.unwrap();
    assert_eq!(
        tx.query("select current_setting('bedplate.tenant')").fetch_one::<String>().await.unwrap(),
        "a"
    );
    tx.commit().await.unwrap();
    assert_eq!(state(&sql).await, before, "the tenant of a transaction");
    let same: i64 = sql.query("select pg_backend_pid()::bigint").fetch_one().await.unwrap();
    assert_eq!(same, pid, "a connection that can be cleaned is kept");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_abandoned_has_ended_when_the_database_is_closed() {
    let Some(server) = server().await else { return };
    let watcher = open(server.address()).await.unwrap();
    let sleeping = "select count(*) from pg_stat_activity where state <> 'idle' and query like '%pg_sleep%' and pid <> pg_backend_pid()";
    for in_transaction in [false, true] {
        let sql = open(server.address()).await.unwrap();
        let moment = Duration::from_millis(100);
        if in_transaction {
            let mut tx = sql.begin(Begin::new()).await.unwrap();
            // waits: so long that the statement has certainly begun.
            let sleep = tokio::time::timeout(moment, tx.query("select pg_sleep(600)").execute());
            assert!(sleep.await.is_err(), "it did not sleep");
        } else {
            // waits: so long that the statement has certainly begun.
            let sleep = tokio::time::timeout(moment, sql.query("select pg_sleep(600)").execute());
            assert!(sleep.await.is_err(), "it did not sleep");
        }
        sql.close().await;
        let left: i64 = watcher.query(sleeping).fetch_one().await.unwrap();
        assert_eq!(left, 0, "in a transaction: {in_transaction}");
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_waits_for_who_is_there_but_not_for_ever() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint)").execute().await.unwrap();
    let insert = {
        let sql = sql.clone();
        tokio::spawn(async move {
            sql.query("insert into t select 1 from (select pg_sleep(0.5)) s").execute().await
        })
    };
    let watcher = open(server.address()).await.unwrap();
    let running = "select count(*) from pg_stat_activity where state = 'active' and query like 'insert%'";
    crate::scene::eventually("it is inserting", async || {
        watcher.query(running).fetch_one::<i64>().await.unwrap() == 1
    })
    .await;
    sql.close().await;
    let left: i64 = watcher.query(running).fetch_one().await.unwrap();
    assert_eq!(left, 0, "closing did not wait");
    assert_eq!(insert.await.unwrap().unwrap(), 1);
    let (sql, started) = (open(server.address()).await.unwrap(), std::time::Instant::now());
    let held = sql.begin(Begin::new()).await.unwrap();
    sql.close().await;
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    drop(held);
    server.stop().await.unwrap();
}
