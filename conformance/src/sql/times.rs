//! Days, times of day and points in time.

use bedplate_core::sql::{Sql, ValueKind};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use super::scene::keeps;
use crate::case::{Failure, Subject, Verdict};
use crate::ensure_eq;

pub(super) async fn days_and_times_come_back_to_the_microsecond(subject: &Subject<Sql>) -> Verdict {
    let days = [
        (1, 1, 1),
        (1582, 10, 15),
        (1969, 12, 31),
        (1970, 1, 1),
        (2000, 2, 29),
        (2038, 1, 19),
        (9999, 12, 31),
    ];
    let days: Vec<Date> =
        days.into_iter().map(|(year, month, day)| Date::constant(year, month, day)).collect();
    keeps(subject, ValueKind::Date, days.clone()).await?;
    let times = vec![
        Time::midnight(),
        Time::constant(0, 0, 0, 1_000),
        Time::constant(12, 34, 56, 789_012_000),
        Time::constant(23, 59, 59, 999_999_000),
    ];
    keeps(subject, ValueKind::Time, times.clone()).await?;
    let both: Vec<DateTime> =
        days.iter().flat_map(|day| times.iter().map(|time| day.to_datetime(*time))).collect();
    keeps(subject, ValueKind::DateTime, both).await
}

pub(super) async fn points_in_time_come_back_before_1970_too(subject: &Subject<Sql>) -> Verdict {
    let texts = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000001Z",
        "1999-12-31T23:59:59.5Z",
        "2000-01-01T00:00:00Z",
        "2026-02-28T12:00:00.123456+05:30",
        "2038-01-19T03:14:08Z",
        "9999-12-30T22:00:00.999999Z",
    ];
    let times = texts.into_iter().map(str::parse::<Timestamp>).collect::<Result<Vec<_>, _>>();
    let times = times.map_err(|why| Failure(why.to_string()))?;
    keeps(subject, ValueKind::Timestamp, times).await
}

pub(super) async fn points_in_time_are_ordered(subject: &Subject<Sql>) -> Verdict {
    let table = subject.table_of(ValueKind::Timestamp).await?;
    // In the order of their making they are not in the order of time; some differ in the last digit only.
    let microseconds =
        [500_000, -1, 0, 1_000_000, 1, 999_999, -1_000_000_000_000, 10_000_000, 9_000_000, 100_000];
    for (id, microsecond) in microseconds.into_iter().enumerate() {
        let time = Timestamp::from_microsecond(microsecond).map_err(|why| Failure(why.to_string()))?;
        let insert = format!("insert into {table} (id, v) values ($1, $2)");
        subject.handle.query(insert).bind(id as i64).bind(time).execute().await?;
    }
    let found: Vec<Timestamp> =
        subject.handle.query(format!("select v from {table} order by v")).fetch_all().await?;
    let mut expected = microseconds;
    expected.sort_unstable();
    ensure_eq!(
        found.iter().map(|time| time.as_microsecond()).collect::<Vec<_>>(),
        expected,
        "the order of time"
    );
    let before = format!("select count(*) from {table} where v < $1");
    let before: i64 = subject.handle.query(before).bind(Timestamp::UNIX_EPOCH).fetch_one().await?;
    ensure_eq!(before, 2, "points in time before 1970");
    Ok(())
}
