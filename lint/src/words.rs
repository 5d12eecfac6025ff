//! The words of a statement, for what needs no parser.

use std::ops::Range;

use bedplate_core::sql::{Token, TokenKind};

/// How many words of a statement are read: more is the data of a long `insert`.
const MAX_WORDS: usize = 20_000;

/// A word, a name or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// What it says, in lower case and without quotes. Nothing for a text: what it says is no SQL.
    pub(crate) text: String,
    /// Where it stands in the script.
    pub(crate) range: Range<usize>,
}

impl Word {
    /// Whether it is a keyword or sign.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Sign | TokenKind::End) && self.text == text
    }

    /// Whether it can be the name of something.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Name)
    }
}

/// The words of a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(Vec<Word>);

impl Words {
    pub(crate) fn push(&mut self, script: &str, token: Token) {
        if !token.is_said() || self.0.len() == MAX_WORDS {
            return;
        }
        let text = &script[token.range.clone()];
        // The driver for MySQL has it read names in double quotes as names, as all others do.
        let is_name = token.kind == TokenKind::Text && text.starts_with('"');
        let kind = if is_name { TokenKind::Name } else { token.kind };
        let text = match kind {
            TokenKind::Text => String::new(),
            TokenKind::Name => text.trim_matches(['"', '`', '[', ']']).to_lowercase(),
            _ => text.to_lowercase(),
        };
        self.0.push(Word { kind, text, range: token.range });
    }

    pub(crate) fn all(&self) -> &[Word] {
        &self.0
    }

    /// Whether the statement begins with these words. A word that ends in `?` may be missing, and `*` stands for any one.
    pub(crate) fn begin_with(&self, pattern: &[&str]) -> bool {
        self.after(pattern).is_some()
    }

    /// The words behind those with which the statement begins.
    pub(crate) fn after(&self, pattern: &[&str]) -> Option<&[Word]> {
        after(&self.0, pattern)
    }

    /// Where these words stand the first time.
    pub(crate) fn find(&self, pattern: &[&str]) -> Option<Range<usize>> {
        (0..self.0.len()).find_map(|at| {
            let rest = after(&self.0[at..], pattern)?;
            let last = self.0.len() - rest.len() - 1;
            Some(self.0[at].range.start..self.0[last].range.end)
        })
    }

    /// The first keyword, or nothing.
    pub(crate) fn first(&self) -> &str {
        self.0.first().filter(|word| word.kind == TokenKind::Word).map_or("", |word| &word.text)
    }
}

/// The words behind a pattern that they begin with.
pub(crate) fn after<'a>(words: &'a [Word], pattern: &[&str]) -> Option<&'a [Word]> {
    let mut rest = words;
    for expected in pattern {
        let optional = expected.strip_suffix('?');
        let next = rest.first();
        if *expected == "*" {
            next?;
        } else if !next.is_some_and(|word| word.is(optional.unwrap_or(expected))) {
            if optional.is_some() {
                continue;
            }
            return None;
        }
        rest = &rest[1..];
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedplate_core::sql::{Dialect, tokens};

    fn words(text: &str) -> Words {
        let mut words = Words::default();
        tokens(text, Dialect::Sqlite).for_each(|token| words.push(text, token));
        words
    }

    #[test]
    fn words_are_found_and_texts_are_none() {
        let text = words("Create UNIQUE index \"A b\" on t (now()) where c = 'drop table'");
        assert!(text.begin_with(&["create", "unique?", "index"]));
        assert!(words("create index").begin_with(&["create", "unique?", "index"]));
        assert!(!text.begin_with(&["create", "table"]));
        assert_eq!(text.find(&["now", "("]), Some(32..36));
        assert_eq!(text.find(&["drop"]), None);
        assert_eq!(text.after(&["create", "*", "index"]).unwrap()[0].text, "a b");
    }
}
