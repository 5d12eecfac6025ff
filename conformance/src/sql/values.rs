//! Values come back exactly as they went in.

use bedplate_core::ErrorKind;
use bedplate_core::sql::{Sql, Value, ValueKind};
use bytes::Bytes;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::scene::keeps;
use crate::case::{Failure, Subject, Verdict, refused};
use crate::{ensure, ensure_eq};

/// Values above this size are only tried beyond a limit, never stored: they would take longer than they tell.
const LARGE: u64 = 4 * 1024 * 1024;
/// Limits above this size are not tried.
const LARGEST_TRIED_LIMIT: u64 = 16 * 1024 * 1024;

pub(super) async fn whole_numbers_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let values = vec![0, 1, -1, 42, i64::from(i32::MAX) + 1, (1 << 53) + 1, i64::MAX, i64::MIN];
    keeps(subject, ValueKind::Int, values).await
}

pub(super) async fn floats_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let odd = f64::from_bits(1);
    let values = vec![
        0.0,
        0.1,
        1.0 / 3.0,
        -2.5,
        1e15,
        1e16,
        1e300,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        odd,
        f64::EPSILON,
    ];
    keeps(subject, ValueKind::Float, values).await
}

pub(super) async fn decimals_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let texts = [
        "0",
        "0.1",
        "-0.1",
        "1.50",
        "19.99",
        "100",
        "123456789012345678901234.5678",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "-7.9228162514264337593543950335",
        "10000",
        "0.0001",
        "99999999.00009999",
        "1000000000000",
    ];
    let values = texts.iter().filter_map(|text| Decimal::from_str_exact(text).ok()).collect::<Vec<_>>();
    ensure_eq!(values.len(), texts.len(), "decimals");
    keeps(subject, ValueKind::Decimal, values).await
}

pub(super) async fn booleans_come_back(subject: &Subject<Sql>) -> Verdict {
    keeps(subject, ValueKind::Bool, vec![true, false]).await
}

pub(super) async fn texts_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let texts = [
        "plain",
        " around ",
        "\t\r\n",
        "'quoted' \"twice\" `thrice`",
        "back\\slash \\n \\' %_",
        "$1 ? :name @x -- /* */ ;",
        "NULL",
        "1",
        "0x41",
        "Grüße",
        "e\u{301}",
        "日本語",
        "שלום",
        "👩‍👩‍👧",
        "\u{1}\u{7f}\u{80}",
        "\u{feff}bom",
        "\u{ffff}\u{10ffff}",
    ];
    let mut values: Vec<String> = texts.into_iter().map(String::from).collect();
    values.push("long ".repeat(50_000));
    keeps(subject, ValueKind::Text, values).await
}

pub(super) async fn an_empty_text_is_not_null(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table_of(ValueKind::Text).await?;
    let insert = format!("insert into {table} (id, v) values ($1, $2)");
    subject.handle.query(&insert).bind(1).bind("").execute().await?;
    subject.handle.query(&insert).bind(2).bind(None::<String>).execute().await?;
    let found: Vec<Option<String>> =
        subject.handle.query(format!("select v from {table} order by id")).fetch_all().await?;
    ensure_eq!(found, [Some(String::new()), None], "an empty text and NULL");
    let nulls: i64 =
        subject.handle.query(format!("select id from {table} where v is null")).fetch_one().await?;
    ensure_eq!(nulls, 2, "the row with NULL");
    Ok(())
}

pub(super) async fn bytes_come_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table_of(ValueKind::Bytes).await?;
    let values = [
        vec![],
        vec![0],
        vec![0, 0, 0],
        (0..=255).collect::<Vec<u8>>(),
        b"\\x41'".to_vec(),
        vec![255; 100_000],
    ];
    for (id, value) in values.iter().enumerate() {
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id as i64).bind(value.clone()).execute().await?;
    }
    let rows = subject.handle.query(format!("select v from {table} order by id")).fetch_rows().await?;
    let found: Vec<_> = rows.iter().map(|row| row.values()[0].clone()).collect();
    let expected: Vec<_> = values.iter().map(|value| Value::Bytes(Bytes::from(value.clone()))).collect();
    ensure!(found == expected, "bytes came back otherwise");
    Ok(())
}

pub(super) async fn uuids_come_back(subject: &Subject<Sql>) -> Verdict {
    keeps(subject, ValueKind::Uuid, vec![Uuid::nil(), Uuid::max(), Uuid::new_v4(), Uuid::now_v7()]).await
}

pub(super) async fn json_comes_back_exactly(subject: &Subject<Sql>) -> Verdict {
    let values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!("text"),
        json!(""),
        json!([]),
        json!({}),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.1),
        json!(5e-324),
        json!(1.7976931348623157e308),
        json!("\u{1f600} \" \\ \n \u{7}"),
        json!({ "a": [1, 2.5, null, { "deep": [[["er"]]] }], "": "empty", "Grüße": "日本語", "b": { "c": false } }),
    ];
    let table = subject.table_of(ValueKind::Json).await?;
    for (id, value) in values.iter().enumerate() {
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id as i64).bind(value.clone()).execute().await?;
    }
    let rows = subject.handle.query(format!("select v from {table} order by id")).fetch_rows().await?;
    ensure_eq!(rows.len(), values.len(), "rows");
    for (row, value) in rows.iter().zip(values) {
        let found = match &row.values()[0] {
            Value::Json(json) => json.clone(),
            Value::Text(text) => serde_json::from_str(text).map_err(|why| Failure(why.to_string()))?,
            other => return Err(Failure(format!("{value} came back as {}", other.kind().as_str()))),
        };
        ensure_eq!(found, value, "JSON came back otherwise");
    }
    Ok(())
}

pub(super) async fn null_of_every_kind_comes_back(subject: &Subject<Sql>) -> Verdict {
    for kind in ValueKind::ALL.into_iter().filter(|kind| *kind != ValueKind::Null) {
        let table = subject.table_of(kind).await?;
        subject
            .handle
            .query(format!("insert into {table} (id, v) values (1, $1)"))
            .bind(Value::Null)
            .execute()
            .await?;
        let rows = subject.handle.query(format!("select v from {table}")).fetch_rows().await?;
        ensure_eq!(rows.len(), 1, "rows");
        ensure_eq!(rows[0].values(), [Value::Null], "NULL where {} could be", kind.as_str());
    }
    Ok(())
}

pub(super) async fn what_some_engine_would_change_is_refused(subject: &Subject<Sql>) -> Verdict {
    let values: [Value; 6] = [
        "a\0b".into(),
        f64::NAN.into(),
        f64::INFINITY.into(),
        json!({ "a": ["\0"] }).into(),
        Date::constant(0, 12, 31).into(),
        Date::constant(-1, 1, 1).at(0, 0, 0, 0).into(),
    ];
    for value in values {
        let kind = value.kind();
        let table = subject.name("refused");
        let result =
            subject.handle.query(format!("insert into {table} values ($1)")).bind(value).execute().await;
        refused(result, ErrorKind::InvalidInput, kind.as_str())?;
    }
    Ok(())
}

pub(super) async fn a_large_value_comes_back_and_a_too_large_one_is_limited(
    subject: &Subject<Sql>,
) -> Verdict {
    let limit = subject.handle.features().max_value_bytes;
    let table = subject.table_of(ValueKind::Bytes).await?;
    let size = limit.unwrap_or(LARGE).min(LARGE) as usize;
    let value: Bytes = (0..size).map(|at| (at % 251) as u8).collect();
    let insert = format!("insert into {table} (id, v) values (1, $1)");
    subject.handle.query(&insert).bind(value.clone()).execute().await?;
    let rows = subject.handle.query(format!("select v from {table}")).fetch_rows().await?;
    ensure!(rows[0].values() == [Value::Bytes(value)], "{size} bytes came back otherwise");
    if let Some(limit) = limit.filter(|limit| *limit <= LARGEST_TRIED_LIMIT) {
        let beyond = vec![0u8; limit as usize + 1];
        let result = subject.handle.query(&insert).bind(beyond).execute().await;
        let error = refused(result, ErrorKind::Limited, "a value beyond the limit")?;
        ensure!(error.message().contains("max-value-bytes"), "the limit is not named: {error}");
    }
    Ok(())
}
