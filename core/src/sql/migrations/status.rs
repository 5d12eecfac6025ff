//! What has become of a migration, and the words in which everyone is told.

use jiff::Timestamp;
use serde::Serialize;

use super::scripts::label;
use crate::error::{Error, ErrorKind, Result};

/// What has become of one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationState {
    /// It was applied as it is.
    Applied,
    /// It wasn't applied yet.
    Pending,
    /// What was applied of it has been changed since.
    Edited,
    /// It was applied and its file is gone.
    Missing,
    /// It wasn't applied, though a later one was.
    OutOfOrder,
    /// It failed, and it is known how much of it was applied. It can be repaired and applied again.
    Failed,
    /// It was cut off, and its next statement may or may not have happened. Applying it again finds out and goes on, or says what
    /// somebody has to look at.
    Interrupted,
}

impl MigrationState {
    /// The state in kebab-case, as JSON carries it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::OutOfOrder => "out-of-order",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One migration and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// What has become of it.
    pub state: MigrationState,
    /// When it was applied.
    pub applied_at: Option<Timestamp>,
    /// How long its last run took, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// When it failed or was cut off.
    pub stopped_at: Option<Timestamp>,
    /// How many statements of the script are known to have happened: of the one that undoes it, where it is being undone.
    pub done: usize,
    /// How many statements that script has.
    pub statements: usize,
    /// What the engine said when it failed.
    pub error: Option<String>,
    /// Whether a script undoes it.
    pub has_down: bool,
    /// Whether it was being undone when it stopped.
    pub undoing: bool,
}

impl MigrationStatus {
    /// Its number and name: `0001_orders`.
    pub fn label(&self) -> String {
        label(self.number, &self.name)
    }

    /// Whether `apply` applies it or goes on with it.
    pub fn is_due(&self) -> bool {
        use MigrationState::{Failed, Interrupted, Pending};
        matches!(self.state, Pending | Failed | Interrupted) && !self.undoing
    }

    /// What has become of it, to be read behind its name: `is not applied yet`.
    pub fn explanation(&self) -> String {
        match self.state {
            MigrationState::Applied => "was applied".into(),
            MigrationState::Pending => "is not applied yet".into(),
            MigrationState::Edited if self.stopped_at.is_some() => match self.done {
                0 => "was changed while it was being undone".into(),
                1 => "stopped, and its first statement, which has happened, was changed since".into(),
                done => format!(
                    "stopped, and its first {done} statements, which have happened, were changed since"
                ),
            },
            MigrationState::Edited => "was changed after it was applied".into(),
            MigrationState::Missing if self.stopped_at.is_some() => {
                "was applied in part and its file is gone".into()
            }
            MigrationState::Missing => "was applied and its file is gone".into(),
            MigrationState::OutOfOrder => "is not applied, and a later one is".into(),
            MigrationState::Failed | MigrationState::Interrupted => self.stop(),
        }
    }

    /// Where and why it stopped.
    fn stop(&self) -> String {
        let what = if self.undoing { "stopped while it was being undone," } else { "stopped" };
        let at = format!("{what} at statement {} of {}", self.done + 1, self.statements);
        let why = self.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        match self.state {
            MigrationState::Failed if self.done == 0 && !self.undoing => {
                format!("failed, and nothing of it was applied{why}")
            }
            MigrationState::Failed => format!("{at}{why}"),
            _ if self.done >= self.statements => format!("{what} behind its last statement{why}"),
            _ => format!("{at}, which may or may not have happened{why}"),
        }
    }

    /// What to do about it; `None` where nothing is to be done.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self.state {
            MigrationState::Applied => return None,
            MigrationState::Pending => "apply the migrations",
            MigrationState::Edited if self.stopped_at.is_some() => {
                "put back the statements that have happened; those behind them may be changed"
            }
            MigrationState::Edited => "put its script back and write a new migration",
            MigrationState::Missing => "put its file back",
            MigrationState::OutOfOrder => "give it a higher number",
            _ if self.undoing => "roll it back again: that goes on where it stopped",
            MigrationState::Failed if self.done == 0 => {
                "repair its script or the database and apply the migrations again"
            }
            MigrationState::Failed => {
                "repair the database or the statements that have not happened, and apply the migrations again: that goes on where it stopped"
            }
            MigrationState::Interrupted => "apply the migrations again: that goes on where it stopped",
        })
    }

    /// The refusal to go on because of what was found.
    pub(super) fn refusal(&self) -> Error {
        let message = format!("the migration `{}` {}", self.label(), self.explanation());
        let error = Error::new(ErrorKind::Conflict, message).with_subject(self.label());
        match self.help() {
            Some(help) => error.with_help(help),
            None => error,
        }
    }
}

/// Refuses to apply anything where something else than what is due was found.
pub(super) fn refuse_surprises(status: &[MigrationStatus]) -> Result<()> {
    let expected = |found: &&MigrationStatus| found.state == MigrationState::Applied || found.is_due();
    match status.iter().find(|found| !expected(found)) {
        Some(found) => Err(found.refusal()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MigrationState::{Applied, Edited, Failed, Interrupted, Missing, OutOfOrder, Pending};

    fn status(state: MigrationState, done: usize, undoing: bool) -> MigrationStatus {
        let stopped = matches!(state, Failed | Interrupted) || done > 0;
        MigrationStatus {
            number: 7,
            name: "orders".into(),
            state,
            applied_at: None,
            elapsed_ms: None,
            stopped_at: stopped.then_some(Timestamp::UNIX_EPOCH),
            done,
            statements: 7,
            error: (state == Failed).then(|| "no such table: a".into()),
            has_down: false,
            undoing,
        }
    }

    #[test]
    fn every_state_has_its_sentence() {
        for (status, sentence) in [
            (status(Applied, 0, false), "was applied"),
            (status(Failed, 0, false), "failed, and nothing of it was applied: no such table: a"),
            (status(Failed, 2, false), "stopped at statement 3 of 7: no such table: a"),
            (
                status(Interrupted, 2, false),
                "stopped at statement 3 of 7, which may or may not have happened",
            ),
            (status(Interrupted, 7, false), "stopped behind its last statement"),
            (
                status(Failed, 0, true),
                "stopped while it was being undone, at statement 1 of 7: no such table: a",
            ),
            (status(Edited, 0, false), "was changed after it was applied"),
            (
                status(Edited, 2, false),
                "stopped, and its first 2 statements, which have happened, were changed since",
            ),
            (status(Missing, 0, false), "was applied and its file is gone"),
        ] {
            assert_eq!(status.explanation(), sentence);
        }
        assert_eq!(status(Pending, 0, false).label(), "0007_orders");
    }

    #[test]
    fn whatever_is_not_applied_says_what_to_do() {
        for state in [Applied, Pending, Edited, Missing, OutOfOrder, Failed, Interrupted] {
            let json = serde_json::to_value(state).unwrap();
            assert_eq!(json, state.as_str());
            assert_eq!(status(state, 0, false).help().is_none(), state == Applied, "{state:?}");
        }
    }

    #[test]
    fn only_what_is_due_is_no_surprise() {
        for (status, is_fine) in [
            (status(Applied, 0, false), true),
            (status(Pending, 0, false), true),
            (status(Failed, 1, false), true),
            (status(Interrupted, 1, false), true),
            (status(Failed, 1, true), false),
            (status(Interrupted, 1, true), false),
            (status(Edited, 0, false), false),
            (status(Missing, 0, false), false),
            (status(OutOfOrder, 0, false), false),
        ] {
            assert_eq!(refuse_surprises(std::slice::from_ref(&status)).is_ok(), is_fine, "{status:?}");
        }
    }
}
