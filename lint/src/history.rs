//! The scripts in their order: each statement is judged by what existed before it, and the schema by what is left at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::change::{Change, What};
use crate::codes::{Code, NOT_UNDERSTOOD};
use crate::options::Options;
use crate::read::{Reading, read};
use crate::rules;
use crate::schema::{Place, Schema, Table};
use crate::script::{Script, Statement};

/// What a rule found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) code: &'static Code,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A script on its way, and what was there before.
pub(crate) struct Step<'a> {
    pub(crate) script: &'a Script<'a>,
    pub(crate) index: usize,
    pub(crate) statement: &'a Statement,
    pub(crate) schema: &'a Schema,
    pub(crate) options: &'a Options,
    /// Tables that the script makes anew under their old names, as SQLite needs it.
    pub(crate) rebuilt: &'a BTreeSet<String>,
}

impl Step<'_> {
    /// Whether an earlier migration made a table that may be large by now.
    pub(crate) fn is_old(&self, name: &str) -> bool {
        let small = self.options.small_tables.iter().any(|small| small.eq_ignore_ascii_case(name));
        !small
            && self
                .schema
                .tables
                .get(name)
                .is_none_or(|table| table.since < self.script.number && !table.is_temporary)
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.schema.tables.get(name)
    }

    pub(crate) fn found(&self, code: &'static Code, at: &Range<usize>, message: String) -> Found {
        let place = Place { script: self.index, range: at.clone() };
        Found { code, place, message, help: None }
    }
}

impl Found {
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Follows the scripts of one dialect.
pub(crate) fn follow(scripts: &[Script<'_>], options: &Options) -> Vec<Found> {
    let mut schema = Schema::default();
    let mut found = Vec::new();
    for (index, script) in scripts.iter().enumerate() {
        follow_one(script, index, &mut schema, options, &mut found);
    }
    rules::at_the_end(scripts, &schema, options, &mut found);
    found
}

fn follow_one(
    script: &Script<'_>,
    index: usize,
    schema: &mut Schema,
    options: &Options,
    found: &mut Vec<Found>,
) {
    let readings: Vec<Reading> = script.statements.iter().map(|statement| read(script, statement)).collect();
    let rebuilt = rebuilt(readings.iter().flat_map(|reading| &reading.changes));
    let mut before: BTreeMap<String, Table> = BTreeMap::new();
    // Statements that change what is in use already: where one of them fails, the ones before it stay.
    let mut risky = Vec::new();
    for (statement, reading) in script.statements.iter().zip(&readings) {
        let step = Step { script, index, statement, schema, options, rebuilt: &rebuilt };
        let count = found.len();
        rules::statement(&step, &reading.changes, found);
        if reading.is_unclear && found.len() == count {
            found.push(unclear(&step));
        }
        if reading.changes.iter().any(|change| rules::is_risky(&step, change)) {
            risky.push(statement.range.clone());
        }
        for change in &reading.changes {
            let step = Step { script, index, statement, schema, options, rebuilt: &rebuilt };
            rules::change(&step, change, found);
            if let What::DropTable { table } | What::RenameTable { table, .. } = &change.what
                && rebuilt.contains(table)
                && let Some(old) = schema.tables.get(table)
            {
                before.insert(table.clone(), old.clone());
            }
            schema.apply(change, script.number, index);
        }
    }
    rules::script(script, index, schema, &before, options, &risky, found);
}

fn unclear(step: &Step<'_>) -> Found {
    let text = &step.script.text[step.statement.range.clone()];
    let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    step.found(
        NOT_UNDERSTOOD,
        &step.statement.range,
        format!("`{}` was not judged: the lint can't read it", first.trim_end()),
    )
}

/// The tables that go and come back under their names: their rows are copied in between.
fn rebuilt<'a>(changes: impl Iterator<Item = &'a Change>) -> BTreeSet<String> {
    let (mut dropped, mut moved, mut rebuilt) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for change in changes {
        match &change.what {
            What::DropTable { table } => drop(dropped.insert(table)),
            What::RenameTable { table, to } => {
                moved.insert(table);
                if dropped.contains(to) || moved.contains(to) {
                    rebuilt.insert(to.clone());
                }
            }
            What::CreateTable(new) if moved.contains(&new.name) => drop(rebuilt.insert(new.name.clone())),
            _ => {}
        }
    }
    rebuilt
}
