//! Audit tables: they say who, what and when, and no row of them changes or goes.

use crate::change::{Change, Key, What};
use crate::codes::{AUDIT_TABLE_CHANGED, AUDIT_TABLE_INCOMPLETE};
use crate::history::{Found, Step};
use crate::schema::Table;

/// Words in the name of a table that is one.
const AUDIT: &[&str] = &["audit", "audits", "ledger", "ledgers"];
/// Words in the columns that answer a question.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "who",
        &[
            "who",
            "user",
            "actor",
            "by",
            "account",
            "principal",
            "subject",
            "client",
            "service",
            "admin",
            "owner",
            "member",
            "author",
            "staff",
            "operator",
            "customer",
            "employee",
            "caller",
            "party",
        ],
    ),
    (
        "what",
        &[
            "what",
            "action",
            "event",
            "operation",
            "type",
            "kind",
            "change",
            "changes",
            "message",
            "verb",
            "activity",
            "method",
            "entry",
            "reason",
            "debit",
            "credit",
            "amount",
            "payload",
            "details",
            "body",
        ],
    ),
    ("when", &["when", "at", "time", "timestamp", "date", "on", "created", "occurred"]),
];

/// Whether a table is for what must be provable later.
fn is_audit(table: &str) -> bool {
    table.split(['_', '.', '-']).any(|word| AUDIT.contains(&word))
}

pub(super) fn judge(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    let help = "an audit table is append-only: write a new row that corrects the old one";
    match &change.what {
        What::UpdateRows { table, .. } | What::DeleteRows { table, .. } | What::Truncate { table }
            if is_audit(table) && step.is_old(table) =>
        {
            let message = format!("rows of the audit table `{table}` are changed or deleted");
            found.push(step.found(AUDIT_TABLE_CHANGED, &change.at, message).with_help(help));
        }
        What::AddKey { table, key, .. } => cascading(step, table, [key].into_iter(), found),
        What::CreateTable(new) => cascading(step, &new.name, new.keys.iter(), found),
        _ => {}
    }
}

fn cascading<'a>(step: &Step<'_>, table: &str, keys: impl Iterator<Item = &'a Key>, found: &mut Vec<Found>) {
    for key in keys {
        if let Key::Foreign(key) = key
            && key.cascades
            && is_audit(table)
        {
            let message =
                format!("a delete in `{}` deletes the rows of the audit table `{table}`", key.references);
            let help = "leave out `on delete cascade`: what was done stays provable when who did it is gone";
            found.push(step.found(AUDIT_TABLE_CHANGED, &key.at, message).with_help(help));
        }
    }
}

pub(super) fn at_the_end(name: &str, table: &Table, found: &mut Vec<Found>) {
    if !is_audit(name) || table.is_opaque {
        return;
    }
    let answers = |words: &[&str]| {
        table.columns.iter().any(|column| column.name.split('_').any(|word| is_one_of(word, words)))
    };
    let open: Vec<&str> =
        ANSWERS.iter().filter(|(_, words)| !answers(words)).map(|(question, _)| *question).collect();
    if !open.is_empty() {
        let message = format!("the audit table `{name}` doesn't say {}", open.join(", "));
        let help = "add a column for each: such as `actor_id`, `action`, `created_at`".to_string();
        found.push(Found {
            code: AUDIT_TABLE_INCOMPLETE,
            place: table.place.clone(),
            message,
            help: Some(help),
        });
    }
}

/// Whether a word is one of these, or ends in one as `createdat` and `userid` do.
fn is_one_of(word: &str, words: &[&str]) -> bool {
    let stem = word.strip_suffix("id").filter(|stem| !stem.is_empty()).unwrap_or(word);
    words.contains(&word) || words.contains(&stem) || (words.contains(&"when") && word.ends_with("edat"))
}
