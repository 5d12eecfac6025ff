//! Values on their way to the server, in the binary form of the protocol.

use bedplate_core::sql::Value;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

/// The values in the order of their places.
pub(crate) fn encode_all(values: &[Value], order: &[usize]) -> Vec<mysql_async::Value> {
    order.iter().map(|at| encode(&values[*at])).collect()
}

fn encode(value: &Value) -> mysql_async::Value {
    use mysql_async::Value as Sent;
    match value {
        Value::Null => Sent::NULL,
        Value::Bool(bool) => Sent::Int((*bool).into()),
        Value::Int(int) => Sent::Int(*int),
        Value::Float(float) => Sent::Double(*float),
        Value::Text(text) => Sent::Bytes(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Sent::Bytes(bytes.to_vec()),
        Value::Date(date) => datetime(date.at(0, 0, 0, 0)),
        Value::Time(time) => {
            let (hour, minute, second) = (time.hour() as u8, time.minute() as u8, time.second() as u8);
            Sent::Time(false, 0, hour, minute, second, microseconds(*time))
        }
        Value::DateTime(both) => datetime(*both),
        // Every connection is in UTC.
        Value::Timestamp(time) => datetime(time.to_zoned(TimeZone::UTC).datetime()),
        other => other.as_text().map_or(Sent::NULL, |text| Sent::Bytes(text.into_bytes())),
    }
}

fn datetime(both: DateTime) -> mysql_async::Value {
    mysql_async::Value::Date(
        // A year before 1 was refused before.
        both.year().unsigned_abs(),
        both.month() as u8,
        both.day() as u8,
        both.hour() as u8,
        both.minute() as u8,
        both.second() as u8,
        microseconds(both.time()),
    )
}

fn microseconds(time: Time) -> u32 {
    time.subsec_nanosecond().unsigned_abs() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_async::Value as Sent;

    #[test]
    fn times_travel_in_utc_and_to_the_microsecond() {
        let time: jiff::Timestamp = "2026-02-28T12:00:00.123456+05:30".parse().unwrap();
        assert_eq!(encode(&time.into()), Sent::Date(2026, 2, 28, 6, 30, 0, 123_456));
        let early: jiff::Timestamp = "1969-12-31T23:59:59.999999Z".parse().unwrap();
        assert_eq!(encode(&early.into()), Sent::Date(1969, 12, 31, 23, 59, 59, 999_999));
        assert_eq!(
            encode(&Time::constant(23, 59, 59, 999_999_000).into()),
            Sent::Time(false, 0, 23, 59, 59, 999_999)
        );
    }

    #[test]
    fn a_value_that_is_used_twice_is_sent_twice() {
        let sent = encode_all(&["a".into(), 1.into()], &[1, 0, 1]);
        assert_eq!(sent, [Sent::Int(1), Sent::Bytes(b"a".to_vec()), Sent::Int(1)]);
    }
}
