//! Tables as text: columns as wide as they need, folded between words where the terminal ends.

use anstream::adapter::strip_str;

/// The space between two columns.
const GAP: &str = "  ";

/// Lays out rows under a heading, which may be empty. With a width, cells are folded at spaces so that the rows fit, where that can be done.
pub(crate) fn lay_out(heading: &[String], rows: &[Vec<String>], width: Option<usize>) -> String {
    let all: Vec<&[String]> = Some(heading)
        .filter(|heading| !heading.is_empty())
        .into_iter()
        .chain(rows.iter().map(Vec::as_slice))
        .collect();
    let columns = all.iter().map(|row| row.len()).max().unwrap_or(0);
    let widest = |column: usize, of: fn(&str) -> usize| {
        all.iter().filter_map(|row| row.get(column)).map(|cell| of(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column, shown_width)).collect();
    let least: Vec<usize> = (0..columns).map(|column| widest(column, longest_word)).collect();
    narrow(
        &mut widths,
        &least,
        width.map(|width| width.saturating_sub(GAP.len() * columns.saturating_sub(1))),
    );
    let mut text = String::new();
    for row in all {
        let cells: Vec<Vec<String>> =
            row.iter().zip(&widths).map(|(cell, width)| fold(cell, *width)).collect();
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let piece = cell.get(at).map_or("", String::as_str);
                line.push_str(&format!(
                    "{piece}{}{GAP}",
                    " ".repeat(width.saturating_sub(shown_width(piece)))
                ));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Takes from the widest columns until all fit; none becomes narrower than its longest word.
fn narrow(widths: &mut [usize], least: &[usize], room: Option<usize>) {
    let Some(room) = room else { return };
    while widths.iter().sum::<usize>() > room {
        let wide = (0..widths.len()).filter(|at| widths[*at] > least[*at]).max_by_key(|at| widths[*at]);
        let Some(at) = wide else { return };
        widths[at] -= 1;
    }
}

/// How many columns of the screen a cell takes: without its colours.
fn shown_width(cell: &str) -> usize {
    strip_str(cell).to_string().chars().count()
}

/// The columns of the screen that a cell needs at least.
fn longest_word(cell: &str) -> usize {
    cell.split(' ').map(shown_width).max().unwrap_or(0)
}

/// Breaks a cell at spaces into lines that are no wider than this, where that can be done.
fn fold(cell: &str, room: usize) -> Vec<String> {
    let (mut lines, mut used) = (vec![String::new()], 0);
    if shown_width(cell) <= room {
        return vec![cell.to_string()];
    }
    for word in cell.split(' ') {
        let width = shown_width(word);
        if used > 0 && used + 1 + width > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
        }
        used += width;
    }
    lines
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
    fn cells_are_folded_between_words_and_only_on_a_terminal() {
        let long = "one two three four five six seven";
        let table = rows(&[&["name", long]]);
        assert_eq!(lay_out(&[], &table, None), format!("name  {long}\n"));
        let folded = lay_out(&[], &table, Some(30));
        assert_eq!(folded, "name  one two three four five\n      six seven\n");
        assert!(folded.lines().all(|line| line.len() <= 30));
        let table = rows(&[&[long, "x", "a b c d e f g h i j k l m n"]]);
        let folded = lay_out(&[], &table, Some(40));
        assert!(folded.lines().count() == 2 && folded.lines().all(|line| line.len() <= 40), "{folded}");
    }

    #[test]
    fn a_word_is_never_broken() {
        let table = rows(&[&["a", "1234567890123456789012345678901234567890 b"]]);
        let folded = lay_out(&[], &table, Some(30));
        assert_eq!(folded, "a  1234567890123456789012345678901234567890\n   b\n");
    }
}
