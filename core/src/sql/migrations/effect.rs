//! Whether a statement that was cut off has happened, told from the schema, and what such a statement leaves behind.
//!
//! Only what changes or tends the schema comes here: what changes rows is one transaction with its record, and what does neither, such as
//! `call`, is never run again. Where the schema doesn't tell, the statement has not happened, and its error is the caller's.

use super::words::Words;
use crate::error::{ErrorKind, Result};
use crate::sql::handle::Sql;
use crate::sql::schema::{Schema, Table};
use crate::sql::types::Dialect;

/// Whether a statement that fails now has had its effect before.
pub(super) async fn is_there(sql: &Sql, statement: &str, kind: ErrorKind) -> Result<bool> {
    // What is there already, or gone already, is told in one of these ways.
    if !matches!(kind, ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::InvalidInput) {
        return Ok(false);
    }
    let words = Words::of(statement, sql.dialect());
    Ok(has_happened(words, kind, &sql.schema().await?))
}

/// Drops the invalid index that a failed `create index concurrently` leaves behind: PostgreSQL would take it for the one that is
/// to be built, and never use it.
pub(super) async fn clear(sql: &Sql, statement: &str) -> Result<()> {
    let Some(index) = concurrent_index(Words::of(statement, sql.dialect())) else { return Ok(()) };
    if sql.dialect() != Dialect::Postgres {
        return Ok(());
    }
    let text = "select not indisvalid from pg_index where indexrelid = to_regclass($1)";
    if sql.query(text).bind(&index).fetch_optional::<bool>().await? == Some(true) {
        sql.query(format!("drop index concurrently {index}")).execute().await?;
    }
    Ok(())
}

/// The index that a statement builds concurrently, as it is written, in the schema of its table.
fn concurrent_index(mut words: Words<'_>) -> Option<String> {
    words.accept(&["create"])?;
    words.accept(&["unique"]);
    words.accept(&["index"])?;
    words.accept(&["concurrently"])?;
    words.skip_condition();
    let name = words.next()?.text;
    words.accept(&["on"])?;
    words.accept(&["only"]);
    let mut table = vec![words.next()?.text];
    while words.accept(&["."]).is_some() {
        table.push(words.next()?.text);
    }
    table.pop();
    table.push(name);
    Some(table.join("."))
}

/// Whether the schema shows what a statement is to do.
fn has_happened(mut words: Words<'_>, kind: ErrorKind, schema: &Schema) -> bool {
    let verb = words.accept(&["create", "drop", "alter", "rename"]);
    let happened = match verb {
        Some(word) if word.is("create") => created(&mut words, kind, schema),
        Some(word) if word.is("drop") => dropped(&mut words, kind, schema),
        Some(word) if word.is("alter") => altered(&mut words, kind, schema),
        Some(_) => renamed(&mut words, schema),
        None => None,
    };
    happened.unwrap_or(false)
}

fn created(words: &mut Words<'_>, kind: ErrorKind, schema: &Schema) -> Option<bool> {
    words.accept(&["unique", "fulltext", "spatial"]);
    if words.accept(&["table"]).is_some() {
        words.skip_condition();
        return Some(table(schema, words.name()?).is_some());
    }
    if words.accept(&["index"]).is_some() {
        words.accept(&["concurrently"]);
        words.skip_condition();
        let index = words.name()?;
        while words.accept(&["on"]).is_none() {
            words.next()?;
        }
        words.accept(&["only"]);
        return Some(has_index(table(schema, words.name()?)?, index));
    }
    // Whatever else is created conflicts with nothing but another one of its name.
    Some(kind == ErrorKind::Conflict)
}

fn dropped(words: &mut Words<'_>, kind: ErrorKind, schema: &Schema) -> Option<bool> {
    if words.accept(&["table", "tables"]).is_some() {
        words.skip_condition();
        let mut gone =
            words.clauses().into_iter().map(|mut name| Some(table(schema, name.name()?).is_none()));
        return gone.try_fold(true, |all, gone| gone.map(|gone| all && gone));
    }
    if words.accept(&["index"]).is_some() {
        words.accept(&["concurrently"]);
        words.skip_condition();
        let index = words.name()?;
        return Some(
            !schema.tables.iter().any(|table| has_index(table, index)) && kind != ErrorKind::Conflict,
        );
    }
    Some(kind == ErrorKind::NotFound)
}

/// `rename table a to b, c to d`
fn renamed(words: &mut Words<'_>, schema: &Schema) -> Option<bool> {
    words.accept(&["table", "tables"])?;
    words.skip_condition();
    words.clauses().into_iter().try_fold(true, |all, mut clause| {
        let from = clause.name()?;
        clause.accept(&["to"])?;
        Some(all && is_renamed(from, clause.name()?, |name| table(schema, name).is_some()))
    })
}

fn altered(words: &mut Words<'_>, kind: ErrorKind, schema: &Schema) -> Option<bool> {
    words.accept(&["table"])?;
    words.skip_condition();
    words.accept(&["only"]);
    let name = words.name()?;
    let clauses = words.clauses();
    if let [clause] = &clauses[..] {
        let mut clause = clause.clone();
        if clause.accept(&["rename"]).is_some()
            && clause
                .rest()
                .first()
                .is_some_and(|word| !word.is_any(&["column", "index", "key", "constraint"]))
            && !clause.rest().get(1).is_some_and(|word| word.is("to"))
        {
            clause.accept(&["to", "as"]);
            return Some(is_renamed(name, clause.name()?, |name| table(schema, name).is_some()));
        }
    }
    let table = table(schema, name)?;
    // One statement happens as a whole, so each clause that tells anything must tell the same.
    let told: Vec<bool> =
        clauses.into_iter().filter_map(|mut clause| clause_happened(&mut clause, kind, table)).collect();
    Some(!told.is_empty() && told.into_iter().all(|happened| happened))
}

/// Whether a table shows what a clause of `alter table` is to do; `None` where that can't be told.
fn clause_happened(clause: &mut Words<'_>, kind: ErrorKind, table: &Table) -> Option<bool> {
    if clause.accept(&["add"]).is_some() {
        return added(clause, table);
    }
    if clause.accept(&["drop"]).is_some() {
        if clause.accept(&["index", "key"]).is_some() {
            clause.skip_condition();
            return Some(!has_index(table, clause.name()?));
        }
        if clause.accept(&["primary"]).is_some() {
            return Some(table.primary_key.is_empty());
        }
        if clause.accept(&["constraint", "foreign", "check"]).is_some() {
            return Some(kind == ErrorKind::NotFound);
        }
        clause.accept(&["column"]);
        clause.skip_condition();
        return Some(!has_column(table, clause.name()?));
    }
    let what = clause.accept(&["rename", "change"])?;
    let of_index = what.is("rename") && clause.accept(&["index", "key"]).is_some();
    clause.accept(&["column"]);
    clause.skip_condition();
    let from = clause.name()?;
    if what.is("rename") {
        clause.accept(&["to"])?;
    }
    let has = |name: &str| if of_index { has_index(table, name) } else { has_column(table, name) };
    Some(is_renamed(from, clause.name()?, has))
}

fn added(clause: &mut Words<'_>, table: &Table) -> Option<bool> {
    let name = match clause.accept(&["constraint"]) {
        Some(_) => clause.name(),
        None => None,
    };
    if clause.accept(&["primary"]).is_some() {
        clause.accept(&["key"])?;
        return Some(same(&table.primary_key, &clause.columns()?));
    }
    if clause.accept(&["foreign"]).is_some() {
        clause.accept(&["key"])?;
        clause.skip_condition();
        let columns = clause.columns()?;
        clause.accept(&["references"])?;
        let references = clause.name()?;
        let is_it = |key: &crate::sql::schema::ForeignKey| {
            same(&key.columns, &columns) && key.references.eq_ignore_ascii_case(references)
        };
        return Some(table.foreign_keys.iter().any(is_it));
    }
    if clause.accept(&["unique", "fulltext", "spatial", "index", "key"]).is_some() {
        clause.accept(&["index", "key"]);
        clause.skip_condition();
        let index = name.or_else(|| clause.clone().name())?;
        return Some(has_index(table, index));
    }
    if name.is_some() || clause.rest().first().is_some_and(|word| word.is_any(&["check", "("])) {
        return None;
    }
    clause.accept(&["column"]);
    clause.skip_condition();
    Some(has_column(table, clause.name()?))
}

fn is_renamed(from: &str, to: &str, has: impl Fn(&str) -> bool) -> bool {
    has(to) && !has(from)
}

fn table<'a>(schema: &'a Schema, name: &str) -> Option<&'a Table> {
    schema.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
}

fn has_column(table: &Table, name: &str) -> bool {
    table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))
}

fn has_index(table: &Table, name: &str) -> bool {
    table.indexes.iter().any(|index| index.name.eq_ignore_ascii_case(name))
}

fn same(found: &[String], named: &[&str]) -> bool {
    found.len() == named.len() && found.iter().zip(named).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests;
