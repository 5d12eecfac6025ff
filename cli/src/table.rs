//! Tables as text: columns as wide as they need, the last one folded where the terminal ends.

use anstream::adapter::strip_str;

/// The space between two columns.
const GAP: &str = "  ";
/// A last column that would be narrower than this isn't folded.
const NARROWEST: usize = 20;

/// Lays out rows under a heading, which may be empty. With a width, the last column is folded to it at spaces.
pub(crate) fn lay_out(heading: &[String], rows: &[Vec<String>], width: Option<usize>) -> String {
    let all: Vec<&[String]> = Some(heading)
        .filter(|heading| !heading.is_empty())
        .into_iter()
        .chain(rows.iter().map(Vec::as_slice))
        .collect();
    let columns = all.iter().map(|row| row.len()).max().unwrap_or(0);
    let widest =
        |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| shown_width(cell)).max();
    let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    let indent: usize = widths.iter().rev().skip(1).map(|width| width + GAP.len()).sum();
    let room = width.map(|width| width.saturating_sub(indent)).filter(|room| *room >= NARROWEST);
    let mut text = String::new();
    for row in all {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            if at + 1 < columns {
                let padding = widths[at].saturating_sub(shown_width(cell));
                line.push_str(&format!("{cell}{}{GAP}", " ".repeat(padding)));
            } else {
                line.push_str(&fold(cell, room, indent));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How many columns of the screen a cell takes: without its colours.
fn shown_width(cell: &str) -> usize {
    strip_str(cell).to_string().chars().count()
}

/// Breaks a cell at spaces so that no line is wider than there is room, where that can be done.
fn fold(cell: &str, room: Option<usize>, indent: usize) -> String {
    let Some(room) = room.filter(|room| shown_width(cell) > *room) else { return cell.to_string() };
    let mut text = String::new();
    let mut used = 0;
    for word in cell.split(' ') {
        let width = shown_width(word);
        if used > 0 && used + 1 + width > room {
            text.push_str(&format!("\n{}", " ".repeat(indent)));
            used = 0;
        }
        if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += width;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| cell.to_string()).collect()).collect()
    }

    #[test]
    fn columns_line_up_whatever_their_colours() {
        let table =
            lay_out(&rows(&[&["A", "B"]])[0], &rows(&[&["\x1b[31mlong\x1b[0m", "x"], &["s", "y"]]), None);
        assert_eq!(strip_str(&table).to_string(), "A     B\nlong  x\ns     y\n");
    }

    #[test]
    fn only_the_last_column_is_folded_and_only_on_a_terminal() {
        let long = "one two three four five six seven";
        let table = rows(&[&["name", long]]);
        assert_eq!(lay_out(&[], &table, None), format!("name  {long}\n"));
        let folded = lay_out(&[], &table, Some(30));
        assert_eq!(folded, "name  one two three four five\n      six seven\n");
        assert!(folded.lines().all(|line| line.len() <= 30));
    }

    #[test]
    fn a_word_that_is_too_long_stands_alone() {
        let table = rows(&[&["a", "1234567890123456789012345678901234567890 b"]]);
        assert_eq!(lay_out(&[], &table, Some(30)).lines().count(), 2);
    }
}
