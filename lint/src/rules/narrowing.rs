//! Whether every value of one type is a value of another.

use crate::kind::Kind;

/// What becomes of values when a column's type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing: it is the same type.
    Same,
    /// All fit, as they are stored.
    Wider,
    /// Some may not fit.
    Narrower,
    /// They are stored in another way.
    Other,
}

pub(super) fn turn(old: &Kind, new: &Kind) -> Turn {
    if old.is_array != new.is_array {
        return Turn::Other;
    }
    if old.name == new.name && old.sizes == new.sizes && old.is_unsigned == new.is_unsigned {
        return Turn::Same;
    }
    let turns = [texts(old, new), integers(old, new), decimals(old, new), times(old, new)];
    turns.into_iter().flatten().next().unwrap_or(Turn::Other)
}

/// The most characters or bytes of a text, where it is one.
fn text_size(kind: &Kind) -> Option<u64> {
    Some(match kind.name.as_str() {
        "varchar" | "nvarchar" => kind.sizes.first().copied().unwrap_or(u64::MAX),
        "tinytext" => 255,
        "mediumtext" => 1 << 24,
        "longtext" | "text" | "clob" | "citext" => u64::MAX,
        "char" | "bpchar" => kind.sizes.first().copied().unwrap_or(1),
        _ => return None,
    })
}

fn texts(old: &Kind, new: &Kind) -> Option<Turn> {
    let (before, after) = (text_size(old)?, text_size(new)?);
    Some(match (after >= before, old.name == "char" || new.name == "char") {
        (false, _) => Turn::Narrower,
        (true, true) => Turn::Other,
        (true, false) => Turn::Wider,
    })
}

fn integers(old: &Kind, new: &Kind) -> Option<Turn> {
    let before = old.integer_bits()?;
    let Some(after) = new.integer_bits() else {
        let fits = new.is_decimal() || text_size(new) == Some(u64::MAX);
        return fits.then_some(Turn::Other);
    };
    // A number without a sign has one bit more.
    let bits = |bits: u32, kind: &Kind| bits * 2 + u32::from(kind.is_unsigned);
    let loses_sign = new.is_unsigned && !old.is_unsigned;
    Some(if bits(after, new) < bits(before, old) || loses_sign { Turn::Narrower } else { Turn::Other })
}

fn decimals(old: &Kind, new: &Kind) -> Option<Turn> {
    if old.is_float() {
        let shorter = new.name == "real" && old.name != "real";
        return (new.integer_bits().is_some() || shorter).then_some(Turn::Narrower);
    }
    if !old.is_decimal() {
        return None;
    }
    if new.integer_bits().is_some() || new.is_float() {
        return Some(Turn::Narrower);
    }
    if !new.is_decimal() {
        return None;
    }
    let digits = |kind: &Kind| {
        let scale = kind.sizes.get(1).copied().unwrap_or(0);
        kind.sizes.first().map(|precision| (precision.saturating_sub(scale), scale))
    };
    Some(match (digits(old), digits(new)) {
        (_, None) => Turn::Wider,
        (None, Some(_)) => Turn::Narrower,
        (Some((whole, scale)), Some((new_whole, new_scale))) if new_whole < whole || new_scale < scale => {
            Turn::Narrower
        }
        (Some((_, scale)), Some((_, new_scale))) if scale == new_scale => Turn::Wider,
        _ => Turn::Other,
    })
}

fn times(old: &Kind, new: &Kind) -> Option<Turn> {
    if !old.is(&["timestamp", "timestamptz", "datetime"]) {
        return None;
    }
    if new.is(&["date", "time", "timetz"]) {
        return Some(Turn::Narrower);
    }
    let digits =
        |kind: &Kind| kind.sizes.first().copied().unwrap_or(if kind.name == "datetime" { 0 } else { 6 });
    new.is(&["timestamp", "timestamptz", "datetime"])
        .then(|| if digits(new) < digits(old) { Turn::Narrower } else { Turn::Other })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_told_from_what_does_not() {
        let cases = [
            ("varchar(20)", "varchar(20)", Turn::Same),
            ("character varying(20)", "varchar(30)", Turn::Wider),
            ("varchar(20)", "text", Turn::Wider),
            ("text", "varchar(20)", Turn::Narrower),
            ("varchar(20)", "varchar(10)", Turn::Narrower),
            ("int", "bigint", Turn::Other),
            ("bigint", "int", Turn::Narrower),
            ("int", "int unsigned", Turn::Narrower),
            ("numeric(10, 2)", "numeric(12, 2)", Turn::Wider),
            ("numeric(10, 2)", "numeric(12, 4)", Turn::Other),
            ("numeric(10, 2)", "numeric(10, 4)", Turn::Narrower),
            ("numeric", "double precision", Turn::Narrower),
            ("double precision", "real", Turn::Narrower),
            ("timestamptz", "date", Turn::Narrower),
            ("timestamp", "timestamptz", Turn::Other),
            ("text", "jsonb", Turn::Other),
            ("text", "text[]", Turn::Other),
        ];
        for (old, new, expected) in cases {
            assert_eq!(turn(&Kind::new(old), &Kind::new(new)), expected, "{old} to {new}");
        }
    }
}
