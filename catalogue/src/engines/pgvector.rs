//! pgvector: PostgreSQL's extension for similarity search.

use bedplate_core::{Capability, Container, Engine, Form, Port};

use crate::facts::*;
use crate::sources::RESIDENTS;

/// pgvector.
pub static PGVECTOR: Engine = Engine {
    name: "pgvector",
    title: "pgvector",
    summary: "PostgreSQL's extension for vectors: nearest neighbours beside the rows that they belong to.",
    form: Form::Server,
    schemes: &["pgvector"],
    licence: "PostgreSQL",
    ports: &[Port { purpose: "clients", number: 5432 }],
    container: Some(Container {
        image: "pgvector/pgvector:pg16",
        command: &[],
        data: Some("/var/lib/postgresql/data"),
        ready: &["pg_isready", "-h", "127.0.0.1"],
    }),
    also: &[Capability::Vectors],
    facts: &[
        strength("Inside PostgreSQL: no further server, and vectors commit with their rows.", RESIDENTS),
        strength(
            "Exact search, or approximate search by HNSW and IVFFlat indexes.",
            "pgvector manual: Indexing",
        ),
        weakness("Can become a bottleneck when the vectors outgrow one PostgreSQL server.", RESIDENTS),
        best_for("A first version, and moderate scale.", RESIDENTS),
        size(
            "Up to 16,000 dimensions stored, 2,000 of them indexed.",
            "pgvector manual: Frequently Asked Questions",
        ),
        operation(
            "An extension to create in a database that is already there.",
            "pgvector manual: Getting Started",
        ),
    ],
    ..BLANK
};
