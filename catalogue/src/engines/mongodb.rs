//! MongoDB: a server for documents without a fixed schema.

use bedplate_core::{Capability, Container, Engine, Form, Port};

use crate::facts::*;
use crate::sources::{SAAS_STARTER, TOKEN_GATEWAY};

/// MongoDB.
pub static MONGODB: Engine = Engine {
    name: "mongodb",
    title: "MongoDB",
    summary: "A server for documents whose schema may differ and change.",
    form: Form::Server,
    schemes: &["mongodb", "mongodb+srv"],
    aliases: &["mongo"],
    licence: "SSPL-1.0",
    ports: &[Port { purpose: "clients", number: 27017 }],
    container: Some(Container {
        image: "mongo:8.0",
        command: &[],
        data: Some("/data/db"),
        ready: &["mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok"],
    }),
    clients: &[url("MONGODB_URL")],
    also: &[Capability::Documents],
    facts: &[
        strength(
            "Documents of one collection may have different fields, and gain new ones at any time.",
            SAAS_STARTER,
        ),
        strength("Shards over machines by itself.", SAAS_STARTER),
        strength("Pipelines that aggregate, and streams of changes.", SAAS_STARTER),
        weakness("Takes a lot of memory.", SAAS_STARTER),
        weakness("Reads may be stale unless asked otherwise.", SAAS_STARTER),
        weakness("Not made for data with many relations.", SAAS_STARTER),
        best_for("Documents, content management, prototypes, schemas that still change.", SAAS_STARTER),
        avoid("Relational data.", TOKEN_GATEWAY),
        size("16 MiB in one document.", "MongoDB manual: MongoDB Limits and Thresholds"),
        operation(
            "A server, and a replica set of three where nothing may be lost.",
            "MongoDB manual: Replication",
        ),
    ],
    ..BLANK
};
