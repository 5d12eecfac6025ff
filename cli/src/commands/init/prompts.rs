//! Asking a person: on the terminal, or by a script in tests.

use std::fmt;

use inquire::{Confirm, InquireError, MultiSelect, Select, Text};

use crate::exit::Failure;

/// One of several answers, with a reason to take it.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) reason: String,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<22} {}", self.label, self.reason)
    }
}

/// Somebody who can be asked.
pub(super) trait Prompts {
    /// One of several answers; the cursor begins at `first`.
    fn select(&mut self, question: &str, choices: Vec<Choice>, first: usize) -> Result<String, Failure>;
    /// Some of several answers.
    fn several(&mut self, question: &str, choices: &[String]) -> Result<Vec<String>, Failure>;
    /// Text that passes a check.
    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: fn(&str) -> Result<(), Failure>,
    ) -> Result<String, Failure>;
    /// Yes or no.
    fn confirm(&mut self, question: &str, reason: &str, default: bool) -> Result<bool, Failure>;
}

/// The person at the terminal.
pub(super) struct Terminal;

impl From<InquireError> for Failure {
    fn from(error: InquireError) -> Self {
        match error {
            InquireError::OperationCanceled | InquireError::OperationInterrupted => {
                Self::new("cancelled, and nothing was written")
            }
            error => Self::new(format!("the question could not be asked: {error}"))
                .with_help("`--yes` asks nothing"),
        }
    }
}

impl Prompts for Terminal {
    fn select(&mut self, question: &str, choices: Vec<Choice>, first: usize) -> Result<String, Failure> {
        let answer = Select::new(question, choices)
            .with_starting_cursor(first)
            .with_formatter(&|choice| choice.value.label.clone())
            .with_help_message("arrow keys to move, enter to choose, type to filter, esc to leave")
            .prompt()?;
        Ok(answer.value)
    }

    fn several(&mut self, question: &str, choices: &[String]) -> Result<Vec<String>, Failure> {
        Ok(MultiSelect::new(question, choices.to_vec())
            .with_help_message("space to mark, enter to go on")
            .prompt()?)
    }

    fn text(
        &mut self,
        question: &str,
        default: &str,
        check: fn(&str) -> Result<(), Failure>,
    ) -> Result<String, Failure> {
        use inquire::validator::Validation;
        let validator = move |text: &str| {
            Ok(match check(text) {
                Ok(()) => Validation::Valid,
                Err(failure) => Validation::Invalid(failure.help.unwrap_or(failure.message).into()),
            })
        };
        Ok(Text::new(question).with_default(default).with_validator(validator).prompt()?)
    }

    fn confirm(&mut self, question: &str, reason: &str, default: bool) -> Result<bool, Failure> {
        let confirm = Confirm::new(question).with_default(default);
        Ok(if reason.is_empty() { confirm.prompt()? } else { confirm.with_help_message(reason).prompt()? })
    }
}
