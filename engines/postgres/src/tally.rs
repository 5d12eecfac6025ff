//! Counts rows and sums their checksums, in one snapshot.

use bedplate_core::Result;
use bedplate_core::sql::{Dialect, RowSum, Tally};
use bedplate_core::{Error, ErrorKind};
use futures_util::TryStreamExt;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::connect::Link;
use crate::error::classify;

/// How often it begins again when tables come and go meanwhile.
const ATTEMPTS: u32 = 10;

/// What to do where policies hide rows.
pub(crate) const ABOVE_POLICIES: &str = "do it as a role that stands above policies: the server's administrator, or one with BYPASSRLS that may read every table";

/// Rows are the same text whatever the server, the role or the database say about how values are shown. Without row security a
/// policy that would hide rows is an error. A long look isn't ended for being long.
const SETTLE: &str = "set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
set local extra_float_digits = 3; set local bytea_output = 'hex'; set local lc_monetary = 'C'; set local search_path = pg_catalog;
set local row_security = off; set local statement_timeout = 0; set local lock_timeout = 0;
set local idle_in_transaction_session_timeout = 0";

/// Tables of this service. A partition is counted with its table; what an extension brought is the extension's.
const TABLES: &str = "
select n.nspname, c.relname, c.relkind::text, n.nspname = $1
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname collate \"C\", c.relname collate \"C\"";

/// A transaction that sees one moment of the database and keeps its tables from being dropped.
pub(crate) struct Snapshot {
    client: Client,
    tables: Vec<Named>,
}

/// A table, by the name that people know it by and by the one that is always right.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    name: String,
    source: String,
}

impl Snapshot {
    /// Takes it on a connection of its own. Tables that come or go meanwhile are no reason to fail.
    pub(crate) async fn take(link: &Link) -> Result<Self> {
        let client = link.connect().await?;
        let mut attempt = 1;
        loop {
            match Self::lock(&client).await.map_err(classify)? {
                Some(tables) => return Ok(Self { client, tables }),
                None if attempt < ATTEMPTS => attempt += 1,
                None => {
                    let message =
                        "tables were made and dropped all the time, so that no moment could be held";
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
            }
            client.batch_execute("rollback").await.map_err(classify)?;
        }
    }

    /// Locks come before the first look: what is changed in between would be seen half. `None` where tables came or went.
    async fn lock(client: &Client) -> Result<Option<Vec<Named>>, tokio_postgres::Error> {
        let schema: Option<String> = client.query_one("select current_schema()", &[]).await?.try_get(0)?;
        let schema = schema.unwrap_or_default();
        let tables = list(client, &schema).await?;
        client.batch_execute("begin isolation level repeatable read read only").await?;
        client.batch_execute(SETTLE).await?;
        if !tables.is_empty() {
            let names: Vec<&str> = tables.iter().map(|table| table.source.as_str()).collect();
            let lock = format!("lock table {} in access share mode", names.join(", "));
            match client.batch_execute(&lock).await {
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(None),
                result => result?,
            }
        }
        Ok(Some(list(client, &schema).await?).filter(|now| *now == tables))
    }

    /// Its name, by which other sessions see the same moment for as long as this value lives.
    pub(crate) async fn export(&self) -> Result<String> {
        let row = self.client.query_one("select pg_export_snapshot()", &[]).await.map_err(classify)?;
        row.try_get(0).map_err(classify)
    }

    /// The major version of its server.
    pub(crate) async fn server_major(&self) -> Result<i32> {
        let ask = "select current_setting('server_version_num')::int / 10000";
        let row = self.client.query_one(ask, &[]).await.map_err(classify)?;
        row.try_get(0).map_err(classify)
    }

    /// Reads every row.
    pub(crate) async fn tally(&self) -> Result<Tally> {
        let mut tally = Tally::default();
        for table in &self.tables {
            let sum = sum(&self.client, &table.source).await.map_err(|error| refusal(error, &table.name))?;
            tally.tables.push(sum.of(&table.name));
        }
        tally.tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tally)
    }
}

/// Counts the rows of the database.
pub(crate) async fn of(link: &Link) -> Result<Tally> {
    Snapshot::take(link).await?.tally().await
}

async fn list(client: &Client, schema: &str) -> Result<Vec<Named>, tokio_postgres::Error> {
    let rows = client.query(TABLES, &[&schema]).await?;
    rows.iter()
        .map(|row| {
            let (schema, table, kind): (&str, &str, &str) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let own: bool = row.try_get(3)?;
            let quote = |name| Dialect::Postgres.quote(name);
            // A table that others inherit from is asked for its own rows only; a partitioned one has none but its partitions'.
            let only = if kind == "r" { "only " } else { "" };
            Ok(Named {
                name: if own { table.to_string() } else { format!("{schema}.{table}") },
                source: format!("{only}{}.{}", quote(schema), quote(table)),
            })
        })
        .collect()
}

async fn sum(client: &Client, source: &str) -> Result<RowSum, tokio_postgres::Error> {
    // `t.*` is the row even where a column is called like the table.
    let text = format!("select (t.*)::text from {source} t");
    let mut sum = RowSum::default();
    let mut rows = std::pin::pin!(client.query_raw(&text, std::iter::empty::<i32>()).await?);
    while let Some(row) = rows.try_next().await? {
        sum.add(row.try_get::<_, &str>(0)?.as_bytes());
    }
    Ok(sum)
}

fn refusal(error: tokio_postgres::Error, table: &str) -> Error {
    let hidden = error.as_db_error().is_some_and(|server| server.message().contains("row-level security"));
    if !hidden {
        return classify(error);
    }
    let message = format!(
        "policies hide rows of `{table}` from this role, and a copy or count without them would be wrong"
    );
    Error::new(ErrorKind::Denied, message).with_help(ABOVE_POLICIES).with_source(classify(error))
}
