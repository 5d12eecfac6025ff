//! Scripts and statements that somebody has begun and not ended.

use std::ops::Range;

use bedplate_core::sql::Dialect;

use crate::codes::{EMPTY_SCRIPT, UNFINISHED_STATEMENT};
use crate::history::{Found, Step};
use crate::schema::Place;
use crate::script::Script;
use crate::unclosed::{Unclosed, What};

pub(super) fn judge(step: &Step<'_>, found: &mut Vec<Found>) {
    let (script, range) = (step.script, &step.statement.range);
    // What swallows the rest of the script has swallowed the brackets that would close.
    let is_last = script.statements.last().is_some_and(|last| last.range == *range);
    if let Some(end) = script.unclosed.as_ref().filter(|_| is_last) {
        found.push(said(step.index, end));
    } else if let Some(bracket) = step.statement.unclosed.as_ref().filter(|_| is_certain(script, range)) {
        found.push(said(step.index, bracket));
    }
}

/// Whether every bracket of a statement is seen.
fn is_certain(script: &Script<'_>, range: &Range<usize>) -> bool {
    let text = script.text.get(range.clone()).unwrap_or_default();
    match script.dialect {
        // The body of a rule is several statements between brackets.
        Dialect::Postgres => {
            let rule = &["create", "or?", "replace?", "rule"];
            !script.statements.iter().any(|statement| statement.words.begin_with(rule))
        }
        // It runs what stands in such a comment, and there may be a bracket in it.
        Dialect::Mysql => !text.contains("/*!") && !text.contains("/*M!"),
        _ => true,
    }
}

/// What is wrong with a script as a whole.
pub(super) fn script(script: &Script<'_>, index: usize, found: &mut Vec<Found>) {
    if !script.statements.is_empty() {
        return;
    }
    found.push(match &script.unclosed {
        Some(comment) => said(index, comment),
        None => Found {
            code: EMPTY_SCRIPT,
            place: Place { script: index, range: 0..0 },
            message: "there is no statement in this script".to_string(),
            help: Some("write it, or `select 1;` where nothing is to be done".to_string()),
        },
    });
}

fn said(index: usize, unclosed: &Unclosed) -> Found {
    let (message, help) = match unclosed.what {
        What::Text => {
            ("this text has no end: whatever follows it is taken for a part of it", "close the quote")
        }
        What::Name => {
            ("this name has no end: whatever follows it is taken for a part of it", "close the quote")
        }
        What::Comment => {
            ("this comment has no end: whatever follows it is taken for a part of it", "close it with `*/`")
        }
        What::Open => ("this bracket is never closed", "close it before the statement ends"),
        What::Close => ("this bracket closes nothing", "delete it, or open it before"),
    };
    Found {
        code: UNFINISHED_STATEMENT,
        place: Place { script: index, range: unclosed.at.clone() },
        message: message.to_string(),
        help: Some(help.to_string()),
    }
}
