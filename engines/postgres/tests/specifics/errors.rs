//! No error repeats a value: neither one that was bound nor one of a row.

use bedplate_core::sql::Begin;
use bedplate_core::{Error, ErrorKind};

use crate::scene::{open, provide, server, service};

fn hides(error: &Error, what: &str) {
    let (mut whole, mut source) = (format!("{error:?} {error}"), std::error::Error::source(error));
    while let Some(cause) = source {
        whole.push_str(&format!(" {cause:?} {cause}"));
        source = cause.source();
    }
    assert!(!whole.contains("hidden") && !whole.contains("987654"), "{what}: {whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_stand_in_no_error() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    let table = "create table t (id bigint primary key, v text unique, n int check (n < 10))";
    sql.query(table).execute().await.unwrap();
    sql.query("create type mood as enum ('good')").execute().await.unwrap();
    sql.query("insert into t values (1, 'hidden', 1)").execute().await.unwrap();
    for (text, value) in [
        ("select $1::uuid", "hidden"),
        ("select $1::date", "hidden\"quoted"),
        ("select $1::date", "2026-98-987654"),
        ("select $1::timestamptz", "hidden"),
        ("select $1::inet", "hidden"),
        ("select $1::mood", "hidden"),
        ("select $1::jsonb", "{hidden"),
        ("select $1::text::int", "hidden"),
        ("select $1::text::int", "9876549876549"),
        ("select $1::text::float8", "987654e999"),
        ("select $1::text::bool", "hidden"),
        ("select $1::text::int[]", "{hidden"),
        ("select to_date($1::text, 'YYYY')", "hidden"),
        ("insert into t (id, v) values (2, $1)", "hidden"),
        ("select set_config('timezone', $1, true)", "hidden"),
        ("select now() at time zone $1", "hidden"),
        ("select 'a' ~ $1", "(hidden"),
        ("select 'x' like 'a' escape $1", "hidden"),
    ] {
        let error = sql.query(text).bind(value).fetch_rows().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{text}: {error:?}");
        hides(&error, text);
    }
    let error = sql.query("update t set n = $1").bind(987_654).execute().await.unwrap_err();
    hides(&error, "a check");
    let error = sql.query("select v::uuid from t").fetch_rows().await.unwrap_err();
    assert!(error.message().contains("uuid"), "the type's name is gone: {error:?}");
    hides(&error, "a row's value");
    server.stop().await.unwrap();
}

/// A row that can be copied out of a database and not into another one.
const TRAP: &str = "create function fits(v text) returns boolean language plpgsql immutable as
  $$ begin return current_database() = 'source' or v::uuid is not null; end $$;
create table traps (v text check (fits(v))); insert into traps values ('hidden');";

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_rows_stand_in_no_error() {
    let Some(server) = server().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    let (_, address) = provide(&server.address(), &service("source")).await.unwrap();
    let sql = open(address).await.unwrap();
    let mut tx = sql.begin(Begin::new()).await.unwrap();
    tx.script(TRAP).await.unwrap();
    tx.commit().await.unwrap();
    sql.backup(&file, &|_| ()).await.unwrap();
    let (_, address) = provide(&server.address(), &service("fresh")).await.unwrap();
    let error = open(address).await.unwrap().restore(&file, &|_| ()).await.unwrap_err();
    assert!(error.message().contains("traps") && error.message().contains("uuid"), "{error:?}");
    hides(&error, "a restore");
    server.stop().await.unwrap();
}
