//! What the server that answered says about itself, asked once when a database is opened.

use bedplate_catalogue::POSTGRES;
use bedplate_core::sql::Features;
use bedplate_core::{Promise, Result};
use tokio_postgres::SimpleQueryMessage;

use crate::connect::Link;
use crate::error::classify;

/// The provider of the collation is a column that older servers don't have.
const ASK: &str = "select datcollate, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
from pg_database d where datname = current_database()";

/// Connects and tells what this server promises.
pub(crate) async fn features(link: &Link, has_replicas: bool) -> Result<Features> {
    let mut lease = link.lease().await?;
    (lease.running, lease.reads) = (true, true);
    let answer = lease.client()?.simple_query(ASK).await.map_err(classify)?;
    lease.running = false;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?, row.get(1)?)),
        _ => None,
    });
    let by_bytes = row.is_some_and(|(collation, provider)| is_by_bytes(collation, provider));
    let mut features = POSTGRES.sql.map_or(Features::NONE, |offer| offer.features);
    if !by_bytes {
        features.byte_order = Promise::Refused;
    }
    if !has_replicas {
        features.replicas = Promise::Refused;
    }
    Ok(features)
}

/// Whether texts are in the order of their bytes. The server's own provider (`b`) has only such orders.
fn is_by_bytes(collation: &str, provider: &str) -> bool {
    const SAME: [&str; 4] = ["c", "posix", "c.utf-8", "c.utf8"];
    provider == "b" || provider == "c" && SAME.contains(&collation.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_by_bytes;

    #[test]
    fn a_language_is_no_order_of_bytes() {
        assert!(is_by_bytes("C", "c") && is_by_bytes("C.UTF-8", "c") && is_by_bytes("en_US.UTF-8", "b"));
        assert!(!is_by_bytes("en_US.UTF-8", "c") && !is_by_bytes("C", "i"));
    }
}
