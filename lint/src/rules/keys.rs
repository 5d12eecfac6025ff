//! Primary keys, indexes for foreign keys, and indexes that nobody needs.

use bedplate_core::sql::{Dialect, ForeignKey};

use crate::change::{Index, Part};
use crate::codes::{
    FOREIGN_KEY_WITHOUT_INDEX, REDUNDANT_INDEX, SMALL_PRIMARY_KEY, TABLE_WITHOUT_PRIMARY_KEY,
};
use crate::history::Found;
use crate::options::Options;
use crate::schema::{Place, PrimaryKey, Table};

pub(super) fn judge(dialect: Dialect, name: &str, table: &Table, options: &Options, found: &mut Vec<Found>) {
    if !table.is_opaque {
        found.extend(missing(name, table));
    }
    if !options.small_tables.iter().any(|small| small.eq_ignore_ascii_case(name)) {
        found.extend(small(dialect, name, table));
    }
    // MySQL makes an index for each foreign key by itself.
    if dialect != Dialect::Mysql && !table.is_opaque {
        found.extend(unindexed(name, table));
    }
    redundant(name, table, found);
}

fn found(code: &'static crate::codes::Code, place: &Place, message: String, help: String) -> Found {
    Found { code, place: place.clone(), message, help: Some(help) }
}

fn missing(name: &str, table: &Table) -> Option<Found> {
    let message = format!("the table `{name}` has no primary key");
    let help =
        "without one, no row can be named: write `primary key` behind a column, or `primary key (a, b)`";
    table
        .primary_key
        .is_none()
        .then(|| found(TABLE_WITHOUT_PRIMARY_KEY, &table.place, message, help.to_string()))
}

fn small(dialect: Dialect, name: &str, table: &Table) -> Option<Found> {
    let key = table.primary_key.as_ref().filter(|key| key.columns.len() == 1)?;
    let column = table.column(&key.columns[0].column)?;
    let points_elsewhere = table.foreign_keys.iter().any(|(key, _)| key.columns == [column.name.as_str()]);
    // SQLite's integers have 64 bits whatever their type is called.
    if dialect == Dialect::Sqlite || points_elsewhere || column.kind.integer_bits()? >= 64 {
        return None;
    }
    let (column, kind) = (&column.name, &column.kind.text);
    let message =
        format!("the primary key `{column}` of `{name}` is of the type `{kind}`, whose numbers run out");
    let wide = if kind.contains("serial") { "bigserial" } else { "bigint" };
    let help =
        format!("write `{wide}`: to widen a key later, the table and all that refer to it are written anew");
    Some(found(SMALL_PRIMARY_KEY, &key.place, message, help))
}

fn unindexed<'a>(name: &'a str, table: &'a Table) -> impl Iterator<Item = Found> + 'a {
    let is_led = move |columns: &[String]| {
        let key = ForeignKey { columns: columns.to_vec(), ..ForeignKey::default() };
        let primary = table.primary_key.iter().map(|key| &key.columns);
        table.indexes.iter().map(|(index, _)| &index.columns).chain(primary).any(|parts| {
            let columns: Vec<&str> = parts.iter().map(|part| part.column.as_str()).collect();
            key.is_led_by(&columns)
        })
    };
    table.foreign_keys.iter().filter(move |(key, _)| !is_led(&key.columns)).map(move |(key, place)| {
        let columns = key.columns.join(", ");
        let to = &key.references;
        let message = format!("the foreign key `{columns}` of `{name}` has no index");
        let help = format!(
            "add `create index {}_{}_idx on {name} ({columns})`: without it each delete in `{to}` reads all of `{name}`",
            name.replace('.', "_"),
            key.columns.join("_")
        );
        found(FOREIGN_KEY_WITHOUT_INDEX, place, message, help)
    })
}

fn redundant(name: &str, table: &Table, out: &mut Vec<Found>) {
    let shown = |parts: &[Part]| parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ");
    for (at, (index, place)) in table.indexes.iter().enumerate() {
        if !index.is_plain || index.columns.is_empty() {
            continue;
        }
        let by_key = table.primary_key.as_ref().filter(|key| key_replaces(key, index));
        let by_other = table
            .indexes
            .iter()
            .enumerate()
            .find(|(other_at, (other, _))| *other_at != at && replaces(other, index, *other_at < at));
        let other = match (by_key, by_other) {
            (Some(key), _) => format!("the primary key ({})", shown(&key.columns)),
            (None, Some((_, (other, _)))) => match &other.name {
                Some(name) => format!("`{name}` ({})", shown(&other.columns)),
                None => format!("the unique key ({})", shown(&other.columns)),
            },
            (None, None) => continue,
        };
        let own =
            index.name.as_ref().map_or_else(|| "a unique key".into(), |name| format!("the index `{name}`"));
        let message = format!("{own} ({}) of `{name}` is replaced by {other}", shown(&index.columns));
        let help =
            "leave it out: each index makes every write slower, and this one helps no query".to_string();
        out.push(found(REDUNDANT_INDEX, place, message, help));
    }
}

fn key_replaces(key: &PrimaryKey, index: &Index) -> bool {
    if index.is_unique {
        is_same(&key.columns, &index.columns)
    } else {
        begins_with(&key.columns, &index.columns)
    }
}

fn replaces(other: &Index, index: &Index, is_first: bool) -> bool {
    if !other.is_plain {
        return false;
    }
    let same = is_same(&other.columns, &index.columns);
    match (other.is_unique, index.is_unique) {
        (_, false) if !same => begins_with(&other.columns, &index.columns),
        (true, false) => same,
        (true, true) | (false, false) => same && is_first,
        (false, true) => false,
    }
}

fn is_same(a: &[Part], b: &[Part]) -> bool {
    a.len() == b.len() && begins_with(a, b)
}

fn begins_with(long: &[Part], short: &[Part]) -> bool {
    long.len() >= short.len() && long.iter().zip(short).all(|(a, b)| a.text == b.text)
}
