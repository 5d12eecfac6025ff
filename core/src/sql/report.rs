//! What an operator wants to know about a database. What an engine can't tell is `None`, never a guess.

use serde::Serialize;

/// A database as its operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// The product's version as it tells it.
    pub version: String,
    /// Bytes on the disk.
    pub bytes: u64,
    /// The connections of all clients, where there is a server.
    pub connections: Option<ConnectionCount>,
    /// The tables, ordered by name.
    pub tables: Vec<TableReport>,
    /// The replicas, or on a replica itself.
    pub replicas: Vec<ReplicaReport>,
}

/// Connections to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConnectionCount {
    /// Those to this database.
    pub here: u64,
    /// Those to the whole server; `None` where this role may not see them.
    pub used: Option<u64>,
    /// What the server allows.
    pub allowed: u64,
}

/// A table as its operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TableReport {
    /// Its name.
    pub name: String,
    /// About how many rows it has.
    pub rows: Option<u64>,
    /// Bytes on the disk with its indexes.
    pub bytes: Option<u64>,
    /// How often it was read as a whole since the statistics began.
    pub full_scans: Option<u64>,
    /// Its indexes, ordered by name, without those that keep a key unique.
    pub indexes: Vec<IndexReport>,
}

/// An index as its operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IndexReport {
    /// Its name.
    pub name: String,
    /// Bytes on the disk.
    pub bytes: Option<u64>,
    /// How often it was used since the statistics began.
    pub uses: Option<u64>,
}

/// A replica and how far it is behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplicaReport {
    /// Where it is.
    pub name: String,
    /// Bytes that were written and haven't arrived.
    pub behind_bytes: Option<u64>,
    /// For how long it has been behind, in milliseconds.
    pub behind_ms: Option<u64>,
}
