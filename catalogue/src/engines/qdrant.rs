//! Qdrant: a server for vectors.

use bedplate_core::{Capability, Container, Engine, Form, Port};

use crate::facts::*;
use crate::sources::RESIDENTS;

/// Qdrant.
pub static QDRANT: Engine = Engine {
    name: "qdrant",
    title: "Qdrant",
    summary: "A server for vectors and nothing else.",
    form: Form::Server,
    schemes: &["qdrant"],
    licence: "Apache-2.0",
    ports: &[Port { purpose: "http", number: 6333 }, Port { purpose: "grpc", number: 6334 }],
    container: Some(Container {
        image: "qdrant/qdrant:v1.12.4",
        command: &[],
        data: Some("/qdrant/storage"),
        // The image has neither curl nor wget.
        ready: &["bash", "-c", ": < /dev/tcp/127.0.0.1/6333"],
    }),
    clients: &[url("QDRANT_URL")],
    also: &[Capability::Vectors],
    facts: &[
        strength("Made for embeddings and similarity search, at large scale.", RESIDENTS),
        strength("Shards and replicates collections.", "Qdrant manual: Distributed deployment"),
        weakness("One more server to run, whose data doesn't commit with the database's.", RESIDENTS),
        best_for("When pgvector has become the bottleneck.", RESIDENTS),
        avoid("A first version: pgvector needs no further server.", RESIDENTS),
        operation("A server of its own, or Qdrant's cloud.", "Qdrant manual: Installation"),
    ],
    ..BLANK
};
