//! Types that SQLite doesn't have, and what a statement says that it changed.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Value;

use crate::scene::{open, server};

#[tokio::test(flavor = "multi_thread")]
async fn its_own_types_are_exact_or_refused() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    for text in
        ["create type mood as enum ('good', 'bad')", "create domain positive as int check (value > 0)"]
    {
        sql.query(text).execute().await.unwrap();
    }
    let table = "create table t (small smallint, medium int, short real, label varchar(5), feeling mood, up positive, address inet, tags text[])";
    sql.query(table).execute().await.unwrap();
    let insert = "insert into t values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let row: [Value; 8] = [
        7.into(),
        (-7).into(),
        0.5.into(),
        "ab".into(),
        "good".into(),
        3.into(),
        "10.0.0.1".into(),
        "{a,b}".into(),
    ];
    sql.query(insert).bind_all(row.clone()).execute().await.unwrap();
    let select = "select small, medium, short, label, feeling, up, host(address), tags::text from t";
    assert_eq!(sql.query(select).fetch_rows().await.unwrap()[0].values(), row);
    let refused = |at: usize, value: Value| {
        let (sql, mut row) = (sql.clone(), row.clone());
        row[at] = value;
        async move { sql.query(insert).bind_all(row).execute().await.unwrap_err().kind() }
    };
    for (at, value) in [
        (0, Value::from(40_000)),
        (1, i64::MAX.into()),
        (2, 0.1.into()),
        (3, "too long".into()),
        (4, "meh".into()),
        (1, "1".into()),
        (6, "x".into()),
    ] {
        assert_eq!(refused(at, value.clone()).await, ErrorKind::InvalidInput, "{value:?} in column {at}");
    }
    assert_eq!(refused(5, (-1).into()).await, ErrorKind::Conflict, "a domain's check");
    for text in [
        "'NaN'::numeric",
        "'infinity'::float8",
        "'infinity'::timestamptz",
        "'-infinity'::date",
        "1e40::numeric",
        "1e-40::numeric",
    ] {
        let error = sql.query(format!("select {text} as odd")).fetch_rows().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}: {error:?}");
        assert!(error.message().contains("odd"), "{error:?}");
    }
    let error = sql.query("select tags from t").fetch_rows().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
    assert!(error.message().contains("_text") && error.help().is_some(), "{error:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_behind_a_with_is_not_counted_as_changed() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (id bigint)").execute().await.unwrap();
    for (text, changed) in [
        ("insert into t select generate_series(1, 5)", 5),
        ("with a as (select id from t) select * from a", 0),
        ("-- all\n(select id from t)", 0),
        ("with a as (select 6 as id) insert into t select id from a returning id", 1),
        ("update t set id = id + 1 where id > 2 returning id", 4),
        ("with a as (select 7 as id) delete from t using a where t.id = a.id", 1),
    ] {
        assert_eq!(sql.query(text).execute().await.unwrap(), changed, "{text}");
    }
    server.stop().await.unwrap();
}
