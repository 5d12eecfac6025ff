//! Runs one statement on a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bedplate_core::Result;
use bedplate_core::sql::{Batch, Dialect, Gather, Statement, Token, TokenKind, tokens};
use deadpool_postgres::ClientWrapper;
use futures_util::Stream;
use tokio_postgres::RowStream;

use crate::decode;
use crate::encode::encode_all;
use crate::error::{classify, is_stale_plan};
use crate::lease::Lease;

/// Prepares a statement, or takes it from those that the connection keeps.
pub(crate) async fn prepare(
    client: &ClientWrapper,
    text: &str,
    keep: usize,
) -> Result<tokio_postgres::Statement> {
    if keep == 0 {
        return tokio_postgres::Client::prepare(client, text).await.map_err(classify);
    }
    if client.statement_cache.size() >= keep {
        client.statement_cache.clear();
    }
    client.prepare_cached(text).await.map_err(classify)
}

/// What a connection does with a statement whose plan doesn't fit the schema any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnStale {
    /// It prepares it again and runs it.
    Again,
    /// It fails: the transaction around it is lost anyway.
    Fail,
}

/// Begins a statement and returns its rows with their columns' names.
pub(crate) async fn begin(
    client: &ClientWrapper,
    statement: &Statement,
    keep: usize,
    on_stale: OnStale,
) -> Result<(RowStream, Arc<[String]>)> {
    let mut again = on_stale == OnStale::Again;
    loop {
        let prepared = prepare(client, &statement.text, keep).await?;
        let values = encode_all(&statement.values, prepared.params())?;
        match client.query_raw(&prepared, values).await {
            Ok(rows) => {
                let columns = prepared.columns().iter().map(|column| column.name().to_string()).collect();
                return Ok((rows, columns));
            }
            Err(error) if error.as_db_error().is_some_and(is_stale_plan) => {
                client.statement_cache.remove(&statement.text, &[]);
                if !std::mem::take(&mut again) {
                    return Err(classify(error));
                }
            }
            Err(error) => return Err(classify(error)),
        }
    }
}

/// Runs a statement for its effect and tells how many rows it changed.
pub(crate) async fn execute(
    client: &ClientWrapper,
    statement: &Statement,
    keep: usize,
    on_stale: OnStale,
) -> Result<u64> {
    let (rows, columns) = begin(client, statement, keep, on_stale).await?;
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = futures_util::StreamExt::next(&mut rows).await {
        row.map_err(classify)?;
    }
    // The server counts the rows that a query returns too.
    let reads = !columns.is_empty() && reads(&statement.text);
    Ok(if reads { 0 } else { rows.rows_affected().unwrap_or(0) })
}

/// Whether a statement is one whose rows are read and not changed, behind whatever queries it names first. What a `with` changes on the
/// side of a `select` isn't counted: the server doesn't tell it.
fn reads(text: &str) -> bool {
    let (mut depth, mut may_begin) = (0_usize, true);
    let said = tokens(text, Dialect::Postgres).filter(Token::is_said);
    for token in said {
        let piece = &text[token.range.clone()];
        if token.kind == TokenKind::Word && depth == 0 && may_begin {
            let known = VERBS.iter().find(|(verb, _)| piece.eq_ignore_ascii_case(verb));
            if let Some((_, reads)) = known {
                return *reads;
            }
        }
        match piece {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // What a `with` names may be called like a verb; the verb itself stands behind a parenthesis.
        may_begin = piece == ")";
    }
    true
}

/// The words that say what a statement does, and whether it only reads.
const VERBS: &[(&str, bool)] = &[
    ("select", true),
    ("values", true),
    ("table", true),
    ("show", true),
    ("explain", true),
    ("insert", false),
    ("update", false),
    ("delete", false),
    ("merge", false),
    ("execute", false),
    ("fetch", true),
];

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

/// The rows of a statement.
///
/// A lease of its own is busy until the last row. One of a transaction is busy only while the server is waited for: what is
/// left of a result is read over by the next statement, because stopping it would end the transaction.
pub(crate) struct Rows<H: Holder> {
    rows: Pin<Box<RowStream>>,
    gather: Gather,
    holder: H,
    in_transaction: bool,
}

impl<H: Holder> Rows<H> {
    pub(crate) fn new((rows, columns): (RowStream, Arc<[String]>), mut holder: H) -> Self {
        let lease = holder.lease();
        lease.running = !lease.open;
        let in_transaction = lease.open;
        let gather = Gather::new(Batch::new(columns));
        Self { rows: Box::pin(rows), gather, holder, in_transaction }
    }
}

impl<H: Holder> Stream for Rows<H> {
    type Item = Result<Batch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.holder.lease().running = true;
        let rows = &mut this.rows;
        let next = ready!(this.gather.poll(context, |context, batch| {
            rows.as_mut()
                .poll_next(context)
                .map(|row| row.map(|row| row.map_err(classify).and_then(|row| decode::row(&row, batch))))
        }));
        let more = matches!(next, Some(Ok(_))) && !this.gather.has_ended();
        match this.in_transaction {
            true => this.holder.lease().running = false,
            false if more => {}
            false => this.holder.lease().ended(),
        }
        Poll::Ready(next)
    }
}

#[cfg(test)]
mod tests {
    use super::reads;

    #[test]
    fn what_only_reads_changes_no_rows() {
        for text in [
            "select 1",
            "-- first\n select 1",
            "(select 1) union (select 2)",
            "with a as (delete from t returning id) select * from a",
            "with recursive a (n) as (values (1)) select n from a",
            "with \"insert\" as (select 1) table \"insert\"",
            "values (1)",
            "explain delete from t",
        ] {
            assert!(reads(text), "{text}");
        }
        for text in [
            "insert into t select 1 returning id",
            "with a as (select 1) insert into t select * from a returning id",
            "/* select */ update t set a = 1 returning a",
            "with show as (select 1), update (n) as (select 2) insert into t select * from show returning id",
            "with a as materialized (select ')') delete from t returning a",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
