//! Places in a text: lines and columns for people, bytes for slices.

use sqlparser::tokenizer::Location;

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The line and the character in it, both from 1.
    pub(crate) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let before = self.text.get(self.starts[line - 1]..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The byte at which a place of the parser stands.
    pub(crate) fn offset(&self, place: Location) -> Option<usize> {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end)?;
        let within = if text.is_ascii() {
            column
        } else {
            text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
        };
        (within <= text.len()).then_some(start + within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_behind_letters_of_several_bytes() {
        let lines = Lines::new("a\r\nbäc\n");
        assert_eq!(lines.line_and_column(6), (2, 3));
        assert_eq!(lines.offset(Location { line: 2, column: 3 }), Some(6));
        assert_eq!(lines.offset(Location { line: 9, column: 1 }), None);
        assert_eq!(lines.offset(Location { line: 0, column: 0 }), None);
    }
}
