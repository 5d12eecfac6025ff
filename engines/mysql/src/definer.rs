//! Takes the names of users out of a dump: a view or a routine belongs to whoever restores it.
//!
//! They are overwritten with blanks where they stand, so that nothing else of the file moves.

use std::fs::File;
use std::io::Result;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::lines;

/// The lines in which the tool names a definer begin with one of these.
const STARTS: &[&[u8]] = &[
    b"/*!50013 DEFINER=",
    b"/*!50003 CREATE*/ /*!50017 DEFINER=",
    b"/*!50106 CREATE*/ /*!50117 DEFINER=",
    b"CREATE DEFINER=",
    b"CREATE OR REPLACE DEFINER=",
];

/// Overwrites every definer in the file.
pub(crate) fn remove(file: &File) -> Result<()> {
    lines::each(file, |line| blank(file, line.at, &line.head))
}

fn blank(file: &File, line: u64, head: &[u8]) -> Result<()> {
    match definer(head) {
        Some(range) => file.write_all_at(&b" ".repeat(range.len()), line + range.start as u64),
        None => Ok(()),
    }
}

/// Where `` DEFINER=`user`@`host` `` stands in a line.
pub(crate) fn definer(head: &[u8]) -> Option<Range<usize>> {
    const WORD: usize = "DEFINER=".len();
    let start = STARTS.iter().find(|start| head.starts_with(start))?.len();
    let host = start + quoted(&head[start..])?;
    let rest = head[host..].strip_prefix(b"@")?;
    Some(start - WORD..host + 1 + quoted(rest)?)
}

/// The length of a name in quotes, in which two quotes stand for one. Which quotes depends on the mode in which a routine was made.
pub(crate) fn quoted(rest: &[u8]) -> Option<usize> {
    let quote = *rest.first().filter(|quote| b"`\"".contains(quote))?;
    let mut at = 1;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == quote)? + 1;
        if rest.get(at) != Some(&quote) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};

    #[test]
    fn definers_are_blanked_and_nothing_else_is() {
        let long = "x".repeat(200_000);
        let insert = format!("INSERT INTO `t` VALUES ('/*!50013 DEFINER=`a`@`b`','{long}');\n");
        let before = [
            "/*!50013 DEFINER=`it``s`@`%` SQL SECURITY DEFINER */\n",
            insert.as_str(),
            "CREATE DEFINER=\"a\"@\"b`\" PROCEDURE `p`()\n",
            "CREATE DEFINER=open\n",
            "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`localhost`*/ /*!50003 TRIGGER x\n",
            "CREATE DEFINER=`a`@`b`",
        ];
        let blanked = |text: &str, name: &str| text.replace(name, &" ".repeat(name.len()));
        let after = [
            blanked(before[0], "DEFINER=`it``s`@`%`"),
            insert.clone(),
            blanked(before[2], "DEFINER=\"a\"@\"b`\""),
            before[3].into(),
            blanked(before[4], "DEFINER=`a`@`localhost`"),
            blanked(before[5], "DEFINER=`a`@`b`"),
        ];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(before.concat().as_bytes()).unwrap();
        file.rewind().unwrap();
        remove(&file).unwrap();
        let mut found = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut found).unwrap();
        assert!(found == after.concat(), "{}", &found[..100]);
    }
}
