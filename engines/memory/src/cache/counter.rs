//! Counters: values that read as whole numbers.

use bedplate_core::{Error, ErrorKind, Result};
use bytes::Bytes;

/// The sum of a counter and a number, as a value.
pub(crate) fn add(value: Option<&Bytes>, delta: i64) -> Result<(i64, Bytes)> {
    let count = value.map_or(Ok(0), |value| read(value))?;
    let sum = count.checked_add(delta).ok_or_else(|| {
        Error::new(ErrorKind::Conflict, format!("{count} and {delta} make more than 64 bits hold"))
    })?;
    Ok((sum, Bytes::from(sum.to_string())))
}

fn read(value: &[u8]) -> Result<i64> {
    let number = std::str::from_utf8(value).ok().and_then(|text| text.parse::<i64>().ok());
    // Only as it would be written: `+1` and `01` are text.
    number
        .filter(|number| number.to_string().as_bytes() == value)
        .ok_or_else(|| Error::new(ErrorKind::Conflict, "the value is not a whole number of 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_counted() {
        for text in ["", " 1", "1 ", "+1", "01", "-0", "1.0", "1e3", "9223372036854775808", "ä", "-"] {
            assert!(add(Some(&Bytes::from(text)), 1).is_err(), "{text:?}");
        }
        assert_eq!(add(Some(&Bytes::from("-9223372036854775808")), 1).unwrap().0, i64::MIN + 1);
        assert_eq!(add(None, i64::MIN).unwrap().0, i64::MIN);
    }

    #[test]
    fn a_sum_beyond_64_bits_is_a_conflict() {
        for (value, delta) in [(i64::MAX, 1), (i64::MIN, -1), (-1, i64::MIN)] {
            let error = add(Some(&Bytes::from(value.to_string())), delta).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict);
        }
    }
}
