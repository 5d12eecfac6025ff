//! Which statements control a transaction, told by their first words.
//!
//! Transactions begin and end through the handle, never through a statement: an engine that let one through would go on
//! outside of the transaction without anyone noticing.

use crate::error::{Error, Result};

/// What a statement has to do with its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// It begins or ends one.
    Bounds,
    /// It sets or releases a savepoint.
    Savepoint,
    /// It goes back to a savepoint.
    RollbackTo,
    /// Nothing.
    None,
}

impl Control {
    /// Reads the first words of a statement, with comments as either sort of engine reads them: PostgreSQL's stand inside each
    /// other, those of SQLite and MySQL end where the first one does.
    pub(super) fn of(text: &str) -> Self {
        match Self::read(text, true) {
            Self::None => Self::read(text, false),
            control => control,
        }
    }

    fn read(rest: &str, nested: bool) -> Self {
        let mut words = Words { rest, nested };
        match words.next().as_deref() {
            Some("begin" | "start" | "commit" | "end" | "abort") => Self::Bounds,
            Some("savepoint" | "release") => Self::Savepoint,
            Some("rollback") => {
                let to = words.take(2).any(|word| word == "to");
                if to { Self::RollbackTo } else { Self::Bounds }
            }
            _ => Self::None,
        }
    }

    /// Refuses what would begin or end a transaction, and savepoints where there is none.
    pub(super) fn check(self, in_transaction: bool) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Savepoint | Self::RollbackTo if in_transaction => Ok(()),
            _ => Err(Error::invalid("a transaction cannot be begun or ended by a statement")
                .with_help("use `Sql::begin`, `Transaction::commit`, `rollback` and `savepoint`")),
        }
    }
}

/// The words at the beginning of a statement, in lower case, without the comments between them.
struct Words<'a> {
    rest: &'a str,
    /// Whether comments stand inside each other.
    nested: bool,
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            let rest =
                self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';' || c == '\u{feff}');
            if let Some(comment) = rest.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            } else if let Some(comment) = rest.strip_prefix("/*") {
                self.rest = after_comment(comment, self.nested);
            } else {
                let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                let (word, rest) = rest.split_at(end);
                self.rest = rest;
                return Some(word.to_ascii_lowercase()).filter(|word| !word.is_empty());
            }
        }
    }
}

/// What follows a comment that has begun.
fn after_comment(mut rest: &str, nested: bool) -> &str {
    let mut depth = 1;
    while depth > 0 {
        let Some(at) = rest.find(['*', '/']) else { return "" };
        let pair = rest.get(at..at + 2);
        match pair {
            Some("*/") => depth -= 1,
            Some("/*") if nested => depth += 1,
            _ => {}
        }
        rest = &rest[at + if matches!(pair, Some("*/" | "/*")) { 2 } else { 1 }..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_of_a_transaction_are_recognised_behind_comments() {
        for text in [
            "commit",
            " COMMIT;",
            "-- x\nrollback",
            "/* a /* b */ c */ Begin immediate",
            "/* a /* b */ commit",
            "start transaction",
            ";end",
            "\u{feff}commit",
        ] {
            assert_eq!(Control::of(text), Control::Bounds, "{text}");
        }
        for text in ["rollback to a", "ROLLBACK TRANSACTION TO SAVEPOINT a", "rollback /* */ work to a"] {
            assert_eq!(Control::of(text), Control::RollbackTo, "{text}");
        }
        assert_eq!(Control::of("savepoint a"), Control::Savepoint);
    }

    #[test]
    fn other_statements_are_none_of_these() {
        for text in
            ["select 1", "", "   ", "/* open", "beginning", "é", "(select 1)", "update t set a = 'commit'"]
        {
            assert_eq!(Control::of(text), Control::None, "{text}");
        }
    }
}
