//! The words of a statement, as far as its meaning can be told without a parser.

use crate::sql::tokens::{TokenKind, tokens};
use crate::sql::types::Dialect;

/// A word, a name or a sign of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) kind: TokenKind,
    /// As it is written, with its quotes.
    pub(super) text: &'a str,
}

impl<'a> Word<'a> {
    /// Whether it is this keyword or sign. A name in quotes is none.
    pub(super) fn is(self, word: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Sign) && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// What it names, without its quotes.
    fn name(self) -> Option<&'a str> {
        match self.kind {
            TokenKind::Word => Some(self.text),
            TokenKind::Name => Some(self.text.trim_matches(['"', '`', '[', ']'])),
            _ => None,
        }
    }
}

/// Reads a statement from its beginning.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    all: Vec<Word<'a>>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(statement: &'a str, dialect: Dialect) -> Self {
        let all = tokens(statement, dialect)
            .filter(|token| token.is_said())
            .map(|token| Word { kind: token.kind, text: &statement[token.range] })
            .collect();
        Self { all, at: 0 }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &[Word<'a>] {
        &self.all[self.at..]
    }

    pub(super) fn next(&mut self) -> Option<Word<'a>> {
        let word = self.all.get(self.at).copied();
        self.at += usize::from(word.is_some());
        word
    }

    /// Takes one of these words where it is the next.
    pub(super) fn accept(&mut self, words: &[&str]) -> Option<Word<'a>> {
        self.rest().first().filter(|word| word.is_any(words))?;
        self.next()
    }

    /// Passes over `if exists` and `if not exists`.
    pub(super) fn skip_condition(&mut self) {
        if self.accept(&["if"]).is_some() {
            self.accept(&["not"]);
            self.accept(&["exists"]);
        }
    }

    /// Takes a name; of `schema.table` the last part.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let mut name = self.next()?.name()?;
        while self.accept(&["."]).is_some() {
            name = self.next()?.name()?;
        }
        Some(name)
    }

    /// Takes `(a, b)`, the names of columns. What stands behind a name, such as `desc` or a length, is passed over.
    pub(super) fn columns(&mut self) -> Option<Vec<&'a str>> {
        self.accept(&["("])?;
        let mut columns = Vec::new();
        let (mut depth, mut expects) = (1, true);
        while depth > 0 {
            let word = self.next()?;
            match word.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                "," if depth == 1 => expects = true,
                _ if depth == 1 && std::mem::take(&mut expects) => columns.push(word.name()?),
                _ => {}
            }
        }
        Some(columns)
    }

    /// Splits what is left at its commas outside of parentheses.
    pub(super) fn clauses(&self) -> Vec<Words<'a>> {
        let mut clauses = vec![Vec::new()];
        let mut depth = 0;
        for word in self.rest() {
            match word.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                "," if depth == 0 => {
                    clauses.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if let Some(clause) = clauses.last_mut() {
                clause.push(*word);
            }
        }
        clauses.into_iter().map(|all| Words { all, at: 0 }).collect()
    }
}
