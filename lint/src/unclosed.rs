//! Quotes, comments and brackets that are opened and not closed, or closed and not opened.

use std::ops::Range;

use bedplate_core::sql::{Dialect, Token, TokenKind, tokens};

/// Something without its other half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unclosed {
    /// What it is: a text, a name, a comment, a bracket.
    pub(crate) what: What,
    /// Where it begins.
    pub(crate) at: Range<usize>,
}

/// What lacks its other half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Text,
    Name,
    Comment,
    /// `(` without `)`.
    Open,
    /// `)` without `(`.
    Close,
}

/// The text, name or comment that the script ends in. It has swallowed whatever follows it.
pub(crate) fn at_the_end(text: &str, dialect: Dialect, last: &Token) -> Option<Unclosed> {
    let what = match last.kind {
        TokenKind::Text => What::Text,
        TokenKind::Name => What::Name,
        TokenKind::Comment => What::Comment,
        _ => return None,
    };
    let said = text.get(last.range.clone())?;
    // What is closed ends where it ended before, whatever comes behind it.
    let longer = format!("{said}\n;");
    let is_closed = tokens(&longer, dialect).next().is_some_and(|token| token.range.end == said.len());
    let start = last.range.start;
    let first = said.chars().next().map_or(0, char::len_utf8);
    (!is_closed).then_some(Unclosed { what, at: start..start + first })
}

/// The brackets of a statement, as its tokens are read one by one.
#[derive(Debug, Default)]
pub(crate) struct Brackets {
    open: Vec<usize>,
    first_close: Option<usize>,
}

impl Brackets {
    pub(crate) fn read(&mut self, text: &str, token: &Token) {
        if token.kind != TokenKind::Sign {
            return;
        }
        match &text[token.range.clone()] {
            "(" => self.open.push(token.range.start),
            ")" if self.open.pop().is_none() => {
                self.first_close.get_or_insert(token.range.start);
            }
            _ => {}
        }
    }

    /// The first that has no other half.
    pub(crate) fn unclosed(&self) -> Option<Unclosed> {
        let (what, at) = match (self.first_close, self.open.last()) {
            (Some(at), _) => (What::Close, at),
            (None, Some(at)) => (What::Open, *at),
            (None, None) => return None,
        };
        Some(Unclosed { what, at: at..at + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{Mysql, Postgres, Sqlite};

    fn end(text: &str, dialect: Dialect) -> Option<What> {
        let last = tokens(text, dialect).last().unwrap();
        at_the_end(text, dialect, &last).map(|found| found.what)
    }

    #[test]
    fn what_is_not_closed_at_the_end_is_found_as_each_dialect_reads_it() {
        for dialect in [Sqlite, Postgres, Mysql] {
            for closed in ["'a'", "'a'''", "\"a\"", "/* a */", "-- a's", "1", "a"] {
                assert_eq!(end(closed, dialect), None, "{closed}");
            }
            for (text, what) in [
                ("'a", What::Text),
                ("'a''", What::Text),
                ("'", What::Text),
                ("\"a", What::Name),
                ("/* a", What::Comment),
                ("/*", What::Comment),
            ] {
                assert_eq!(end(text, dialect), Some(what), "{text}");
            }
        }
        assert_eq!(end("$a$ x $a$", Postgres), None);
        assert_eq!(end("$a$ x $b$", Postgres), Some(What::Text));
        assert_eq!(end(r"e'a\'", Postgres), Some(What::Text));
        assert_eq!(end("/* /* a */", Postgres), Some(What::Comment));
        assert_eq!(end("/* /* a */", Sqlite), None);
        assert_eq!(end("[a", Sqlite), Some(What::Name));
        assert_eq!(end("`a", Mysql), Some(What::Name));
        assert_eq!(end("# it's", Mysql), None);
    }

    #[test]
    fn brackets_are_paired() {
        let read = |text: &str| {
            let mut brackets = Brackets::default();
            tokens(text, Postgres).for_each(|token| brackets.read(text, &token));
            brackets.unclosed().map(|found| (found.what, found.at.start))
        };
        assert_eq!(read("a (b (c), '(', \"(\") -- ("), None);
        assert_eq!(read("a (b (c)"), Some((What::Open, 2)));
        assert_eq!(read("a (b))"), Some((What::Close, 5)));
    }
}
