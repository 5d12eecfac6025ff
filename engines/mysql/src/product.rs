//! Which product answers, in which version, and how its connections are set up.

use bedplate_core::sql::{Features, Isolation};
use bedplate_core::{Promise, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use crate::error::classify;

/// What a connection is told, beside what depends on the product: texts, names and numbers are read as in standard SQL, what
/// doesn't fit is an error, and times are in UTC.
const SQL_MODE: &str = "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ZERO_DATE,\
                        NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO";
/// What not every version has.
const OPTIONAL: &str = "show variables where variable_name in \
                        ('innodb_snapshot_isolation', 'max_recursive_iterations', 'cte_max_recursion_depth')";
/// What a row takes in a packet beside one large value.
const ROW_BYTES: usize = 64 * 1024;

/// The server as it describes itself.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) version: String,
    pub(crate) is_mariadb: bool,
    /// Whether a repeatable read is one snapshot, in which a lost race is an error.
    has_snapshots: bool,
    /// What stops a recursive query, which elsewhere goes on for as long as it is waited for.
    recursion: Option<String>,
    /// The collation of the database.
    collation: String,
    pub(crate) max_packet: usize,
    pub(crate) wait_timeout: usize,
}

impl Product {
    pub(crate) async fn ask(conn: &mut Conn) -> Result<Self> {
        let (version, collation, max_packet, wait_timeout): (String, String, usize, usize) = conn
            .query_first("select version(), @@collation_database, @@max_allowed_packet, @@wait_timeout")
            .await
            .map_err(classify)?
            .unwrap_or_default();
        let optional: Vec<(String, String)> = conn.query(OPTIONAL).await.map_err(classify)?;
        let first_of = |names: &[&str]| {
            optional.iter().map(|(name, _)| name.clone()).find(|name| names.contains(&name.as_str()))
        };
        Ok(Self {
            is_mariadb: version.contains("MariaDB"),
            has_snapshots: first_of(&["innodb_snapshot_isolation"]).is_some(),
            recursion: first_of(&["max_recursive_iterations", "cte_max_recursion_depth"]),
            version,
            collation,
            max_packet,
            wait_timeout,
        })
    }

    /// The collation that compares bytes and nothing else, trailing blanks included.
    pub(crate) fn binary_collation(&self) -> &'static str {
        if self.is_mariadb { "utf8mb4_nopad_bin" } else { "utf8mb4_0900_bin" }
    }

    /// The statements that set a new connection up.
    pub(crate) fn setup(&self) -> String {
        let collation = self.binary_collation();
        let mut more = String::new();
        if self.has_snapshots {
            more.push_str(", innodb_snapshot_isolation = ON");
        }
        if let Some(limit) = &self.recursion {
            more.push_str(&format!(", {limit} = 4294967295"));
        }
        // Who reads rows slowly isn't cut off after a minute.
        more.push_str(", net_write_timeout = 3600");
        // A statement on its own is never a lost race: it reads again what others have committed.
        format!(
            "set names utf8mb4 collate {collation}, sql_mode = '{SQL_MODE}', time_zone = '+00:00', autocommit = 1{more}; \
             set session transaction isolation level read committed"
        )
    }

    /// The level that is at least as strong as what was asked for.
    ///
    /// A serializable transaction reads with locks. One that only reads needs none: writers that lock are serializable in the order
    /// of their commits, and a snapshot is a point in that order.
    pub(crate) fn level(&self, isolation: Isolation, reads_only: bool) -> &'static str {
        match isolation {
            Isolation::ReadCommitted => "read committed",
            _ if reads_only => "repeatable read",
            Isolation::RepeatableRead if self.has_snapshots => "repeatable read",
            Isolation::RepeatableRead | Isolation::Serializable => "serializable",
        }
    }

    /// What the catalogue promises, as far as this server keeps it.
    pub(crate) fn features(&self, mut declared: Features) -> Features {
        if !self.is_mariadb {
            declared.insert_returning = Promise::Refused;
        }
        if !["utf8mb4_nopad_bin", "utf8mb4_0900_bin"].contains(&self.collation.as_str()) {
            declared.byte_order = Promise::Refused;
        }
        // A dump writes bytes as hexadecimal text, which is twice as long and must fit in a packet too.
        declared.max_value_bytes = Some(self.max_packet.saturating_sub(ROW_BYTES) as u64 / 2);
        declared
    }
}
