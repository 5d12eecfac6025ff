//! How the program ends: one number a meaning, the same for every command.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked.
    Done = 0,
    /// It could not.
    Failed = 1,
    /// It was asked in a way that it doesn't understand.
    Usage = 2,
    /// It did what it was asked, and what it checked has problems.
    Problems = 3,
}

/// What every `--help` ends with.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, or was interrupted (Ctrl-C, SIGTERM, SIGHUP) and cleaned up
  2  usage: the command line was not understood
  3  the check found problems";

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Failure {
    /// As JSON: the message and the help.
    pub(crate) fn describe(&self) -> serde_json::Value {
        serde_json::json!({ "message": self.message, "help": self.help })
    }

    /// Something went wrong.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: message.into(), help: None }
    }

    /// The command line makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// Adds what to do about it.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<bedplate_core::Error> for Failure {
    fn from(error: bedplate_core::Error) -> Self {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !message.contains(&cause_text) {
                message.push_str(&format!(": {cause_text}"));
            }
            source = cause.source();
        }
        Self { exit: Exit::Failed, message, help: error.help().map(str::to_string) }
    }
}

/// What every command returns.
pub(crate) type Outcome = Result<Exit, Failure>;
