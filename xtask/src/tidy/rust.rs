//! A Rust file as the rules see it: what is code, what is text, what is a comment, and which lines are tests.

use std::ops::Range;

use super::tree::line_at;

/// A Rust file, read once for all rules. Both views keep every offset and every line of the file.
pub(crate) struct Rust {
    /// The code: comments and the insides of literals are spaces.
    pub(crate) code: String,
    /// The code with its literals: only comments are spaces.
    pub(crate) uncommented: String,
    tests: Vec<Range<usize>>,
    is_test: bool,
}

impl Rust {
    /// Reads a file. Code that doesn't compile gives a best effort.
    pub(crate) fn read(path: &str, text: &str) -> Rust {
        let (code, uncommented) = views(text);
        let tests = test_items(&code);
        Rust { code, uncommented, tests, is_test: is_test_path(path) }
    }

    /// Whether the code at an offset is compiled for tests or benchmarks only.
    pub(crate) fn is_test_at(&self, offset: usize) -> bool {
        self.is_test || self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The line of an offset, from 1.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        line_at(&self.code, offset)
    }

    /// Every word of the code with its offset.
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        words(&self.code)
    }

    /// What follows a word of the code, spaces left out.
    pub(crate) fn after(&self, offset: usize, word: &str) -> &str {
        self.code[offset + word.len()..].trim_start()
    }
}

/// Every run of letters, digits and `_`, with its offset.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let mut offset = 0;
    std::iter::from_fn(move || {
        let start = rest.find(is_word)?;
        let length = rest[start..].find(|c| !is_word(c)).unwrap_or(rest.len() - start);
        let found = (offset + start, &rest[start..start + length]);
        offset += start + length;
        rest = &rest[start + length..];
        Some(found)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a file holds only tests or benchmarks, by its place.
pub(crate) fn is_test_path(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    name == "tests.rs" || parts.any(|folder| matches!(folder, "tests" | "benches"))
}

/// The end of the bracket that opens at `open`, one behind its closing partner.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The items under `#[cfg(test)]` or a condition that holds only with `test`.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for (start, _) in code.match_indices("#[cfg(") {
        let end = closing(code, start + 1);
        let condition = &code[start..end];
        let needs_test = words(condition).any(|(_, word)| word == "test")
            && !words(condition).any(|(_, word)| matches!(word, "not" | "any"));
        if needs_test {
            items.push(start..item_end(code, end));
        }
    }
    items
}

fn item_end(code: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(found) = code[at..].find(['{', ';', '(', '[']) {
        let found = at + found;
        match code.as_bytes()[found] {
            b'{' => return closing(code, found),
            b';' => return found + 1,
            _ => at = closing(code, found),
        }
    }
    code.len()
}

enum Piece {
    Code,
    Comment,
    /// A literal; the range is what lies between its quotes.
    Literal(Range<usize>),
}

fn views(text: &str) -> (String, String) {
    let mut code = text.as_bytes().to_vec();
    let mut uncommented = code.clone();
    let mut at = 0;
    while at < text.len() {
        let (piece, end) = piece(text, at);
        match piece {
            Piece::Code => {}
            Piece::Comment => {
                blank(&mut code[at..end]);
                blank(&mut uncommented[at..end]);
            }
            Piece::Literal(inside) => blank(&mut code[inside]),
        }
        at = end;
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(code), text(uncommented))
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

/// What begins at `at`, and where it ends.
fn piece(text: &str, at: usize) -> (Piece, usize) {
    let rest = &text[at..];
    if rest.starts_with("//") {
        return (Piece::Comment, at + rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Piece::Comment, at + block_comment(rest));
    }
    if rest.starts_with('"') {
        return quoted(rest, at, b'"');
    }
    if rest.starts_with('\'') {
        return character(rest, at);
    }
    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    if word == 0 {
        return (Piece::Code, at + rest.chars().next().map_or(1, char::len_utf8));
    }
    match raw_string(rest, word) {
        Some((inside, length)) => (Piece::Literal(at + inside.start..at + inside.end), at + length),
        None => (Piece::Code, at + word),
    }
}

fn block_comment(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (2, 1);
    while depth > 0 && at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

fn quoted(rest: &str, at: usize, quote: u8) -> (Piece, usize) {
    let bytes = rest.as_bytes();
    let mut end = 1;
    while end < bytes.len() && bytes[end] != quote {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    let end = end.min(bytes.len());
    (Piece::Literal(at + 1..at + end), (at + end + 1).min(at + bytes.len()))
}

/// A character, or the tick of a lifetime or a label.
fn character(rest: &str, at: usize) -> (Piece, usize) {
    let mut next = rest[1..].chars();
    match (next.next(), next.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, at, b'\''),
        _ => (Piece::Code, at + 1),
    }
}

/// A raw string behind its prefix `r`, `br` or `cr`: the inside and the whole length.
fn raw_string(rest: &str, word: usize) -> Option<(Range<usize>, usize)> {
    if !matches!(&rest[..word], "r" | "br" | "cr") {
        return None;
    }
    let hashes = rest[word..].bytes().take_while(|byte| *byte == b'#').count();
    let inside = rest[word + hashes..].strip_prefix('"')?;
    let start = word + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&close).unwrap_or(inside.len());
    Some((start..start + length, (start + length + close.len()).min(rest.len())))
}

#[cfg(test)]
mod tests;
