//! Which rules are asked, and when.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{
    audit, columns, engine, foreign, keys, locks, mysql_keys, outside, removals, rows, transactions, types,
    unfinished,
};
use crate::change::{Change, What};
use crate::history::{Found, Step};
use crate::options::Options;
use crate::schema::{Schema, Table};
use crate::script::Script;

/// Asks the rules that look at a statement's words.
pub(crate) fn statement(step: &Step<'_>, changes: &[Change], found: &mut Vec<Found>) {
    engine::judge(step, changes, found);
    outside::judge(step, found);
    transactions::judge(step, found);
    unfinished::judge(step, found);
}

/// Asks the rules that look at what is done.
pub(crate) fn change(step: &Step<'_>, change: &Change, found: &mut Vec<Found>) {
    for rule in [removals::judge, columns::judge, locks::judge, rows::judge, types::judge, audit::judge] {
        rule(step, change, found);
    }
}

/// Asks the rules that look at a script when it is over.
pub(crate) fn script(
    script: &Script<'_>,
    index: usize,
    schema: &Schema,
    before: &BTreeMap<String, Table>,
    options: &Options,
    risky: &[Range<usize>],
    found: &mut Vec<Found>,
) {
    removals::rebuilt(index, schema, before, found);
    foreign::judge(index, schema, options, found);
    unfinished::script(script, index, found);
    transactions::half_way(script, index, risky, found);
}

/// Asks the rules that look at the schema that is left.
pub(crate) fn at_the_end(scripts: &[Script<'_>], schema: &Schema, options: &Options, found: &mut Vec<Found>) {
    let Some(dialect) = scripts.first().map(|script| script.dialect) else { return };
    for (name, table) in &schema.tables {
        if table.is_temporary {
            continue;
        }
        keys::judge(dialect, name, table, options, found);
        audit::at_the_end(name, table, found);
        mysql_keys::judge(dialect, name, table, found);
    }
}

/// Whether it changes what is in use already, so that it hurts where it stays alone.
pub(crate) fn is_risky(step: &Step<'_>, change: &Change) -> bool {
    match &change.what {
        What::DropTable { table }
        | What::RenameTable { table, .. }
        | What::AddColumn { table, .. }
        | What::DropColumn { table, .. }
        | What::RenameColumn { table, .. }
        | What::ChangeType { table, .. }
        | What::SetNotNull { table, .. }
        | What::AddKey { table, .. }
        | What::DropPrimaryKey { table }
        | What::DropNamed { table, .. }
        | What::CreateIndex { table, .. }
        | What::UpdateRows { table, .. }
        | What::DeleteRows { table, .. }
        | What::Truncate { table } => step.is_old(table),
        What::DropIndex { .. } => true,
        _ => false,
    }
}
