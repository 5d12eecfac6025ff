//! Updates and deletes that leave no row alone.

use crate::change::{Change, What};
use crate::codes::{DELETE_OF_EVERY_ROW, UPDATE_OF_EVERY_ROW};
use crate::history::{Found, Step};

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    match &change.what {
        What::UpdateRows { table, filtered: false } if step.is_old(table) => {
            let message = format!(
                "every row of `{table}` is updated in one statement, and stays locked until the migration ends"
            );
            let help = "update some thousand rows at a time with a `where` on the primary key, or let the service do it";
            found.push(step.found(UPDATE_OF_EVERY_ROW, &change.at, message).with_help(help));
        }
        What::DeleteRows { table, filtered: false } | What::Truncate { table } if step.is_old(table) => {
            let message = format!("every row of `{table}` is deleted");
            let help = "say with `where` which rows go; where all must go, say so with `-- lint: allow` and the reason";
            found.push(step.found(DELETE_OF_EVERY_ROW, &change.at, message).with_help(help));
        }
        _ => {}
    }
}
