//! The pieces of SQL text, so that nothing inside a quoted text or a comment is taken for SQL.

use std::ops::Range;

use super::types::Dialect;

/// What a piece of SQL text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// White space.
    Space,
    /// A comment.
    Comment,
    /// A word: a keyword or a name without quotes.
    Word,
    /// A name in quotes.
    Name,
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// The place of a value: `$1`.
    Place,
    /// `;`.
    End,
    /// Any other character.
    Sign,
}

/// A piece of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

impl Token {
    /// Whether it says anything: it is neither space nor comment.
    pub fn is_said(&self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }
}

/// Takes SQL text apart as a dialect reads it. The pieces follow each other without a gap; a text or comment that isn't closed
/// ends where the text does.
pub fn tokens(text: &str, dialect: Dialect) -> impl Iterator<Item = Token> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = first(rest, dialect);
        let range = at..at + length;
        at = range.end;
        Some(Token { kind, range })
    })
}

/// The first piece of a text that isn't empty, with its length in bytes.
fn first(rest: &str, dialect: Dialect) -> (TokenKind, usize) {
    let mut chars = rest.chars();
    let char = chars.next().unwrap_or_default();
    let next = chars.next();
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
    let mysql = dialect == Dialect::Mysql;
    match (char, next) {
        (c, _) if c.is_whitespace() || c == '\u{feff}' => {
            (TokenKind::Space, until(rest, |c| !c.is_whitespace() && c != '\u{feff}'))
        }
        // MySQL takes `a--1` for a difference.
        ('-', Some('-'))
            if !mysql || rest[2..].chars().next().is_none_or(|c| c.is_whitespace() || c.is_control()) =>
        {
            (TokenKind::Comment, until(rest, |c| c == '\n'))
        }
        ('#', _) if mysql => (TokenKind::Comment, until(rest, |c| c == '\n')),
        ('/', Some('*')) => (TokenKind::Comment, comment(rest, dialect == Dialect::Postgres)),
        // On MySQL too: its connections are opened so that texts and names are read as in standard SQL.
        ('\'', _) => (TokenKind::Text, quoted(rest, '\'', false)),
        ('"', _) => (TokenKind::Name, quoted(rest, '"', false)),
        ('`', _) if dialect != Dialect::Postgres => (TokenKind::Name, quoted(rest, '`', false)),
        ('[', _) if dialect == Dialect::Sqlite => {
            (TokenKind::Name, rest.find(']').map_or(rest.len(), |end| end + 1))
        }
        ('e' | 'E', Some('\'')) if dialect == Dialect::Postgres => {
            (TokenKind::Text, 1 + quoted(&rest[1..], '\'', true))
        }
        ('$', Some(digit)) if digit.is_ascii_digit() => {
            (TokenKind::Place, 1 + until(&rest[1..], |c| !c.is_ascii_digit()))
        }
        ('$', _) if dialect == Dialect::Postgres => match dollar_quoted(rest) {
            Some(length) => (TokenKind::Text, length),
            None => (TokenKind::Sign, 1),
        },
        (c, _) if c.is_ascii_digit() => {
            (TokenKind::Number, until(rest, |c| !c.is_ascii_alphanumeric() && c != '.'))
        }
        (c, _) if c != '$' && word(c) => (TokenKind::Word, until(rest, |c| !word(c))),
        (';', _) => (TokenKind::End, 1),
        (c, _) => (TokenKind::Sign, c.len_utf8()),
    }
}

/// How far a text goes until a character fits.
fn until(rest: &str, fits: impl Fn(char) -> bool) -> usize {
    rest.find(fits).unwrap_or(rest.len())
}

/// The length of a comment. PostgreSQL's stand inside each other.
fn comment(rest: &str, nested: bool) -> usize {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 {
        let Some(found) = rest[at..].find(['*', '/']) else { return rest.len() };
        at += found;
        let pair = &rest.as_bytes()[at..(at + 2).min(rest.len())];
        match pair {
            b"*/" => depth -= 1,
            b"/*" if nested => depth += 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    at
}

/// The length of what is in quotes, where two quotes stand for one.
fn quoted(rest: &str, quote: char, backslashes: bool) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == '\\' && backslashes {
            chars.next();
        } else if char == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of `$tag$ ... $tag$`.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag = rest[1..].find('$').map(|end| &rest[..end + 2])?;
    let name = &tag[1..tag.len() - 1];
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_')
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    Some(rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len()))
}

/// Splits a script into its statements, without what separates them. One without anything but space and comments is left out.
///
/// The body of a trigger or a routine stays whole: a `;` between its `begin` and its `end` separates nothing.
pub fn statements(script: &str, dialect: Dialect) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut current = Current::default();
    for token in tokens(script, dialect) {
        if token.kind == TokenKind::End && current.depth == 0 {
            found.extend(std::mem::take(&mut current).range);
        } else if token.is_said() {
            current.add(&script[token.range.clone()], &token);
        }
    }
    found.extend(current.range);
    found
}

/// The statement that is being read.
#[derive(Debug, Default)]
struct Current {
    range: Option<Range<usize>>,
    /// How many words it has so far, up to those that tell whether it has a body.
    words: usize,
    creates: bool,
    /// Whether it ended with the name of a function that may stand before what is created.
    calls: bool,
    has_body: bool,
    depth: u32,
    after_end: bool,
}

impl Current {
    fn add(&mut self, text: &str, token: &Token) {
        let start = self.range.as_ref().map_or(token.range.start, |range| range.start);
        self.range = Some(start..token.range.end);
        let word = if token.kind == TokenKind::Word { text.to_ascii_lowercase() } else { String::new() };
        self.words += 1;
        if self.words == 1 {
            self.creates = word == "create";
        }
        // What is created stands before the first of these; behind it such a word is a name: `create table event (..)`.
        let is_other = ["table", "view", "index", "type", "sequence", "policy"].contains(&word.as_str());
        // `definer = current_user() procedure`
        let is_call = std::mem::replace(&mut self.calls, word.starts_with("current_"));
        self.creates &= !is_other && (text != "(" || is_call);
        // `create or replace definer = user@host procedure`
        let routine = ["trigger", "procedure", "function", "event", "package"].contains(&word.as_str());
        if self.creates && self.words <= 12 && routine {
            self.has_body = true;
        }
        let after_end = std::mem::take(&mut self.after_end);
        if !self.has_body {
            return;
        }
        match word.as_str() {
            // `end case` closes the `case` that it names.
            "case" if after_end => {}
            "begin" | "case" => self.depth += 1,
            "if" | "loop" | "while" | "repeat" | "for" if after_end => self.depth += 1,
            "end" => {
                self.depth = self.depth.saturating_sub(1);
                self.after_end = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{Mysql, Postgres, Sqlite};

    fn split(script: &str, dialect: Dialect) -> Vec<&str> {
        statements(script, dialect).into_iter().map(|range| &script[range]).collect()
    }

    fn places(text: &str, dialect: Dialect) -> Vec<&str> {
        tokens(text, dialect).filter(|t| t.kind == TokenKind::Place).map(|t| &text[t.range]).collect()
    }

    #[test]
    fn the_pieces_follow_each_other_without_a_gap() {
        for dialect in [Sqlite, Postgres, Mysql] {
            for text in [
                "", "select 1", "'", "\"", "`", "[", "/*", "--", "$", "$a", "$$", "$a$ x", "é'é", "a\u{1}b",
                "e'", "\\", "1e5.x", "#",
            ] {
                let mut end = 0;
                for token in tokens(text, dialect) {
                    assert_eq!(token.range.start, end, "{text}");
                    assert!(token.range.end > end && text.is_char_boundary(token.range.end), "{text}");
                    end = token.range.end;
                }
                assert_eq!(end, text.len(), "{text}");
            }
        }
    }

    #[test]
    fn places_are_found_outside_of_quotes_and_comments_only() {
        for dialect in [Sqlite, Postgres, Mysql] {
            let text = "select $1, '$2', 'it''s $3' /* $4 */, $10 -- $5\n where a$6 = $7";
            assert_eq!(places(text, dialect), ["$1", "$10", "$7"], "{dialect:?}");
        }
        for dialect in [Sqlite, Postgres, Mysql] {
            assert_eq!(places(r"select 'a\', $1, 'b'", dialect), ["$1"], "{dialect:?}");
        }
        assert_eq!(places(r"select e'a\'$1', $2", Postgres), ["$2"]);
        assert_eq!(places("select $x$ $1 $y$ $2 $x$, $3", Postgres), ["$3"]);
        assert_eq!(places("/* a /* b */ $1 */ $2", Postgres), ["$2"]);
        assert_eq!(places("/* a /* b */ $1", Sqlite), ["$1"]);
        assert_eq!(places("select \"$1\", [$2], `$3`, $4", Sqlite), ["$4"]);
        assert_eq!(places("select 1 # $1\n, $2", Mysql), ["$2"]);
        assert_eq!(places("select 2--$1\n, $2", Mysql), ["$1", "$2"]);
    }

    #[test]
    fn a_script_is_split_where_statements_end() {
        for dialect in [Sqlite, Postgres, Mysql] {
            let script =
                "-- first\n create table a (b text default ';') ;; insert into a values ('x;y') /* ; */; ";
            let parts = ["create table a (b text default ';')", "insert into a values ('x;y')"];
            assert_eq!(split(script, dialect), parts, "{dialect:?}");
            assert!(split("  -- nothing\n;", dialect).is_empty());
        }
    }

    #[test]
    fn a_table_may_be_called_as_routines_are() {
        for table in [
            "create table event (id bigint primary key, begin timestamp)",
            "create table if not exists function (id bigint, case_begin int, begin int)",
            "create unique index trigger on a (begin)",
            "create view package as select begin from a",
            "create or replace view event as select begin from a",
            "create type event as (begin timestamp, function text)",
            "create schema a (event, begin)",
        ] {
            for dialect in [Sqlite, Postgres, Mysql] {
                assert_eq!(split(&format!("{table}; drop table x;"), dialect), [table, "drop table x"]);
            }
        }
    }

    #[test]
    fn the_body_of_a_routine_stays_whole() {
        let trigger = "create trigger t after insert on a begin update a set b = case when c then 1 else 2 end; delete from d; end";
        let then = "select 1";
        assert_eq!(split(&format!("{trigger};{then};"), Sqlite), [trigger, then]);
        let routine = "create or replace definer = `x`@`y` procedure p() begin if a then set b = 1; end if; \
                       while c do begin select 1; end; end while; case d when 1 then select 2; end case; end";
        assert_eq!(split(&format!("{routine};{then}"), Mysql), [routine, then]);
        let routine =
            "create definer = current_user() sql security definer procedure p() begin select 1; end";
        assert_eq!(split(&format!("{routine};{then}"), Mysql), [routine, then]);
        let function = "create function f() returns trigger as $$ begin return new; end; $$ language plpgsql";
        assert_eq!(split(&format!("{function};{then}"), Postgres), [function, then]);
        let atomic = "create function f() returns int begin atomic select 1; select 2; end";
        assert_eq!(split(&format!("{atomic};{then}"), Postgres), [atomic, then]);
    }
}
