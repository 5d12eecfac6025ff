//! The one error of every capability: what kind of failure, where, about what, and what to do.

use std::error::Error as StdError;
use std::fmt;

/// What went wrong, in the words that a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The thing asked for isn't there.
    NotFound,
    /// The state doesn't allow it: a duplicate, a lost race, a condition that didn't hold.
    Conflict,
    /// The engine doesn't promise this. Asking again never helps.
    Unsupported,
    /// The engine can't be reached or is starting, stopping or overloaded.
    Unavailable,
    /// It took longer than the caller allowed. It may still have happened.
    TimedOut,
    /// The request itself is wrong.
    InvalidInput,
    /// The credentials don't allow it.
    Denied,
    /// A limit was reached; the message names it.
    Limited,
    /// What is stored can't be what was written.
    Corrupt,
    /// A defect, in Bedplate or in the engine.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order in which the documentation lists them.
    pub const ALL: [ErrorKind; 10] = [
        Self::NotFound,
        Self::Conflict,
        Self::Unsupported,
        Self::Unavailable,
        Self::TimedOut,
        Self::InvalidInput,
        Self::Denied,
        Self::Limited,
        Self::Corrupt,
        Self::Internal,
    ];

    /// The kind in kebab-case, as metrics and JSON carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::Unsupported => "unsupported",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed-out",
            Self::InvalidInput => "invalid-input",
            Self::Denied => "denied",
            Self::Limited => "limited",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What every fallible operation of Bedplate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of an engine or of a request to it.
///
/// An engine only classifies (`kind`, `message`, `source`); the guard adds the operation and the engine's name.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    op: &'static str,
    engine: &'static str,
    subject: String,
    message: String,
    help: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a sentence that says what was expected and what was found.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            op: "",
            engine: "",
            subject: String::new(),
            message: message.into(),
            help: None,
            source: None,
        }))
    }

    /// The engine doesn't promise `what`.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unsupported, format!("this engine does not support {what}"))
    }

    /// The request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The thing named isn't there.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, format!("{what} does not exist"))
    }

    /// Adds the failure underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds what to do about it, in one sentence.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds what the operation was about (a key, a topic, a table), unless the engine already said.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        if self.0.subject.is_empty() {
            self.0.subject = subject.into();
        }
        self
    }

    /// Adds the operation and the engine, unless they are already there.
    #[must_use]
    pub fn at(mut self, engine: &'static str, op: &'static str) -> Self {
        if self.0.op.is_empty() {
            self.0.op = op;
        }
        if self.0.engine.is_empty() {
            self.0.engine = engine;
        }
        self
    }

    /// What a caller can decide by.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, for example `sql.begin`; empty when it never reached an engine.
    pub fn op(&self) -> &'static str {
        self.0.op
    }

    /// The engine that failed, for example `postgres`; empty when no engine was asked.
    pub fn engine(&self) -> &'static str {
        self.0.engine
    }

    /// What the operation was about; may be empty.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The sentence that says what was expected and what was found.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Whether the same request may succeed later without anyone changing anything.
    ///
    /// Follows from the kind alone. A retry after `TimedOut` is safe only where the request is idempotent.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Limited)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if !inner.engine.is_empty() {
            write!(f, "{} ", inner.engine)?;
        }
        if !inner.op.is_empty() {
            write!(f, "{} ", inner.op)?;
        }
        if !inner.subject.is_empty() {
            write!(f, "`{}` ", inner.subject)?;
        }
        if !inner.engine.is_empty() || !inner.op.is_empty() || !inner.subject.is_empty() {
            f.write_str("failed: ")?;
        }
        f.write_str(&inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self, self.0.kind)?;
        if let Some(help) = &self.0.help {
            write!(f, " help: {help}")?;
        }
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, "; because: {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_engine_the_operation_and_the_subject() {
        let error = Error::not_found("table `a`").with_subject("select 1").at("sqlite", "sql.query");
        assert_eq!(error.to_string(), "sqlite sql.query `select 1` failed: table `a` does not exist");
    }

    #[test]
    fn the_first_place_that_knows_wins() {
        let error = Error::invalid("x")
            .at("sqlite", "sql.query")
            .at("guard", "late")
            .with_subject("a")
            .with_subject("b");
        assert_eq!((error.engine(), error.op(), error.subject()), ("sqlite", "sql.query", "a"));
    }

    #[test]
    fn only_what_may_pass_later_is_retryable() {
        let retryable: Vec<_> =
            ErrorKind::ALL.into_iter().filter(|kind| Error::new(*kind, "").is_retryable()).collect();
        assert_eq!(retryable, [ErrorKind::Unavailable, ErrorKind::TimedOut, ErrorKind::Limited]);
    }
}
