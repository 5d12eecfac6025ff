//! The rules for embeddings.

use super::rule::{NONE, Need, Note, Rule};
use super::workload::Scale;
use crate::sources::RESIDENTS;

const VECTORS: Need = Need::Vectors;

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    VECTORS.gains(NONE, 100, "no-embeddings", |w| !w.vectors.needed, "There are no embeddings to search.", RESIDENTS),
    VECTORS.out(NONE, "embeddings", |w| w.vectors.needed, "There are embeddings to search.", RESIDENTS),

    VECTORS.gains("pgvector", 50, "simplest", |w| w.vectors.needed, "The simplest: no further infrastructure, good at moderate scale.", RESIDENTS),
    VECTORS.gains("pgvector", 10, "postgres-is-there", |w| w.vectors.needed && w.operates("postgres"), "PostgreSQL is operated already.", RESIDENTS),
    VECTORS.loses("pgvector", 50, "bottleneck", |w| w.vectors.scale == Some(Scale::High), "Becomes the bottleneck at high scale.", RESIDENTS),

    VECTORS.gains("qdrant", 20, "specialized", |w| w.vectors.needed, "Made for embeddings and similarity search.", RESIDENTS),
    VECTORS.gains("qdrant", 40, "high-scale", |w| w.vectors.scale == Some(Scale::High), "Better at high scale.", RESIDENTS),
    VECTORS.loses("qdrant", 10, "another-server", |w| w.low_operations(), "One more server to run.", RESIDENTS),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    VECTORS.note("pgvector", |w| w.vectors.needed, "PostgreSQL, whose extension it is", RESIDENTS),
];
