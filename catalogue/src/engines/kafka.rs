//! Kafka: a distributed log of events.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, bus};

use crate::facts::*;
use crate::sources::{ORDERS, SAAS_STARTER, TOKEN_GATEWAY};

/// Apache Kafka.
pub static KAFKA: Engine = Engine {
    name: "kafka",
    title: "Apache Kafka",
    summary: "A distributed log of events, kept for as long as it is asked to.",
    form: Form::Server,
    schemes: &["kafka"],
    aliases: &["apache-kafka"],
    licence: "Apache-2.0",
    ports: &[Port { purpose: "clients", number: 9092 }],
    container: Some(Container {
        image: "apache/kafka:3.9.1",
        command: &[],
        // Where the image's own configuration puts the log.
        data: Some("/tmp/kraft-combined-logs"),
        ready: &["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "127.0.0.1:9092"],
    }),
    clients: &[place("KAFKA_BOOTSTRAP_SERVERS"), place("KAFKA_BROKERS")],
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            durable: Promise::Native,
            key_order: Promise::Native,
            delay: Promise::Refused,
            replay: Promise::Native,
            broadcast: Promise::Native,
            // message.max.bytes is 1,048,588 for a batch with its headers.
            max_message_bytes: Some(1_000_000),
            max_delay_seconds: None,
        },
    }),
    facts: &[
        strength("Takes in massive volumes of data.", SAAS_STARTER),
        strength("Keeps the log on disk, and replays it from any point.", SAAS_STARTER),
        strength(
            "Partitions spread a topic over machines and keep order by key.",
            "Kafka manual: Introduction",
        ),
        strength("Streams, Connect and KSQL around it.", SAAS_STARTER),
        weakness("Hard to learn and to configure well.", SAAS_STARTER),
        weakness("Wants significant resources.", SAAS_STARTER),
        weakness("Has no delayed messages.", "Kafka manual: Design"),
        best_for("Event sourcing, log aggregation, real-time pipelines, replay.", SAAS_STARTER),
        best_for("High volumes of events.", SAAS_STARTER),
        avoid("Simple task queues: RabbitMQ does those.", SAAS_STARTER),
        avoid("Low volumes: NATS does those.", SAAS_STARTER),
        avoid("Where resources are scarce.", SAAS_STARTER),
        avoid("Where events are routed and not sourced.", ORDERS),
        avoid("A first version: its complexity has no reason yet.", TOKEN_GATEWAY),
        size("1 MiB in one batch unless `message.max.bytes` says otherwise.", "Kafka manual: Broker Configs"),
        operation(
            "Three brokers and controllers or more, and somebody who knows them.",
            "Kafka manual: Operations",
        ),
    ],
    ..BLANK
};
