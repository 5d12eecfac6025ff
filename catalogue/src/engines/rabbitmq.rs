//! RabbitMQ: a message broker with exchanges and queues.

use bedplate_core::{Container, Engine, Form, Maturity, Offer, Port, Promise, Reach, bus};

use crate::facts::*;
use crate::sources::{ORDERS, RESIDENTS, SAAS_STARTER, TOKEN_GATEWAY};

/// RabbitMQ.
pub static RABBITMQ: Engine = Engine {
    name: "rabbitmq",
    title: "RabbitMQ",
    summary: "A message broker: exchanges route, queues hold until somebody has done the work.",
    form: Form::Server,
    schemes: &["amqp", "amqps"],
    licence: "MPL-2.0",
    ports: &[
        Port { purpose: "clients", number: 5672 },
        Port { purpose: "management", number: 15672 },
        Port { purpose: "metrics", number: 15692 },
    ],
    container: Some(Container {
        image: "rabbitmq:4.1-management",
        command: &[],
        data: Some("/var/lib/rabbitmq"),
        ready: &["rabbitmq-diagnostics", "-q", "check_running"],
    }),
    clients: &[url("AMQP_URL"), url("RABBITMQ_URL")],
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            durable: Promise::Native,
            // A consistent-hash exchange before queues with a single active consumer.
            key_order: Promise::Emulated,
            // Queues that expire into the real one.
            delay: Promise::Emulated,
            // Its streams can replay, but a queue forgets what was settled, and settling is what the contract needs.
            replay: Promise::Refused,
            broadcast: Promise::Native,
            max_message_bytes: Some(16 * MIB),
            // A message's time to live is a 32-bit number of milliseconds.
            max_delay_seconds: Some(4_294_967),
        },
    }),
    facts: &[
        strength("In production for more than 15 years.", SAAS_STARTER),
        strength("Routes by topic, by name and to everybody.", SAAS_STARTER),
        strength("Acknowledgements, and dead-letter queues for what could not be handled.", ORDERS),
        strength("Durable queues and persistent messages.", SAAS_STARTER),
        strength("A management interface that shows what happens.", SAAS_STARTER),
        strength("Speaks AMQP, MQTT, STOMP and WebSockets.", SAAS_STARTER),
        weakness("Many concepts to learn.", SAAS_STARTER),
        weakness("Slower than NATS.", SAAS_STARTER),
        weakness("May take a lot of memory.", SAAS_STARTER),
        best_for("Tasks for workers: mail, webhooks, background jobs.", SAAS_STARTER),
        best_for("Request and reply, complex routing, durability.", SAAS_STARTER),
        best_for("Events between services by topic exchange.", RESIDENTS),
        avoid("A first version whose few events PostgreSQL and Redis can carry.", TOKEN_GATEWAY),
        size(
            "16 MiB in one message unless `max_message_size` says otherwise.",
            "RabbitMQ manual: Release Notes 4.0",
        ),
        operation("Managed (CloudAMQP, Amazon MQ), or a monitored cluster of one's own.", RESIDENTS),
    ],
    ..BLANK
};
