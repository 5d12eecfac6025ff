//! Exceptions: `-- lint: allow CODE: reason`.

use std::ops::Range;

use crate::script::Comment;

/// What a comment speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The whole script.
    File,
    /// One statement, by its place in the script.
    Statement(usize),
    /// Nothing: no statement follows it.
    Nothing,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allow {
    pub(crate) code: String,
    pub(crate) has_reason: bool,
    pub(crate) scope: Scope,
    pub(crate) range: Range<usize>,
}

/// The exceptions among comments.
pub(crate) fn allows(comments: &[Comment<'_>]) -> Vec<Allow> {
    let mut found = Vec::new();
    for comment in comments {
        let Some(rest) = comment.text.trim().strip_prefix("lint:") else { continue };
        let rest = rest.trim_start().strip_prefix("allow").unwrap_or(rest);
        let (codes, reason) = rest.split_once(':').unwrap_or((rest, ""));
        let has_reason = reason.chars().any(char::is_alphanumeric);
        for code in codes.split(',') {
            let code = code.trim().to_string();
            found.push(Allow { code, has_reason, scope: comment.scope, range: comment.range.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, bool)> {
        let comment = Comment { text, range: 0..text.len(), scope: Scope::File };
        allows(&[comment]).into_iter().map(|allow| (allow.code, allow.has_reason)).collect()
    }

    #[test]
    fn codes_and_reasons_are_read() {
        assert_eq!(read(" lint: allow drop-table: It was empty."), [("drop-table".into(), true)]);
        assert_eq!(read("lint:allow a, b : why"), [("a".into(), true), ("b".into(), true)]);
        assert_eq!(read("lint: allow drop-table"), [("drop-table".into(), false)]);
        assert_eq!(read("lint: allow drop-table: -"), [("drop-table".into(), false)]);
        assert_eq!(read("allow drop-table: no"), []);
    }
}
