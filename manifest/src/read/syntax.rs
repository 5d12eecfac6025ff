//! TOML text to a tree of values with their places. Syntax errors are problems like all others.

use toml::Spanned;
use toml::de::DeTable;
use toml_parser::lexer::TokenKind;

use crate::codes;
use crate::problem::{Problem, Problems};

/// How deep tables and lists may be nested, by brackets or by dots. The deepest key of a manifest is at 7.
pub(super) const MAX_DEPTH: usize = 16;

/// Errors beyond these are mostly consequences of the first ones.
const MAX_SYNTAX_ERRORS: usize = 20;

/// How much of a large file is tried first.
const PROBE_BYTES: usize = 64 * 1024;

/// What the parser says of a key that stands twice.
const DUPLICATE: &str = "duplicate key";

/// The tree, and whether it is complete: with real syntax errors it isn't, with a key that stands twice it is.
///
/// `None` where the text is nested too deep to be given to a parser.
pub(super) fn parse<'a>(text: &'a str, problems: &mut Problems) -> Option<(DeTable<'a>, bool)> {
    if let Some(at) = too_deep(text) {
        problems.push(
            Problem::error(
                codes::TOO_DEEP,
                format!("tables and lists may be nested {MAX_DEPTH} deep at most"),
            )
            .at(at..at + 1)
            .with_help("check for a `[` or `{` that is never closed"),
        );
        return None;
    }
    let readable = readable(text);
    let (tree, errors) = DeTable::parse_recoverable(readable);
    let mut sound = readable.len() == text.len();
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        let twice = error.message() == DUPLICATE;
        sound &= twice;
        let span = error.span().unwrap_or(0..0);
        problems.push(
            match twice.then(|| service_header(text, span.start)).flatten() {
                Some(name) => Problem::error(
                    codes::DUPLICATE_SERVICE,
                    format!("the service `{name}` stands here for the second time"),
                )
                .with_help("join the two tables, or give one of them another name"),
                None if twice => Problem::error(codes::SYNTAX, "this key stands here for the second time")
                    .with_help("keep one of the two"),
                None => Problem::error(codes::SYNTAX, sentence(error.message()))
                    .with_help("a manifest is TOML: https://toml.io"),
            }
            .at(at_least_one(span, text)),
        );
    }
    sound &= errors.len() <= MAX_SYNTAX_ERRORS;
    Some((Spanned::into_inner(tree), sound))
}

/// The text, or its beginning where that has more errors than are shown: each error takes hundreds of bytes, and a large
/// file that is something else than TOML has millions.
fn readable(text: &str) -> &str {
    if text.len() <= 4 * PROBE_BYTES {
        return text;
    }
    let mut end = PROBE_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (_, errors) = DeTable::parse_recoverable(&text[..end]);
    let wrong = errors.iter().filter(|error| error.message() != DUPLICATE).count();
    if wrong > MAX_SYNTAX_ERRORS { &text[..end] } else { text }
}

/// An error at the end of a line or of the file has an empty place; it is shown at the character before.
fn at_least_one(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    if !span.is_empty() || text.is_empty() {
        return span;
    }
    let start = span.start.min(text.len());
    let previous = text[..start].char_indices().next_back();
    match previous {
        Some((at, c)) if c != '\n' || start == text.len() => at..at + c.len_utf8(),
        _ => start..start + text[start..].chars().next().map_or(0, char::len_utf8),
    }
}

fn sentence(message: &str) -> String {
    format!("this is not valid TOML: {}", message.replace('\n', " "))
}

/// The name in a header `[services.NAME]` that stands at this offset.
fn service_header(text: &str, offset: usize) -> Option<&str> {
    let offset = offset.min(text.len());
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.lines().next()?.trim();
    let name = line.strip_prefix("[services.")?.split(']').next()?.trim();
    (!name.contains('.')).then_some(name)
}

/// Where the text is nested too deep, told by its tokens: deep trees overflow the stack when they are dropped.
fn too_deep(text: &str) -> Option<usize> {
    let (mut dots, mut brackets) = (0, 0usize);
    for token in toml_parser::Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => dots += 1,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                brackets += 1;
                dots = 0;
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                brackets = brackets.saturating_sub(1);
                dots = 0;
            }
            TokenKind::Newline | TokenKind::Equals | TokenKind::Comma => dots = 0,
            _ => {}
        }
        if dots > MAX_DEPTH || brackets > MAX_DEPTH {
            return Some(token.span().start());
        }
    }
    None
}
