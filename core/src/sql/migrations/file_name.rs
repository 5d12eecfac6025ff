//! What the name of a migration's file says.

use crate::error::{Error, Result};
use crate::sql::types::Dialect;

/// The longest name of a migration: the column that records it has as many places.
const MAX_NAME_BYTES: usize = 200;

/// What a file's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) number: u64,
    pub(super) name: String,
    /// The only dialect that it is for.
    pub(super) dialect: Option<&'static str>,
    /// Whether it undoes the migration of this number.
    pub(super) is_down: bool,
}

impl FileName {
    /// Takes `0001_name.sql`, `0001_name.postgres.sql`, `0001_name.down.sql` or `0001_name.postgres.down.sql` apart, and
    /// `0001_name/migration.sql` and `0001_name/down.sql` as Prisma lays them out.
    pub(super) fn parse(file: &str) -> Result<Self> {
        let wrong = |why: String| {
            Error::invalid(format!("`{file}` is not the name of a migration: {why}")).with_help(
                "write `0001_name.sql`, `0001_name.postgres.sql` for one dialect, or `0001_name.down.sql` to undo it",
            )
        };
        let (stem, is_down) = match file.rsplit_once('/') {
            Some((folder, "migration.sql")) => (folder, false),
            Some((folder, "down.sql")) => (folder, true),
            Some(_) => {
                return Err(wrong("only `migration.sql` and `down.sql` lie in a folder of their own".into()));
            }
            None => {
                let stem =
                    file.strip_suffix(".sql").ok_or_else(|| wrong("it does not end in `.sql`".into()))?;
                match stem.strip_suffix(".down") {
                    Some(stem) => (stem, true),
                    None => (stem, false),
                }
            }
        };
        let (number, rest) =
            stem.split_once('_').ok_or_else(|| wrong("there is no `_` behind its number".into()))?;
        let number = Some(number)
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse::<u64>().ok())
            .filter(|number| *number <= i64::MAX as u64)
            .ok_or_else(|| wrong("it does not begin with a number".into()))?;
        let (name, dialect) = match rest.split_once('.') {
            None => (rest, None),
            Some((name, word)) => {
                let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == word);
                (name, Some(dialect.ok_or_else(|| wrong(format!("`{word}` is not a dialect")))?.as_str()))
            }
        };
        if name.is_empty()
            || name.len() > MAX_NAME_BYTES
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        {
            return Err(wrong(format!(
                "its name must be up to {MAX_NAME_BYTES} letters, digits, `_` and `-`"
            )));
        }
        Ok(Self { number, name: name.to_string(), dialect, is_down })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_number_dialect_and_direction() {
        for (file, number, name, dialect, is_down) in [
            ("0001_a.sql", 1, "a", None, false),
            ("0001_a.down.sql", 1, "a", None, true),
            ("12_a-b_c.postgres.sql", 12, "a-b_c", Some("postgres"), false),
            ("0001_a.mysql.down.sql", 1, "a", Some("mysql"), true),
            ("0001_down.sql", 1, "down", None, false),
            ("20240101120000_init/migration.sql", 20240101120000, "init", None, false),
            ("20240101120000_init/down.sql", 20240101120000, "init", None, true),
        ] {
            let expected = FileName { number, name: name.into(), dialect, is_down };
            assert_eq!(FileName::parse(file).unwrap(), expected, "{file}");
        }
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for file in [
            "a.sql",
            "0001.sql",
            "0001_.sql",
            "0001_.down.sql",
            "0001_a.txt",
            "0001_a.oracle.sql",
            "0001_a.down.postgres.sql",
            "+1_a.sql",
            "0001_a b.sql",
            "99999999999999999999_a.sql",
            "0001_a/b.sql",
            "init/migration.sql",
            "x/0001_a.sql",
        ] {
            assert!(FileName::parse(file).is_err(), "{file}");
        }
    }
}
