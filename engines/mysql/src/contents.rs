//! What a dump makes, read from the dump itself.

use std::fs::File;
use std::io::Result;

use crate::definer::{definer, quoted};
use crate::lines::{self, Line};

/// Something that a statement of the dump makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// The line in which its statement begins, counted from 1, and where that is in bytes.
    pub(crate) line: u64,
    pub(crate) at: u64,
    /// As it is called in a `drop`: `table`, `package body`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

/// The longer one of two that begin alike comes first.
const KINDS: &[(&str, &str)] = &[
    ("TABLE", "table"),
    ("VIEW", "view"),
    ("SEQUENCE", "sequence"),
    ("EVENT", "event"),
    ("PROCEDURE", "procedure"),
    ("FUNCTION", "function"),
    ("PACKAGE BODY", "package body"),
    ("PACKAGE", "package"),
];

/// Everything that the dump makes, in its order. What goes with a table isn't in it.
pub(crate) fn read(file: &File) -> Result<Vec<Made>> {
    let (mut found, mut reader) = (Vec::new(), Reader { delimiter: b";".to_vec(), is_open: false });
    lines::each(file, |line| {
        found.extend(reader.see(line));
        Ok(())
    })?;
    Ok(found)
}

/// Follows where statements begin and end, as the client does: the body of a routine may have lines that look like statements.
struct Reader {
    delimiter: Vec<u8>,
    /// A statement goes on in the next line.
    is_open: bool,
}

impl Reader {
    fn see(&mut self, line: &Line) -> Option<Made> {
        let head = line.head.trim_ascii();
        let begins = !self.is_open;
        if begins {
            if let Some(delimiter) = head.strip_prefix(b"DELIMITER ") {
                self.delimiter = delimiter.trim_ascii().to_vec();
                return None;
            }
            // The third is a command to the client.
            if head.is_empty() || head.starts_with(b"--") || head.starts_with(b"/*M!999999\\-") {
                return None;
            }
        }
        self.is_open = !line.tail.trim_ascii_end().ends_with(&self.delimiter);
        let (kind, name) = made(head).filter(|_| begins)?;
        Some(Made { line: line.number, at: line.at, kind, name })
    }
}

/// What a statement that begins like this makes.
fn made(head: &[u8]) -> Option<(&'static str, String)> {
    let mut head = head.to_vec();
    if let Some(range) = definer(&head) {
        head[range].fill(b' ');
    }
    let mut rest = word(&head, "CREATE")?;
    for skipped in ["OR REPLACE", "AGGREGATE"] {
        rest = word(rest, skipped).unwrap_or(rest);
    }
    let (kind, rest) =
        KINDS.iter().find_map(|(written, kind)| word(rest, written).map(|rest| (*kind, rest)))?;
    let rest = bare(word(rest, "IF NOT EXISTS").unwrap_or(rest));
    let name = std::str::from_utf8(&rest[..quoted(rest)?]).ok()?;
    let quote = &name[..1];
    Some((kind, name[1..name.len() - 1].replace(&quote.repeat(2), quote)))
}

/// What follows a word.
fn word<'a>(text: &'a [u8], word: &str) -> Option<&'a [u8]> {
    bare(text)
        .strip_prefix(word.as_bytes())
        .filter(|rest| rest.first().is_none_or(|byte| b" *".contains(byte)))
}

/// Leaves out blanks and the bounds of comments that the server runs.
fn bare(mut text: &[u8]) -> &[u8] {
    loop {
        let before = text.len();
        text = text.trim_ascii_start();
        for bound in [&b"/*!"[..], b"/*M!"] {
            if let Some(inside) = text.strip_prefix(bound) {
                let digits = inside.iter().take_while(|byte| byte.is_ascii_digit()).count();
                text = &inside[digits..];
            }
        }
        text = text.strip_prefix(b"*/").unwrap_or(text);
        if text.len() == before {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_a_dump_makes_is_told_from_what_its_bodies_say() {
        let dump = [
            "/*M!999999\\- enable the sandbox mode */ ",
            "-- MariaDB dump 10.19",
            "--",
            "/*!40101 SET NAMES utf8mb4 */;",
            "CREATE SEQUENCE `s` start with 1;",
            "CREATE TABLE `it``s` (",
            "  `CREATE TABLE ``no``` int",
            ") ENGINE=InnoDB;",
            "INSERT INTO `it``s` VALUES",
            "(1);",
            "DELIMITER ;;",
            "/*!50003 CREATE*/ /*!50017                  */ /*!50003 TRIGGER x after insert on t for each row begin",
            "CREATE TABLE `in_a_trigger` (a int);",
            "end */;;",
            "DELIMITER ;",
            "/*!50001 CREATE VIEW `v` AS SELECT",
            " NULL AS `id` */;",
            "DELIMITER ;;",
            "/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`localhost`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO begin",
            "CREATE TABLE `in_an_event` (a int);",
            "end */ ;;",
            "DELIMITER ;",
            "DELIMITER ;;",
            "CREATE DEFINER=\"a\"@\"b\" PACKAGE BODY \"p\"\"k\" as",
            "",
            "CREATE TABLE `in_a_body` (a int);",
            ";;",
            "CREATE                 PROCEDURE `p`() select 1 ;;",
            "CREATE OR REPLACE AGGREGATE FUNCTION `f`() returns int",
            ";;",
            "DELIMITER ;",
            "/*!50001 CREATE ALGORITHM=UNDEFINED */",
            "/*!50001 VIEW `v` AS select 1 AS `id` */;",
            "-- Dump completed",
        ];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(dump.join("\n").as_bytes()).unwrap();
        let found = read(&file).unwrap();
        let told: Vec<_> = found.iter().map(|made| (made.line, made.kind, made.name.as_str())).collect();
        let expected = [
            (5, "sequence", "s"),
            (6, "table", "it`s"),
            (16, "view", "v"),
            (19, "event", "e"),
            (24, "package body", "p\"k"),
            (28, "procedure", "p"),
            (29, "function", "f"),
        ];
        assert_eq!(told, expected);
        let before: usize = dump[..4].iter().map(|line| line.len() + 1).sum();
        assert_eq!(found[0].at, before as u64);
    }
}
