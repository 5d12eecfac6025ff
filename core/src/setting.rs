//! Settings: the configurable values of an engine, declared once and read from a URL's query or a manifest.

use std::time::Duration;

use crate::error::{Error, Result};

/// One configurable value of an engine.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The name in a URL's query and in the manifest, in snake_case.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// What it takes.
    pub kind: SettingKind,
    /// The value when nothing is said, as it would be written.
    pub default: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number.
    Count,
    /// A length of time: `500ms`, `5s`, `10m`, `2h`, or a bare number of seconds.
    Duration,
    /// `true` or `false`.
    Bool,
    /// Any text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl SettingKind {
    /// What it takes, in words.
    pub fn describe(self) -> String {
        match self {
            Self::Count => "a whole number".into(),
            Self::Duration => "a length of time such as `500ms`, `5s` or `10m`".into(),
            Self::Bool => "`true` or `false`".into(),
            Self::Text => "text".into(),
            Self::Choice(words) => {
                format!("one of {}", words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether `text` is such a value.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::Count => text.parse::<u64>().is_ok(),
            Self::Duration => parse_duration(text).is_ok(),
            Self::Bool => matches!(text, "true" | "false"),
            Self::Text => true,
            Self::Choice(words) => words.contains(&text),
        }
    }
}

/// Reads `500ms`, `5s`, `10m`, `2h`, `7d` or a bare number of seconds.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let wrong = || {
        Error::invalid(format!("`{text}` is not a length of time"))
            .with_help("write `500ms`, `5s`, `10m`, `2h` or `7d`")
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis_per = match unit.trim() {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number.checked_mul(millis_per).map(Duration::from_millis).ok_or_else(wrong)
}

/// Writes a length of time as [`parse_duration`] reads it, in the largest unit that is exact.
pub fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    for (per, unit) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] {
        if millis != 0 && millis.is_multiple_of(per) {
            return format!("{}{unit}", millis / per);
        }
    }
    format!("{millis}ms")
}

/// The candidate nearest to `word`, where one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(word, candidate, limit), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters differ (optimal string alignment: a swap of neighbours counts once), or `limit + 1` for more.
fn edit_distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()].min(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_survive_a_round_trip() {
        for text in ["0ms", "1ms", "1500ms", "5s", "10m", "2h", "7d"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        assert_eq!(parse_duration("10").unwrap(), Duration::from_secs(10));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "-1s", "1.5s", "5 years", "99999999999999999999s", "18446744073709551615d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_nearest_word_is_near() {
        let words = ["publishes", "subscribes", "sql"];
        assert_eq!(nearest("publish", words), Some("publishes"));
        assert_eq!(nearest("slq", words), Some("sql"));
        assert_eq!(nearest("completely-else", words), None);
    }
}
