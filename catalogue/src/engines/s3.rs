//! Amazon S3, and servers that speak its protocol.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, objects};

use crate::doors;
use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// Amazon S3.
pub static S3: Engine = Engine {
    name: "s3",
    title: "Amazon S3",
    summary: "Amazon's object store; other stores speak its protocol too.",
    form: Form::Hosted,
    schemes: &["s3"],
    aliases: &["amazon-s3"],
    licence: "Hosted by Amazon",
    clients: &[
        bucket("S3_BUCKET"),
        // For a store elsewhere that speaks the protocol.
        endpoint("AWS_ENDPOINT_URL_S3"),
        region("AWS_REGION"),
        region("AWS_DEFAULT_REGION"),
    ],
    region: Some("us-east-1"),
    door: Some(&doors::AWS),
    objects: Some(Offer {
        maturity: Maturity::Planned,
        features: objects::Features {
            reach: Reach::Network,
            presigned_urls: Promise::Native,
            retention: Promise::Emulated,
            max_key_bytes: Some(1_024),
            max_key_part_bytes: None,
            // What every compatible store takes; Amazon itself has raised its own limit since.
            max_object_bytes: Some(5 * TIB),
            max_metadata_bytes: Some(2_048),
            max_presigned_seconds: Some(7 * 24 * 3_600),
        },
    }),
    facts: &[
        strength(
            "Object Lock makes archives immutable; versions show that nobody tampered with them.",
            TOKEN_GATEWAY,
        ),
        strength("Rules for how long things are kept, and cheap classes for long storage.", TOKEN_GATEWAY),
        strength("The protocol that most other stores speak as well.", TOKEN_GATEWAY),
        weakness("Amazon's cloud: elsewhere the neighbours' stores are nearer.", TOKEN_GATEWAY),
        best_for("Audit archives that compliance asks for, and large artefacts.", TOKEN_GATEWAY),
        avoid("A demonstration that archives nothing.", TOKEN_GATEWAY),
        size(
            "5 TB in one object written in parts, 1,024 bytes in a key.",
            "Amazon S3 manual: Multipart upload limits",
        ),
        operation("Amazon's, paid by volume and request.", "Amazon S3 manual: Pricing"),
    ],
    ..BLANK
};
