//! Foreign keys to tables that aren't there: most often another service's.

use crate::codes::FOREIGN_KEY_TO_UNKNOWN_TABLE;
use crate::history::Found;
use crate::options::Options;
use crate::schema::Schema;

pub(super) fn judge(script: usize, schema: &Schema, options: &Options, found: &mut Vec<Found>) {
    for (name, table) in &schema.tables {
        for (key, place) in table.foreign_keys.iter().filter(|(_, place)| place.script == script) {
            let to = key.references.as_str();
            let is_known = schema.tables.contains_key(to)
                || options.known_tables.iter().any(|known| known.eq_ignore_ascii_case(to));
            // What stands in another schema is told as a reach into another database.
            if is_known || to.contains('.') {
                continue;
            }
            let message = format!("`{name}` refers to `{to}`, which no migration of this service makes");
            let help = "a table of another service can't be referred to: keep its identifier in a plain column, and learn of \
                        changes by events";
            found.push(Found {
                code: FOREIGN_KEY_TO_UNKNOWN_TABLE,
                place: place.clone(),
                message,
                help: Some(help.to_string()),
            });
        }
    }
}
