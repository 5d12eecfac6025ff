//! Keys that MySQL refuses: of texts without a length, or longer than it takes.

use bedplate_core::sql::Dialect;

use crate::change::Part;
use crate::codes::TEXT_KEY;
use crate::history::Found;
use crate::schema::{Place, Table};

/// Bytes in a key of InnoDB.
const MAX_KEY_BYTES: u64 = 3072;
/// Bytes of a character in utf8mb4.
const CHARACTER_BYTES: u64 = 4;

pub(super) fn judge(dialect: Dialect, name: &str, table: &Table, found: &mut Vec<Found>) {
    if dialect != Dialect::Mysql {
        return;
    }
    let primary = table.primary_key.iter().map(|key| (&key.columns, &key.place));
    let indexes = table.indexes.iter().map(|(index, place)| (&index.columns, place));
    for (columns, place) in primary.chain(indexes) {
        found.extend(key(name, table, columns, place));
    }
    for (key, place) in &table.foreign_keys {
        for column in &key.columns {
            let part = Part { column: column.clone(), text: column.clone(), length: None };
            found.extend(self::key(name, table, &[part], place));
        }
    }
}

fn key(name: &str, table: &Table, columns: &[Part], place: &Place) -> Option<Found> {
    let mut bytes = 0;
    for part in columns {
        let Some(column) = table.column(&part.column) else { continue };
        let kind = &column.kind;
        if part.length.is_none() && is_endless(&kind.name) {
            let column = &part.column;
            let message = format!(
                "`{column}` of `{name}` is a `{}`, which MySQL takes into no key without a length",
                kind.text
            );
            let help = format!("make it a `varchar(255)`, or index its first letters: `{column}(255)`");
            return Some(Found { code: TEXT_KEY, place: place.clone(), message, help: Some(help) });
        }
        let characters = part.length.or_else(|| kind.sizes.first().copied()).unwrap_or(0);
        if kind.is(&["varchar", "char", "nvarchar"]) || is_endless(&kind.name) {
            bytes += characters.saturating_mul(CHARACTER_BYTES);
        }
    }
    (bytes > MAX_KEY_BYTES).then(|| {
        let columns = columns.iter().map(|part| part.column.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!(
            "a key of ({columns}) of `{name}` can have {bytes} bytes, and MySQL takes {MAX_KEY_BYTES}"
        );
        let help = "make the texts shorter, or index their first letters: `name(255)`".to_string();
        Found { code: TEXT_KEY, place: place.clone(), message, help: Some(help) }
    })
}

fn is_endless(kind: &str) -> bool {
    kind.ends_with("text") || kind.ends_with("blob") || kind == "json"
}
