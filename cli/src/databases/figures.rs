//! Sizes, counts and times as people read them.

use std::time::Duration;

use bedplate_core::jiff::Timestamp;

/// `512 B`, `24.0 KiB`, `1.5 GiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut size, mut at) = (bytes as f64 / 1024.0, 0);
    // What would be rounded to 1024.0 is 1.0 of the next unit.
    while size >= 1023.95 && at + 1 < units.len() {
        size /= 1024.0;
        at += 1;
    }
    format!("{size:.1} {}", units[at])
}

/// `1 table`, `2 tables`.
pub(crate) fn count(count: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `2026-07-22 10:15:30Z`.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// `just now`, `5 minutes ago`.
pub(crate) fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let found = units.into_iter().find(|(unit, _)| seconds >= *unit);
    found.map_or("just now".into(), |(unit, name)| format!("{} ago", count(seconds / unit, name)))
}

/// How long ago a time was; nothing for one that is yet to come.
pub(crate) fn age(time: Timestamp) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(time)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well_at_every_scale() {
        for (size, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (24 * 1024, "24.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (3 << 29, "1.5 GiB"),
            (u64::MAX, "16384.0 PiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn counts_and_ages_agree_with_their_nouns() {
        assert_eq!((count(1, "row"), count(1_234_567, "row")), ("1 row".into(), "1,234,567 rows".into()));
        assert_eq!(grouped(999), "999");
        for (seconds, text) in
            [(5, "just now"), (60, "1 minute ago"), (7_200, "2 hours ago"), (200_000, "2 days ago")]
        {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }
}
