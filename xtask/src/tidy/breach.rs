//! One place that breaks a rule.

use std::fmt;

/// One place that breaks a rule, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    /// The file, from the repository's root, with `/`.
    pub(crate) path: String,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

impl Breach {
    /// A breach at a line.
    pub(crate) fn new(
        path: &str,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Breach {
        Breach { path: path.to_string(), line, message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n  help: {}", self.path, self.line, self.message, self.help)
    }
}
