//! Fills an empty database from a copy, with the product's own client.

use std::fs::File;
use std::io::Seek;
use std::path::Path;
use std::sync::Arc;

use bedplate_core::sql::{Dialect, Progress};
use bedplate_core::{Error, ErrorKind, Result};
use bedplate_programs::run_reading;
use mysql_async::prelude::Queryable;

use crate::connect::Link;
use crate::dump::failed;
use crate::error::classify;
use crate::programs::{database, tool};
use crate::statement::read_all;

const RELATIONS: &str = "select table_name, table_type from information_schema.tables \
                         where table_schema = database() order by table_name";

/// Restores it. Every statement that makes a table commits, so what was made is removed again where a later one fails.
pub(crate) async fn read(link: &Arc<Link>, file: &Path, progress: Progress<'_>) -> Result<()> {
    if let Some((name, _)) = relations(link).await?.first() {
        let message = format!("the database has a table already: `{name}`");
        return Err(Error::new(ErrorKind::Conflict, message).with_help("restore into an empty database"));
    }
    let input = File::open(file).map_err(|why| failed(file, why))?;
    let command = tool(link, ["mariadb", "mysql"], &["--batch", "--binary-mode", database(link)])?;
    let watch = || progress((&input).stream_position().unwrap_or_default());
    let Err(error) = run_reading(&command, &input, &watch).await else { return Ok(()) };
    Err(match clear(link).await {
        Ok(()) => error.with_help("nothing of it is left in the database"),
        Err(_) => error.with_help("half of it may be in the database: remove its tables, and try again"),
    })
}

/// The tables and views with what they are.
async fn relations(link: &Arc<Link>) -> Result<Vec<(String, String)>> {
    read_all(&mut link.lease().await?, RELATIONS).await
}

/// Removes every table and view of a database that had none.
async fn clear(link: &Arc<Link>) -> Result<()> {
    let mut conn = link.connect_aside().await?;
    conn.query_drop("set foreign_key_checks = 0").await.map_err(classify)?;
    for (name, kind) in relations(link).await? {
        let what = if kind == "VIEW" { "view" } else { "table" };
        let drop = format!("drop {what} if exists {}", Dialect::Mysql.quote(&name));
        conn.query_drop(drop).await.map_err(classify)?;
    }
    Ok(())
}
