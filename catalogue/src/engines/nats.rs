//! NATS: a small, quick message server; JetStream is its durable part.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, bus};

use crate::facts::*;
use crate::sources::SAAS_STARTER;

/// NATS.
pub static NATS: Engine = Engine {
    name: "nats",
    title: "NATS",
    summary: "A small, quick message server; JetStream keeps what must last.",
    form: Form::Server,
    schemes: &["nats"],
    aliases: &["jetstream", "nats-jetstream"],
    licence: "Apache-2.0",
    ports: &[
        Port { purpose: "clients", number: 4222 },
        Port { purpose: "monitoring", number: 8222 },
        Port { purpose: "cluster", number: 6222 },
    ],
    container: Some(Container {
        image: "nats:2.10-alpine",
        command: &["--jetstream", "--store_dir=/data", "--http_port=8222"],
        data: Some("/data"),
        ready: &["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz"],
    }),
    clients: &[url("NATS_URL")],
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            durable: Promise::Native,
            key_order: Promise::Emulated,
            delay: Promise::Emulated,
            replay: Promise::Native,
            broadcast: Promise::Native,
            // max_payload by default, headers included.
            // 1 MiB with its headers, which take 16 KiB and attributes 2.
            max_message_bytes: Some(MIB - 18 * KIB),
            max_delay_seconds: Some(THIRTY_DAYS),
        },
    }),
    facts: &[
        strength("Millions of messages a second.", SAAS_STARTER),
        strength("Easy to set up, and content with few resources.", SAAS_STARTER),
        strength("Pub/sub, request and reply, and queue groups.", SAAS_STARTER),
        strength("JetStream adds persistence and replay.", SAAS_STARTER),
        strength("Authentication and authorization are built in.", SAAS_STARTER),
        weakness("Younger than RabbitMQ and Kafka, with fewer plugins around it.", SAAS_STARTER),
        weakness("Routes less flexibly than RabbitMQ.", SAAS_STARTER),
        weakness(
            "JetStream acknowledges before the disk has it unless `sync_interval` is `always`.",
            "NATS manual: JetStream Configuration",
        ),
        best_for("Communication between microservices, low latency, IoT.", SAAS_STARTER),
        best_for("Kubernetes, and whatever is built cloud-native.", SAAS_STARTER),
        best_for("Low volumes of messages, for which Kafka is too much.", SAAS_STARTER),
        latency("Low: made for calls between services.", SAAS_STARTER),
        size("1 MB in one message unless `max_payload` says otherwise.", "NATS manual: Server Configuration"),
        operation("One static program; three of them make a cluster.", "NATS manual: JetStream Clustering"),
    ],
    ..BLANK
};
