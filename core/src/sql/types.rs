//! The values that cross the SQL contract.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::value::{Value, ValueKind};

crate::features! {
    /// What a SQL engine may or may not promise.
    pub struct Features {
        promises {
            /// Two transactions that write different rows proceed at the same time.
            concurrent_writers,
            /// A `CREATE TABLE` that is rolled back never happened.
            transactional_ddl,
            /// `INSERT` can return the rows that it wrote.
            insert_returning,
            /// `UPDATE` and `DELETE` can return the rows that they changed.
            update_returning,
            /// `INSERT .. ON CONFLICT` says what becomes of a row that is there already.
            on_conflict,
            /// NULL comes before every other value in an ascending order that says nothing about it.
            nulls_first,
            /// Texts are equal, unique and in order by their bytes: case and accents count.
            byte_order,
            /// A column refuses what can't be of its type, such as a word in a column of numbers.
            typed_columns,
            /// Sums and products of decimals are exact inside the engine.
            decimal_arithmetic,
            /// A read-committed transaction sees what others commit while it runs. Where this is refused it sees one snapshot, which is stronger.
            read_committed,
            /// A transaction can be bound to a tenant, and policies keep it from every other tenant's rows.
            tenants,
            /// Reads can go to replicas, and see what the same handle wrote before.
            replicas,
        }
        limits {
            /// Values that one statement can take.
            max_parameters,
            /// Bytes in one value.
            max_value_bytes,
        }
    }
}

/// What kind of SQL the engine speaks, where statements must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
    /// MySQL's and MariaDB's.
    Mysql,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Mysql];

    /// The word in a migration's file name, as in `0001_init.postgres.sql`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// The type of a column that keeps values of one kind exactly, or `None` for NULL.
    ///
    /// A type that sounds the same may not: what SQLite calls `numeric` turns decimals into floats.
    pub const fn column_type(self, kind: ValueKind) -> Option<&'static str> {
        let [sqlite, postgres, mysql] = match kind {
            ValueKind::Null => return None,
            ValueKind::Bool => ["boolean"; 3],
            ValueKind::Int => ["bigint"; 3],
            ValueKind::Float => ["double precision"; 3],
            ValueKind::Decimal => ["text", "numeric", "decimal(57, 28)"],
            ValueKind::Text => ["text", "text", "longtext"],
            ValueKind::Bytes => ["blob", "bytea", "longblob"],
            ValueKind::Uuid => ["text", "uuid", "char(36)"],
            ValueKind::Date => ["text", "date", "date"],
            ValueKind::Time => ["text", "time", "time(6)"],
            ValueKind::DateTime => ["text", "timestamp", "datetime(6)"],
            ValueKind::Timestamp => ["text", "timestamptz", "datetime(6)"],
            ValueKind::Json => ["text", "jsonb", "json"],
        };
        Some(match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
            Self::Mysql => mysql,
        })
    }

    /// An identifier quoted so that any name is safe.
    pub fn quote(self, identifier: &str) -> String {
        match self {
            Self::Mysql => format!("`{}`", identifier.replace('`', "``")),
            Self::Sqlite | Self::Postgres => format!("\"{}\"", identifier.replace('"', "\"\"")),
        }
    }
}

/// A statement with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text, with `$1`, `$2` ... for the values.
    pub text: Arc<str>,
    /// The values, the first of which is `$1`.
    pub values: Vec<Value>,
}

impl Statement {
    /// A statement without values.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: Arc::from(text.as_ref()), values: Vec::new() }
    }

    /// Adds the next value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// How much transactions see of each other. What is begun is at least as strong as what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first one.
    RepeatableRead,
    /// As if they ran one after another; the loser of a race gets a `Conflict`.
    #[default]
    Serializable,
}

/// Whether a transaction writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Access {
    /// It reads only: a write in it is refused.
    Read,
    /// It may write.
    #[default]
    Write,
}

/// How a transaction begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Begin {
    /// How much it sees of others.
    pub isolation: Isolation,
    /// Whether it writes.
    pub access: Access,
    /// The tenant to which it is bound; needs the promise `tenants`.
    pub tenant: Option<String>,
}

impl Begin {
    /// A serializable transaction that may write.
    pub fn new() -> Self {
        Self::default()
    }

    /// How much it sees of others.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// It reads only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    /// It sees and writes the rows of one tenant only. Policies read the tenant by the engine's own means.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }
}

/// What a pool of connections is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolStatus {
    /// Connections that may be open at once.
    pub limit: usize,
    /// Connections that are open.
    pub open: usize,
    /// Connections that nobody uses at the moment.
    pub idle: usize,
    /// Callers that wait for one.
    pub waiting: usize,
    /// How long a caller waits for one until it gets `TimedOut`.
    pub acquire_timeout: Duration,
}

/// How far a database has come: what was written before it is in it. Only engines compare two of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(String);

impl Position {
    /// A position as an engine writes it, or as it came from another process.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that goes to another process.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Told how many bytes a backup has written or a restore has read so far.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);
