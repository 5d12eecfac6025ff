//! The bytes of a manifest with the name under which problems show them.

use std::borrow::Cow;

use crate::codes;
use crate::problem::Problem;

/// The largest manifest that is read.
pub const MAX_MANIFEST_BYTES: usize = 4 * 1024 * 1024;

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A manifest as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name that problems show, usually the file's path.
    pub name: String,
    /// What it consists of: UTF-8, with or without a byte order mark.
    pub bytes: Vec<u8>,
}

/// A place in a text, as an editor counts: both begin at 1, columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Source {
    /// A manifest with its name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// The text that every span refers to: without its byte order mark, and with what isn't UTF-8 replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.content())
    }

    fn content(&self) -> &[u8] {
        self.bytes.strip_prefix(UTF8_MARK).unwrap_or(&self.bytes)
    }

    /// The text, or the problem that keeps it from being one.
    pub(crate) fn decode(&self) -> Result<&str, Box<Problem>> {
        if self.bytes.len() > MAX_MANIFEST_BYTES {
            return Err(Box::new(
                Problem::error(
                    codes::MANIFEST_TOO_LARGE,
                    format!(
                        "a manifest may have {MAX_MANIFEST_BYTES} bytes at most, this one has {}",
                        self.bytes.len()
                    ),
                )
                .with_help("check that this is the file you meant, or split the platform in two"),
            ));
        }
        let utf16 = match self.bytes.get(..2) {
            Some([0xFF, 0xFE]) => Some("UTF-16 (little endian)"),
            Some([0xFE, 0xFF]) => Some("UTF-16 (big endian)"),
            _ => None,
        };
        if let Some(encoding) = utf16 {
            return Err(Box::new(
                Problem::error(codes::NOT_UTF8, format!("the file is written in {encoding}, not in UTF-8"))
                    .with_help("save it as UTF-8 in your editor"),
            ));
        }
        std::str::from_utf8(self.content()).map_err(|error| {
            let offset = error.valid_up_to();
            let byte = self.content().get(offset).copied().unwrap_or_default();
            Box::new(
                Problem::error(
                    codes::NOT_UTF8,
                    format!("the byte {byte:#04x} at offset {offset} is not UTF-8 text"),
                )
                // One replacement character stands there in what `text` returns.
                .at(offset..offset + '\u{FFFD}'.len_utf8())
                .with_help("save the file as UTF-8 in your editor"),
            )
        })
    }
}

/// The line and column of an offset into a text. An offset beyond the end is the end's.
pub(crate) fn position(text: &str, offset: usize) -> Position {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    // A continuation byte of UTF-8 begins no character.
    let column = before[start..].iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
    Position { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters() {
        let text = "a = 1\nä = 2\n";
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, 9), Position { line: 2, column: 3 });
        assert_eq!(position(text, 999), Position { line: 3, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(Source::new("x", "\u{FEFF}a = 1").decode().unwrap(), "a = 1");
    }

    #[test]
    fn other_encodings_are_named() {
        let utf16 = Source::new("x", [0xFF, 0xFE, b'a', 0]).decode().unwrap_err();
        assert!(utf16.message.contains("UTF-16 (little endian)"));
        let latin = Source::new("x", b"a = 1\nb = \"\xE4\"".as_slice());
        let problem = latin.decode().unwrap_err();
        assert_eq!(
            position(&latin.text(), problem.span.clone().unwrap().start),
            Position { line: 2, column: 6 }
        );
    }
}
