//! Whether a statement changes one row at most, as SQLite's own plan for it says.

use rusqlite::Connection;

/// Whether it is an `update` that finds its row by a whole key, of a table without triggers.
///
/// A `delete` may have to look through the tables that refer to its own, and no plan says so.
pub(crate) fn changes_one_row(connection: &Connection, text: &str) -> bool {
    let begins = text.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("update "));
    // In a plan, a list of keys looks like one.
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    begins && !words.any(|word| word.eq_ignore_ascii_case("in")) && look(connection, text).unwrap_or(false)
}

fn look(connection: &Connection, text: &str) -> rusqlite::Result<bool> {
    let mut explained = connection.prepare(&format!("explain query plan {text}"))?;
    let steps: Vec<String> =
        explained.raw_query().mapped(|row| row.get(3)).collect::<rusqlite::Result<_>>()?;
    // Anything that reads another table is a step of its own.
    let [step] = steps.as_slice() else { return Ok(false) };
    let Some((table, way)) = step.strip_prefix("SEARCH ").and_then(|step| step.rsplit_once(" USING ")) else {
        return Ok(false);
    };
    let Some((key, terms)) = way.strip_suffix(')').and_then(|way| way.rsplit_once(" (")) else {
        return Ok(false);
    };
    let terms: Vec<_> = terms.split(" AND ").collect();
    if !terms.iter().all(|term| term.ends_with("=?")) || has_triggers(connection, table)? {
        return Ok(false);
    }
    let columns: Option<i64> = match key.strip_prefix("INDEX ").or_else(|| key.strip_prefix("COVERING INDEX ")) {
        Some(index) => connection.query_row(
            "select (select count(*) from pragma_index_info(?2)) from pragma_index_list(?1) where name = ?2 and \"unique\" and not partial \
             union all select null limit 1",
            [table, index],
            |row| row.get(0),
        )?,
        None if key == "INTEGER PRIMARY KEY" => Some(1),
        None => connection
            .query_row("select count(*) from pragma_table_info($1) where pk > 0", [table], |row| row.get(0))?,
    };
    Ok(columns == Some(terms.len() as i64))
}

fn has_triggers(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let text =
        "select exists (select 1 from sqlite_schema where type = 'trigger' and tbl_name = $1 collate nocase)";
    connection.query_row(text, [table], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_finds_its_row_by_a_whole_key_changes_one() {
        let connection = Connection::open_in_memory().unwrap();
        let script = "create table a (id bigint not null primary key, v, w, unique (v, w));
            create table b (id integer primary key, v);
            create table c (k text, l text, v, primary key (k, l)) without rowid;
            create table d (id integer primary key, v);
            create index b_v on b (v);
            create unique index b_part on b (v, id) where v > 0;
            create trigger t after update on d begin delete from a; end;";
        connection.execute_batch(script).unwrap();
        for text in [
            "update a set v = $1 where id = $2",
            " UPDATE a set w = 1 where v = $1 and w = $2",
            "update b set v = v + 1 where id = 3 and v < 7",
            "update c set v = 1 where k = 'a' and l = 'b'",
        ] {
            assert!(changes_one_row(&connection, text), "{text}");
        }
        for text in [
            "update a set v = 1",
            "update a set w = 1 where v = 1",
            "update a set v = 1 where id > 1",
            "update a set v = 1 where id in (1, 2)",
            "update a set v = (select max(id) from b) where id = 1",
            "update b set v = 1 where v = 2",
            "update c set v = 1 where k = 'a'",
            "update d set v = 1 where id = 1",
            "delete from a where id = 1",
            "update missing set v = 1",
        ] {
            assert!(!changes_one_row(&connection, text), "{text}");
        }
    }
}
