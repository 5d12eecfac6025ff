//! How texts, names and types are read.

use bedplate_core::ErrorKind;
use bedplate_core::sql::Value;

use crate::scene::{open, server};

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_names_are_read_as_in_standard_sql() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    let one = async |text: &str| sql.query(text).fetch_one::<String>().await.unwrap();
    assert_eq!(one(r"select 'a\nb'").await, r"a\nb");
    assert_eq!(one("select 'a' || 'b'").await, "ab");
    assert_eq!(one(r"select '\' || ':name' || ' -'").await, r"\:name -");
    assert_eq!(one("select concat(5 -'2', ':a')").await, "3:a");
    sql.query("create table t (id bigint not null auto_increment primary key, \"a:b\" text)")
        .execute()
        .await
        .unwrap();
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
    let found = "select count(*) from t where raw = $1";
    for (bytes, count) in [(vec![0u8, 255], 1), (vec![0, 254], 0)] {
        assert_eq!(sql.query(found).bind(bytes).fetch_one::<i64>().await.unwrap(), count);
    }
    for (at, value) in [
        (3, Value::from(vec![255u8, 254])),
        (0, 40_000.into()),
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
    let rows =
        sql.query("select v, w from t where length(v) = $1").bind(10 << 20).fetch_rows().await.unwrap();
    assert!(rows[0].values() == [Value::Bytes(bytes), Value::Text(text)], "it came back otherwise");
    let limit = sql.features().max_value_bytes.unwrap();
    assert!((30 << 20..32 << 20).contains(&limit), "{limit}");
    let beyond = sql.query(insert).bind(vec![0u8; limit as usize + 1]).bind("").execute().await.unwrap_err();
    assert_eq!(beyond.kind(), ErrorKind::Limited, "{beyond:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn decimals_are_compared_as_decimals() {
    let Some(server) = server().await else { return };
    let sql = open(server.address()).await.unwrap();
    sql.query("create table t (v decimal(57, 28))").execute().await.unwrap();
    let large = rust_decimal::Decimal::MAX;
    sql.query("insert into t values ($1)").bind(large).execute().await.unwrap();
    let equal = "select count(*) from t where v = $1";
    // As floats both would be equal.
    for (value, count) in [(large, 1), (large - rust_decimal::Decimal::ONE, 0)] {
        assert_eq!(sql.query(equal).bind(value).fetch_one::<i64>().await.unwrap(), count, "{value}");
    }
    server.stop().await.unwrap();
}
