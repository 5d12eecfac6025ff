//! A script taken apart: its statements with their words, and the exceptions in its comments.

use std::ops::Range;

use bedplate_core::sql::{Dialect, Migration, TokenKind, statements, tokens};

use crate::allow::{Allow, Scope, allows};
use crate::unclosed::{Brackets, Unclosed, at_the_end};
use crate::words::Words;

/// A script as one dialect reads it.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    pub(crate) number: u64,
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) dialect: Dialect,
    pub(crate) migration: &'a Migration,
    pub(crate) statements: Vec<Statement>,
    pub(crate) allows: Vec<Allow>,
    /// Whether it runs outside of a transaction because it says so.
    pub(crate) no_transaction: bool,
    /// The quote or comment that it ends in.
    pub(crate) unclosed: Option<Unclosed>,
}

/// A statement of a script.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Where it stands in the script.
    pub(crate) range: Range<usize>,
    pub(crate) words: Words,
    /// The first bracket without its other half.
    pub(crate) unclosed: Option<Unclosed>,
}

/// A comment, and what stands around it.
#[derive(Debug)]
pub(crate) struct Comment<'a> {
    pub(crate) text: &'a str,
    pub(crate) range: Range<usize>,
    pub(crate) scope: Scope,
}

impl<'a> Script<'a> {
    pub(crate) fn new(migration: &'a Migration, dialect: Dialect) -> Self {
        let text = migration.script.as_str();
        let mut parts: Vec<Statement> = statements(text, dialect)
            .into_iter()
            .map(|range| Statement { range, words: Words::default(), unclosed: None })
            .collect();
        let mut at = 0;
        let mut brackets: Vec<Brackets> = parts.iter().map(|_| Brackets::default()).collect();
        let mut unclosed = None;
        for token in tokens(text, dialect) {
            while parts.get(at).is_some_and(|part| part.range.end <= token.range.start) {
                at += 1;
            }
            if token.range.end == text.len() {
                unclosed = at_the_end(text, dialect, &token);
            }
            if let Some(part) = parts.get_mut(at).filter(|part| part.range.start <= token.range.start) {
                brackets[at].read(text, &token);
                part.words.push(text, token);
            }
        }
        for (part, brackets) in parts.iter_mut().zip(brackets) {
            part.unclosed = brackets.unclosed();
        }
        let comments = comments(text, dialect, &parts);
        let allows = allows(&comments);
        let (number, file) = (migration.number, migration.file.as_str());
        let no_transaction = migration.is_without_transaction();
        Self { number, file, text, dialect, migration, statements: parts, allows, no_transaction, unclosed }
    }
}

/// The comments of a line each, with what they speak of.
fn comments<'a>(text: &'a str, dialect: Dialect, parts: &[Statement]) -> Vec<Comment<'a>> {
    let mut found: Vec<Comment<'a>> = Vec::new();
    // Comments that a statement or an empty line will follow.
    let mut open = 0;
    let mut at = 0;
    let mut is_line_begun = false;
    for token in tokens(text, dialect) {
        while parts.get(at).is_some_and(|part| part.range.end <= token.range.start) {
            at += 1;
        }
        let inside = parts.get(at).is_some_and(|part| part.range.start <= token.range.start);
        let said = &text[token.range.clone()];
        match token.kind {
            TokenKind::Space => {
                let lines = said.matches('\n').count();
                if lines > 1 && !inside {
                    let scope = if at == 0 { Scope::File } else { Scope::Nothing };
                    found[open..].iter_mut().for_each(|comment| comment.scope = scope);
                    open = found.len();
                }
                is_line_begun &= lines == 0;
            }
            TokenKind::Comment => {
                let scope = match (inside, is_line_begun) {
                    (true, _) => Scope::Statement(at),
                    (false, true) => Scope::Statement(at.saturating_sub(1)),
                    (false, false) => Scope::Nothing,
                };
                let line = said.strip_prefix("--").or_else(|| said.strip_prefix('#'));
                if let Some(line) = line {
                    found.push(Comment { text: line, range: token.range, scope });
                    if scope != Scope::Nothing {
                        // It has found its statement, and those before it have too or never will.
                        open = found.len();
                    }
                }
            }
            TokenKind::End => is_line_begun = true,
            _ => {
                found[open..].iter_mut().for_each(|comment| comment.scope = Scope::Statement(at));
                open = found.len();
                is_line_begun = true;
            }
        }
    }
    if parts.is_empty() {
        found.iter_mut().for_each(|comment| comment.scope = Scope::File);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Vec<Scope> {
        let migration =
            Migration { number: 1, name: "a".into(), script: text.into(), file: "1_a.sql".into() };
        let script = Script::new(&migration, Dialect::Postgres);
        comments(text, Dialect::Postgres, &script.statements).iter().map(|comment| comment.scope).collect()
    }

    #[test]
    fn a_comment_speaks_of_what_follows_it() {
        use Scope::{File, Nothing, Statement};
        let text =
            "-- a\n-- b\n\n-- c\nselect 1; -- d\n-- e\nselect -- f\n2;\n\n-- g\n\n-- h\nselect 3\n-- i";
        let expected = [
            File,
            File,
            Statement(0),
            Statement(0),
            Statement(1),
            Statement(1),
            Nothing,
            Statement(2),
            Nothing,
        ];
        assert_eq!(scopes(text), expected);
        assert_eq!(scopes("-- a"), [File]);
    }

    #[test]
    fn the_directive_stands_before_the_first_statement() {
        let script = |text: &str| Migration {
            number: 1,
            name: "a".into(),
            script: text.into(),
            file: "1_a.sql".into(),
        };
        let is = |text: &str| Script::new(&script(text), Dialect::Postgres).no_transaction;
        assert!(is("-- Why.\n-- bedplate: no-transaction\nselect 1"));
        assert!(!is("# bedplate: no-transaction\nselect 1"));
        assert!(!is("select 1;\n-- bedplate: no-transaction\nselect 1"));
    }
}
