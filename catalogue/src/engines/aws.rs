//! Amazon SNS and SQS: topics that fan out into queues, run by Amazon.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, bus};

use crate::doors;
use crate::facts::*;
use crate::sources::{AUTH_USER_PRODUCT, ORDERS, TOKEN_GATEWAY};

/// Amazon SNS and SQS.
pub static AWS: Engine = Engine {
    name: "aws",
    title: "Amazon SNS/SQS",
    summary: "Topics (SNS) that fan out into queues (SQS), run by Amazon.",
    form: Form::Hosted,
    schemes: &["sqs", "sns", "aws"],
    aliases: &["sns", "sqs", "sns-sqs"],
    licence: "Hosted by Amazon",
    clients: &[region("AWS_REGION"), region("AWS_DEFAULT_REGION")],
    region: Some("us-east-1"),
    door: Some(&doors::AWS),
    bus: Some(Offer {
        maturity: Maturity::Planned,
        features: bus::Features {
            reach: Reach::Network,
            durable: Promise::Native,
            // Message groups of FIFO topics and queues.
            key_order: Promise::Native,
            // A queue can delay; a topic in front of it hands nothing over, so that the queue's own delay is used.
            delay: Promise::Emulated,
            replay: Promise::Refused,
            // A queue of its own for each subscriber.
            broadcast: Promise::Emulated,
            // SNS allows less than SQS.
            // 256 KiB for everything, of which headers take 16 and attributes 2, and base64 a quarter of the rest.
            max_message_bytes: Some(178 * KIB),
            max_delay_seconds: Some(900),
        },
    }),
    facts: &[
        strength(
            "Publishers and consumers don't wait for each other: a topic hands events to one queue per service.",
            AUTH_USER_PRODUCT,
        ),
        strength("Dead-letter queues, alarms and roles come with the cloud.", AUTH_USER_PRODUCT),
        strength("The same code runs against a local endpoint on port 4566.", AUTH_USER_PRODUCT),
        weakness("Ties the platform to one vendor.", ORDERS),
        weakness("A message is gone once it is deleted: no replay.", "Amazon SQS manual: Basic architecture"),
        best_for("Platforms that live on AWS and want to run no broker.", AUTH_USER_PRODUCT),
        avoid("Platforms that may have to leave AWS.", ORDERS),
        avoid("A first version whose few events PostgreSQL and Redis can carry.", TOKEN_GATEWAY),
        size(
            "256 KiB in one message through SNS, a delay of 15 minutes at most.",
            "Amazon SQS manual: Message quotas",
        ),
        operation(
            "Amazon's: roles, queue depth and dead letters are what remains to watch.",
            AUTH_USER_PRODUCT,
        ),
    ],
    ..BLANK
};
