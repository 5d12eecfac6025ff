//! Keeps backups of databases: compressed, checksummed, counted.
