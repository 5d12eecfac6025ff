//! Runs one statement on a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedplate_core::sql::{Batch, Dialect, Gather, Statement, TokenKind, tokens};
use bedplate_core::{Error, Result};
use futures_util::Stream;
use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Queryable;
use mysql_async::{Column, Conn, Params};

use crate::decode;
use crate::encode::encode_all;
use crate::error::classify;
use crate::lease::Lease;
use crate::place::rewrite;

/// The server's number for a statement that can't be prepared.
const NOT_PREPARED: u16 = 1295;

/// What a connection does.
pub(crate) enum Task {
    /// Runs a text of our own to its end.
    Text(String),
    /// Runs a statement of a script to its end.
    Part(String),
    /// Runs a statement to its end.
    Execute(String, Vec<mysql_async::Value>),
    /// Runs a statement up to its first row.
    Query(String, Vec<mysql_async::Value>),
}

impl Task {
    pub(crate) fn execute(statement: &Statement) -> Result<Self> {
        check(&statement.text)?;
        let rewritten = rewrite(&statement.text, &statement.values)?;
        let values = encode_all(&statement.values, &rewritten.order);
        Ok(Self::Execute(rewritten.text.into_owned(), values))
    }

    /// A statement of a script.
    pub(crate) fn part(text: &str) -> Result<Self> {
        check(text)?;
        Ok(Self::Part(text.into()))
    }

    pub(crate) fn query(statement: &Statement) -> Result<Self> {
        match Self::execute(statement)? {
            Self::Execute(text, values) => Ok(Self::Query(text, values)),
            other => Ok(other),
        }
    }

    /// Whether it returns rows of a change that it makes.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Query(text, _) if !reads(text))
    }
}

/// Refuses what would bring the connection to another database, where it would stay for the next caller.
fn check(text: &str) -> Result<()> {
    if first_word(text) == "use" {
        return Err(
            Error::invalid("a connection stays at its database").with_help("the URL names the database")
        );
    }
    Ok(())
}

/// What came of a task.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// The rows that it changed.
    pub(crate) changed: u64,
    /// The columns of the rows that wait to be read.
    columns: Option<Arc<[Column]>>,
    /// Whether a transaction is open afterwards; `None` where that isn't known.
    pub(crate) in_transaction: Option<bool>,
}

impl Done {
    pub(crate) fn has_rows(&self) -> bool {
        self.columns.is_some()
    }
}

/// Does it, and gives the connection back in any case.
pub(crate) async fn perform(mut conn: Conn, task: Task) -> (Conn, mysql_async::Result<Done>) {
    if let Task::Part(text) | Task::Execute(text, _) | Task::Query(text, _) = &task
        && ["set", "call"].contains(&first_word(text).as_str())
    {
        // The next caller gets it as it was set up.
        conn.reset_connection(true);
    }
    let result = match task {
        Task::Text(text) | Task::Part(text) => conn.query_drop(text).await.map(|()| ended(&conn, 0)),
        Task::Execute(text, values) => execute(&mut conn, &text, values).await,
        Task::Query(text, values) => begin(&mut conn, &text, values).await,
    };
    (conn, result)
}

async fn begin(conn: &mut Conn, text: &str, values: Vec<mysql_async::Value>) -> mysql_async::Result<Done> {
    let columns = conn.exec_iter(text, Params::Positional(values)).await?.columns();
    match columns.filter(|columns| !columns.is_empty()) {
        // The flags that came so far may be those of the preparation.
        Some(columns) => Ok(Done { columns: Some(columns), ..Done::default() }),
        None => Ok(ended(conn, conn.affected_rows())),
    }
}

async fn execute(conn: &mut Conn, text: &str, values: Vec<mysql_async::Value>) -> mysql_async::Result<Done> {
    let has_values = !values.is_empty();
    let mut result = match conn.exec_iter(text, Params::Positional(values)).await {
        Err(mysql_async::Error::Server(refusal)) if refusal.code == NOT_PREPARED && !has_values => {
            conn.query_drop(text).await?;
            return Ok(ended(conn, conn.affected_rows()));
        }
        result => result?,
    };
    let has_rows = result.columns().is_some_and(|columns| !columns.is_empty());
    let mut rows = 0;
    while result.next().await?.is_some() {
        rows += 1;
    }
    result.drop_result().await?;
    // The server doesn't count the rows that a writing statement returns.
    let changed = match has_rows {
        true if reads(text) => 0,
        true => rows,
        false => conn.affected_rows(),
    };
    Ok(ended(conn, changed))
}

fn ended(conn: &Conn, changed: u64) -> Done {
    let flags = conn.last_ok_packet().map(|packet| packet.status_flags());
    let in_transaction = flags.map(|flags| flags.contains(StatusFlags::SERVER_STATUS_IN_TRANS));
    Done { changed, columns: None, in_transaction }
}

/// The first word of a statement, in lower case, also where it stands in a comment that the server runs.
pub(crate) fn first_word(text: &str) -> String {
    let said = tokens(text, Dialect::Mysql).find(|token| match token.kind {
        TokenKind::Word => true,
        TokenKind::Comment => is_run(&text[token.range.clone()]),
        _ => false,
    });
    let word = said.map_or("", |token| &text[token.range]);
    let inside = word.strip_prefix("/*!").or(word.strip_prefix("/*M!"));
    inside
        .map_or(word, |inside| inside.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_whitespace()))
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn is_run(comment: &str) -> bool {
    comment.starts_with("/*!") || comment.starts_with("/*M!")
}

fn reads(text: &str) -> bool {
    let first = first_word(text);
    match first.as_str() {
        "with" => behind_with(text),
        first => ["select", "values", "table", "show", "explain", "describe", "desc"].contains(&first),
    }
}

/// Whether what stands behind the list of a `with` reads: the first verb that isn't in brackets.
fn behind_with(text: &str) -> bool {
    let mut depth = 0u32;
    let verb = tokens(text, Dialect::Mysql).find_map(|token| {
        let said = &text[token.range];
        match (token.kind, said) {
            (TokenKind::Sign, "(") => depth += 1,
            (TokenKind::Sign, ")") => depth = depth.saturating_sub(1),
            (TokenKind::Word, word) if depth == 0 => {
                let word = word.to_ascii_lowercase();
                let reads = ["select", "values", "table"].contains(&word.as_str());
                let writes = ["delete", "update", "insert", "replace"].contains(&word.as_str());
                return (reads || writes).then_some(reads);
            }
            _ => {}
        }
        None
    });
    // A whole `select` in brackets has none.
    verb.unwrap_or(true)
}

/// Who is told how a stream of rows ended.
pub(crate) trait Holder: Send + Unpin {
    /// The lease on which the statement runs.
    fn lease(&mut self) -> &mut Lease;
}

impl Holder for Lease {
    fn lease(&mut self) -> &mut Lease {
        self
    }
}

impl Holder for &mut Lease {
    fn lease(&mut self) -> &mut Lease {
        self
    }
}

/// The rows of a statement. What nobody reads of them is read over or stopped before the connection is used again.
pub(crate) struct Rows<H: Holder> {
    holder: H,
    gather: Gather,
    ended: bool,
}

impl<H: Holder> Rows<H> {
    pub(crate) fn new(done: &Done, holder: H) -> Self {
        let columns = done.columns.as_deref().unwrap_or_default();
        let gather = Gather::new(Batch::new(decode::names(columns)).in_utc());
        Self { holder, gather, ended: !done.has_rows() }
    }
}

impl<H: Holder> Stream for Rows<H> {
    type Item = Result<Batch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        let lease = this.holder.lease();
        let next = ready!(this.gather.poll(context, |context, batch| {
            lease.poll_row(context).map(|row| match row {
                Ok(Some(row)) => Some(decode::row(row, batch)),
                Ok(None) => None,
                Err(error) => Some(Err(classify(error))),
            })
        }));
        this.ended = !matches!(next, Some(Ok(_)));
        Poll::Ready(next)
    }
}

/// Reads all rows of a statement of our own.
pub(crate) async fn read_all<T: mysql_async::prelude::FromRow>(
    lease: &mut Lease,
    text: &str,
) -> Result<Vec<T>> {
    lease.run(Task::Query(text.into(), Vec::new())).await?;
    let mut rows = Vec::new();
    while let Some(row) = std::future::poll_fn(|context| lease.poll_row(context)).await.map_err(classify)? {
        rows.push(T::from_row_opt(row).map_err(|_| unexpected())?);
    }
    Ok(rows)
}

fn unexpected() -> Error {
    Error::new(bedplate_core::ErrorKind::Internal, "the server answered in a form that wasn't expected")
}

#[cfg(test)]
mod tests {
    use super::{first_word, reads};

    #[test]
    fn what_stands_behind_a_with_says_whether_it_reads() {
        for text in [
            "with a as (delete from t returning id) select * from a",
            "WITH RECURSIVE a (n) as (select 1), \"delete\" as (select 2) /* delete */ Select 'delete'",
            "with a as (select 1) (select * from a)",
            "with a as (select 1) (select 1) union select 2",
            "with a as (select 1) values (1)",
            "/*! with */ a as (select 1) select 1",
        ] {
            assert!(reads(text), "{text}");
        }
        for text in [
            "with a as (select 1) delete from t where id in (select * from a)",
            "with recursive a (n) as (select 1), b as (values (1)) UPDATE t set a = 1",
            "insert into t with a as (select 1) select * from a",
        ] {
            assert!(!reads(text), "{text}");
        }
    }

    #[test]
    fn the_first_word_is_found_behind_comments_and_in_those_that_are_run() {
        for text in [
            "Create table",
            " -- x\n/* y */ create table",
            "/*!50100 create*/ table",
            "/*M!100100\n CREATE */",
            "# a\ncreate",
        ] {
            assert_eq!(first_word(text), "create", "{text}");
        }
        assert_eq!(first_word("/* create */"), "");
        assert_eq!(first_word("MODIFY x"), "modify");
        assert_eq!(first_word("(select 1)"), "select");
    }
}
