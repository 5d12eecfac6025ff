//! The schema as it stands after some of the scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::change::{Change, Column, ForeignKey, Index, Key, NewTable, Part, What};

/// A place in one of the scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) script: usize,
    pub(crate) range: Range<usize>,
}

/// What exists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, Table>,
    /// Types and domains that the scripts made.
    pub(crate) types: BTreeSet<String>,
    /// Schemas that the scripts made.
    pub(crate) schemas: BTreeSet<String>,
}

/// A table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// The migration that made it.
    pub(crate) since: u64,
    /// The migration that gave it its name.
    pub(crate) named: u64,
    pub(crate) place: Place,
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Option<PrimaryKey>,
    pub(crate) foreign_keys: Vec<(ForeignKey, Place)>,
    /// Its indexes, those of unique constraints among them.
    pub(crate) indexes: Vec<(Index, Place)>,
    pub(crate) checks: Vec<Check>,
    /// Whether it has more than is known.
    pub(crate) is_opaque: bool,
    pub(crate) is_temporary: bool,
}

/// A primary key.
#[derive(Debug, Clone)]
pub(crate) struct PrimaryKey {
    pub(crate) columns: Vec<Part>,
    pub(crate) place: Place,
}

/// A check.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    name: Option<String>,
    /// The column of which it says that it is not NULL.
    not_null: Option<String>,
    is_valid: bool,
}

impl Table {
    fn new(since: u64, place: Place) -> Self {
        Self {
            since,
            named: since,
            place,
            columns: Vec::new(),
            primary_key: None,
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            is_opaque: false,
            is_temporary: false,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// Whether a check that was made valid says that the column is not NULL.
    pub(crate) fn is_checked_not_null(&self, column: &str) -> bool {
        self.checks.iter().any(|check| check.is_valid && check.not_null.as_deref() == Some(column))
    }

    fn add(&mut self, key: &Key, not_valid: bool, script: usize) {
        let place = |range: &Range<usize>| Place { script, range: range.clone() };
        match key {
            Key::Primary { columns, using_index, at } => {
                let columns = self.columns_of(columns, using_index.as_deref());
                self.primary_key = Some(PrimaryKey { columns, place: place(at) });
            }
            Key::Unique { name, columns, using_index, at } => {
                // The index that it uses is there already.
                if using_index.is_none() {
                    let (name, columns, at) = (name.clone(), columns.clone(), at.clone());
                    let spot = place(&at);
                    let index = Index { name, columns, is_unique: true, is_plain: true, at };
                    self.indexes.push((index, spot));
                }
            }
            Key::Foreign(key) => self.foreign_keys.push((key.clone(), place(&key.at))),
            Key::Check { name, not_null, .. } => self.checks.push(Check {
                name: name.clone(),
                not_null: not_null.clone(),
                is_valid: !not_valid,
            }),
            Key::Index(index) => self.indexes.push((index.clone(), place(&index.at))),
        }
    }

    fn columns_of(&self, columns: &[Part], index: Option<&str>) -> Vec<Part> {
        let used =
            index.and_then(|name| self.indexes.iter().find(|(index, _)| index.name.as_deref() == Some(name)));
        used.map_or_else(|| columns.to_vec(), |(index, _)| index.columns.clone())
    }

    fn drop_column(&mut self, name: &str) {
        let names = |parts: &[Part]| parts.iter().any(|part| part.column == name);
        self.columns.retain(|column| column.name != name);
        self.indexes.retain(|(index, _)| !names(&index.columns));
        self.foreign_keys.retain(|(key, _)| !key.columns.iter().any(|column| column == name));
        if self.primary_key.as_ref().is_some_and(|key| names(&key.columns)) {
            self.primary_key = None;
        }
    }

    fn rename_column(&mut self, from: &str, to: &str) {
        let rename = |name: &mut String| {
            if name == from {
                *name = to.to_string();
            }
        };
        let rename_part = |part: &mut Part| {
            if part.column == from {
                part.text = part.text.replacen(from, to, 1);
                part.column = to.to_string();
            }
        };
        self.columns.iter_mut().for_each(|column| rename(&mut column.name));
        self.indexes.iter_mut().flat_map(|(index, _)| &mut index.columns).for_each(rename_part);
        self.primary_key.iter_mut().flat_map(|key| &mut key.columns).for_each(rename_part);
        self.foreign_keys.iter_mut().flat_map(|(key, _)| &mut key.columns).for_each(rename);
    }

    fn drop_named(&mut self, name: &str) {
        self.indexes.retain(|(index, _)| index.name.as_deref() != Some(name));
        self.foreign_keys.retain(|(key, _)| key.name.as_deref() != Some(name));
        self.checks.retain(|check| check.name.as_deref() != Some(name));
        if name.ends_with("_pkey") {
            self.primary_key = None;
        }
    }
}

impl Schema {
    /// Does what a statement of a migration does.
    pub(crate) fn apply(&mut self, change: &Change, number: u64, script: usize) {
        let place = || Place { script, range: change.at.clone() };
        match &change.what {
            What::CreateTable(new) => self.create(new, number, place()),
            What::DropTable { table } => drop(self.tables.remove(table)),
            What::RenameTable { table, to } => self.rename(table, to, number),
            What::CreateIndex { table, index, .. } => {
                let entry = self.tables.entry(table.clone()).or_insert_with(|| unknown(place()));
                entry.indexes.push((index.clone(), place()));
            }
            What::DropIndex { name, .. } => {
                self.tables.values_mut().for_each(|table| {
                    table.indexes.retain(|(index, _)| index.name.as_deref() != Some(name));
                });
            }
            What::RenameIndex { name, to } => {
                let indexes = self.tables.values_mut().flat_map(|table| &mut table.indexes);
                for (index, _) in indexes.filter(|(index, _)| index.name.as_deref() == Some(name)) {
                    index.name = Some(to.clone());
                }
            }
            What::CreateType { name } => drop(self.types.insert(name.clone())),
            What::CreateSchema { name } => drop(self.schemas.insert(name.clone())),
            What::Opaque { table } => {
                let new = || Table::new(number, place());
                self.tables.entry(table.clone()).or_insert_with(new).is_opaque = true;
            }
            What::UpdateRows { .. } | What::DeleteRows { .. } | What::Truncate { .. } => {}
            what => self.alter(what, script, place()),
        }
    }

    fn alter(&mut self, what: &What, script: usize, place: Place) {
        let (What::AddColumn { table, .. }
        | What::DropColumn { table, .. }
        | What::RenameColumn { table, .. }
        | What::ChangeType { table, .. }
        | What::SetNotNull { table, .. }
        | What::DropNotNull { table, .. }
        | What::AddKey { table, .. }
        | What::DropPrimaryKey { table }
        | What::DropNamed { table, .. }
        | What::Validate { table, .. }) = what
        else {
            return;
        };
        let table = self.tables.entry(table.clone()).or_insert_with(|| unknown(place));
        match what {
            What::AddColumn { column, .. } if table.column(&column.name).is_none() => {
                table.columns.push(column.clone());
            }
            What::DropColumn { column, .. } => table.drop_column(column),
            What::RenameColumn { column, to, .. } => table.rename_column(column, to),
            What::ChangeType { column, kind, .. } => {
                table.column_mut(column).into_iter().for_each(|column| column.kind = kind.clone());
            }
            What::SetNotNull { column, .. } => {
                table.column_mut(column).into_iter().for_each(|column| column.not_null = true);
            }
            What::DropNotNull { column, .. } => {
                table.column_mut(column).into_iter().for_each(|column| column.not_null = false);
            }
            What::AddKey { key, not_valid, .. } => table.add(key, *not_valid, script),
            What::DropPrimaryKey { .. } => table.primary_key = None,
            What::DropNamed { name, .. } => table.drop_named(name),
            What::Validate { name, .. } => {
                let named = table.checks.iter_mut().filter(|check| check.name.as_ref() == Some(name));
                named.for_each(|check| check.is_valid = true);
            }
            _ => {}
        }
    }

    fn create(&mut self, new: &NewTable, number: u64, place: Place) {
        if new.if_not_exists && self.tables.contains_key(&new.name) {
            return;
        }
        let script = place.script;
        let mut table = Table::new(number, place);
        table.columns = new.columns.clone();
        table.is_opaque = new.is_opaque;
        table.is_temporary = new.is_temporary;
        new.keys.iter().for_each(|key| table.add(key, false, script));
        self.tables.insert(new.name.clone(), table);
    }

    fn rename(&mut self, from: &str, to: &str, number: u64) {
        let Some(mut table) = self.tables.remove(from) else { return };
        // `alter table sales.orders rename to bills` leaves it in its schema.
        let to = match from.rsplit_once('.') {
            Some((schema, _)) if !to.contains('.') => format!("{schema}.{to}"),
            _ => to.to_string(),
        };
        table.named = number;
        let keys = self.tables.values_mut().flat_map(|table| &mut table.foreign_keys);
        for (key, _) in keys.filter(|(key, _)| key.references == from) {
            key.references.clone_from(&to);
        }
        self.tables.insert(to, table);
    }
}

/// A table that no script made, and that a script changes.
fn unknown(place: Place) -> Table {
    Table { is_opaque: true, ..Table::new(0, place) }
}
