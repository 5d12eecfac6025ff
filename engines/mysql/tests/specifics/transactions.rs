//! Statements that end a transaction, and snapshots.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Begin, Isolation};

use crate::scene::{open, server};

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_changes_tables_commits_and_the_transaction_begins_anew() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint not null primary key)").execute().await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script("insert into t values (1); create table other (a bigint); insert into t values (2)")
        .await
        .unwrap();
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
