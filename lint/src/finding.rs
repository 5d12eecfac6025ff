//! What the lint says about one place in a script.

use std::ops::Range;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It breaks what runs, or loses data, or the engine refuses it.
    Error,
    /// It hurts some day.
    Warning,
    /// What the lint could not judge. It is never a reason to fail.
    Note,
}

impl Level {
    /// The word that stands before a finding.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that the lint found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which rule found it, as in [`crate::CODES`].
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The script's file, as the migrations name it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// Where it stands in the script, in bytes.
    #[serde(skip)]
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The dialects in which it is so, by their words in file names.
    pub dialects: Vec<&'static str>,
}
