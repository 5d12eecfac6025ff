//! Whether a statement changes one row, or only those that stand in it, as SQLite's own plan for it says.

use std::collections::HashMap;

use rusqlite::Connection;

/// Whether it is an `update` that finds its row by a whole key, and changes nothing else.
///
/// A `delete` may have to look through the tables that refer to its own, and no plan says so.
pub(crate) fn changes_one_row(connection: &Connection, text: &str) -> bool {
    let begins = text.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("update "));
    // In a plan, a list of keys looks like one.
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    begins
        && !words.any(|word| word.eq_ignore_ascii_case("in"))
        && look(connection, text).unwrap_or(false)
        && goes_straight(connection, text).unwrap_or(false)
}

/// Whether it is an `insert` of the rows that stand in it, and changes nothing else.
pub(crate) fn inserts_its_rows(connection: &Connection, text: &str) -> bool {
    let begins = text.trim_start().get(..7).is_some_and(|word| word.eq_ignore_ascii_case("insert "));
    let selects = || text.as_bytes().windows(6).any(|word| word.eq_ignore_ascii_case(b"select"));
    begins && !selects() && goes_straight(connection, text).unwrap_or(false)
}

/// Whether SQLite's machine runs a statement's steps without triggers, without what foreign keys do to other tables, without virtual tables and
/// without going through the rows of any table.
fn goes_straight(connection: &Connection, text: &str) -> rusqlite::Result<bool> {
    let mut explained = connection.prepare(&format!("explain {text}"))?;
    let mut steps = explained.raw_query();
    let (mut opened, mut walked, mut passed_over) = (HashMap::new(), Vec::new(), 0);
    while let Some(step) = steps.next()? {
        if step.get::<_, i64>(0)? < passed_over {
            continue;
        }
        // The first two operands: mostly a cursor, and where it is opened, its table's first page.
        let (cursor, page) = (step.get::<_, i64>(2)?, step.get::<_, i64>(3)?);
        match step.get_ref(1)?.as_str()? {
            "Program" | "VOpen" | "VUpdate" => return Ok(false),
            // What is before the place it leads to looks for rows that wait for this one, and nearly never are there any.
            "FkIfZero" => passed_over = page,
            "OpenRead" | "OpenWrite" => drop(opened.insert(cursor, page)),
            "Next" | "Prev" => walked.push(opened.get(&cursor).copied()),
            _ => {}
        }
    }
    if walked.is_empty() {
        return Ok(true);
    }
    // Where `autoincrement` keeps its numbers there is one row for each table.
    let text = "select max(rootpage) from sqlite_schema where name = 'sqlite_sequence'";
    let numbers: Option<i64> = connection.query_row(text, [], |row| row.get(0))?;
    Ok(walked.iter().all(|page| page.is_some() && *page == numbers))
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
    if !terms.iter().all(|term| term.ends_with("=?")) {
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

    #[test]
    fn only_rows_that_stand_in_the_statement_are_inserted() {
        let connection = Connection::open_in_memory().unwrap();
        let script = "pragma foreign_keys = on;
            create table a (id integer primary key autoincrement, v unique);
            create table b (id integer primary key, of references a (v) on update cascade);
            create table c (id integer primary key, v unique);
            create table d (id integer primary key, of references c (v));
            create table e (id integer primary key, v);
            create trigger t after insert on e begin delete from a; end;
            create table f (v);
            create temp trigger u after insert on f begin delete from a; end;
            create view g as select * from a;
            create trigger w instead of insert on g begin delete from a; end;
            create virtual table h using fts5(body);";
        connection.execute_batch(script).unwrap();
        for text in [
            " INSERT into a (v) values ($1), (2) on conflict do nothing",
            "insert into a (id, v) values (1, 2) on conflict (id) do update set id = excluded.id",
            "insert or replace into d values (1, 2)",
            "insert into b (of) values (1)",
            "insert into c values (1, 2)",
        ] {
            assert!(inserts_its_rows(&connection, text), "{text}");
        }
        for text in [
            "insert into a (v) select id from b",
            "insert into a (v) values ((SELECT max(id) from b))",
            "insert into a (id, v) values (1, 2) on conflict (id) do update set v = 3",
            // Who refers to the row that it replaces is found by looking through the table.
            "insert or replace into c values (1, 2)",
            "insert into e values (1, 2)",
            "insert into f values (1)",
            "insert into g values (1, 2)",
            "insert into h values ('words')",
            "insert into missing values (1)",
            "update a set v = 1",
            "with x as (values (1)) insert into f values (1)",
            "é",
            "",
        ] {
            assert!(!inserts_its_rows(&connection, text), "{text}");
        }
        // A key to which others refer.
        assert!(changes_one_row(&connection, "update b set of = 1 where id = 1"));
        assert!(!changes_one_row(&connection, "update a set v = 1 where id = 1"));
        assert!(!changes_one_row(&connection, "update c set v = 1 where id = 1"));
    }
}
