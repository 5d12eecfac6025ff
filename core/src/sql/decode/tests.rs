//! What rows become, and what they refuse to become.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn row(columns: &[(&str, Value)]) -> Batch {
    let mut batch = Batch::new(columns.iter().map(|(name, _)| name.to_string()).collect());
    batch.push(columns.iter().map(|(_, value)| Ok(value.clone()))).unwrap();
    batch
}

fn read<T: DeserializeOwned>(mut row: Batch) -> Result<T> {
    decode(&mut row, 0)
}

fn one<T: DeserializeOwned>(value: impl Into<Value>) -> Result<T> {
    read(row(&[("x", value.into())]))
}

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    id: Uuid,
    total: Decimal,
    paid: bool,
    note: Option<String>,
    placed: Timestamp,
    lines: Vec<Line>,
    state: State,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Line {
    sku: String,
    count: u32,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    Closed,
}

#[test]
fn a_struct_is_read_by_name_from_native_types_and_from_texts_alike() {
    let id = Uuid::from_u128(7);
    let placed = Timestamp::new(1, 5_000).unwrap();
    let expected = Order {
        id,
        total: Decimal::new(1050, 2),
        paid: true,
        note: None,
        placed,
        lines: vec![Line { sku: "a".into(), count: 2 }],
        state: State::Closed,
    };
    let lines = json!([{ "sku": "a", "count": 2 }]);
    let native = row(&[
        ("state", "closed".into()),
        ("id", id.into()),
        ("total", Decimal::new(1050, 2).into()),
        ("paid", true.into()),
        ("note", Value::Null),
        ("placed", placed.into()),
        ("lines", lines.clone().into()),
        ("beside", 1.into()),
    ]);
    assert_eq!(read::<Order>(native).unwrap(), expected);
    let texts = row(&[
        ("id", id.to_string().into()),
        ("total", "10.50".into()),
        ("paid", 1.into()),
        ("note", Value::Null),
        ("placed", "1970-01-01T00:00:01.000005Z".into()),
        ("lines", lines.to_string().into()),
        ("state", "closed".into()),
    ]);
    assert_eq!(read::<Order>(texts).unwrap(), expected);
}

#[test]
fn a_tuple_is_read_by_position_and_must_have_every_column() {
    let two = row(&[("a", 1.into()), ("b", "x".into())]);
    assert_eq!(read::<(i64, String)>(two.clone()).unwrap(), (1, "x".into()));
    assert!(read::<(i64,)>(two.clone()).is_err());
    assert!(read::<i64>(two.clone()).is_err());
}

#[test]
fn nothing_is_rounded_cut_or_guessed() {
    assert!(one::<Decimal>(0.1).is_err(), "a float as a decimal");
    assert!(one::<f64>(Decimal::new(1, 1)).is_err(), "a decimal as a float");
    assert!(one::<i32>(i64::MAX).is_err(), "a large number as a small one");
    assert!(one::<u64>(-1).is_err(), "a negative number as a positive one");
    assert!(one::<f64>(i64::MAX).is_err(), "a number that no float is");
    assert!(one::<i64>(Decimal::new(15, 1)).is_err(), "one and a half as a whole number");
    assert!(one::<bool>(2).is_err(), "two as a boolean");
    assert!(one::<String>(1).is_err(), "a number as text");
    assert!(one::<i64>(Value::Null).is_err(), "NULL as a number");
    assert!(one::<i64>("1").is_err(), "text as a number");
    assert!(one::<State>("lost").is_err(), "an unknown variant");
}

#[test]
fn what_is_exact_is_converted() {
    assert_eq!(one::<i64>(Decimal::new(300, 2)).unwrap(), 3);
    assert_eq!(one::<f64>(3).unwrap(), 3.0);
    assert_eq!(one::<Decimal>(3).unwrap(), Decimal::new(3, 0));
    assert_eq!(one::<Option<i64>>(Value::Null).unwrap(), None);
    assert_eq!(one::<Vec<u8>>(vec![1, 2]).unwrap(), [1, 2]);
    assert_eq!(one::<Uuid>(Uuid::nil()).unwrap(), Uuid::nil());
    assert_eq!(one::<serde_json::Value>(json!({"a": 1.5})).unwrap(), json!({"a": 1.5}));
}

#[test]
fn an_error_names_the_column_and_lists_them_all() {
    let error = read::<Line>(row(&[("sku", 1.into()), ("count", 1.into())])).unwrap_err();
    assert!(
        error.message().contains("column `sku`: text was expected and a whole number was found"),
        "{error}"
    );
    let error = read::<Line>(row(&[("sku", "a".into())])).unwrap_err();
    assert!(error.message().contains("missing field `count`"), "{error}");
    assert_eq!(error.help(), Some("the columns are `sku`"));
}

#[test]
fn a_date_and_time_is_a_point_in_time_only_where_the_engine_keeps_it_in_utc() {
    use jiff::Timestamp;
    use jiff::civil::DateTime;
    let both = DateTime::constant(2026, 1, 2, 3, 4, 5, 6_000);
    let found = || row(&[("x", both.into())]);
    assert!(read::<Timestamp>(found()).is_err());
    assert_eq!(read::<DateTime>(found()).unwrap(), both);
    let time: Timestamp = "2026-01-02T03:04:05.000006Z".parse().unwrap();
    assert_eq!(read::<Timestamp>(found().in_utc()).unwrap(), time);
    assert_eq!(read::<DateTime>(found().in_utc()).unwrap(), both);
    assert_eq!(read::<String>(found().in_utc()).unwrap(), "2026-01-02T03:04:05.000006");
    assert_eq!(read::<(Option<Timestamp>,)>(found().in_utc()).unwrap(), (Some(time),));
}
