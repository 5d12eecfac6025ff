//! Google Cloud Storage.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, objects};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// Google Cloud Storage.
pub static GCS: Engine = Engine {
    name: "gcs",
    title: "Google Cloud Storage",
    summary: "Google's object store.",
    form: Form::Hosted,
    schemes: &["gs", "gcs"],
    aliases: &["google-cloud-storage"],
    licence: "Hosted by Google",
    clients: &[bucket("GCS_BUCKET")],
    objects: Some(Offer {
        maturity: Maturity::Planned,
        features: objects::Features {
            reach: Reach::Network,
            presigned_urls: Promise::Native,
            retention: Promise::Native,
            max_key_bytes: Some(1_024),
            max_key_part_bytes: None,
            max_object_bytes: Some(5 * TIB),
            max_metadata_bytes: Some(8 * KIB),
            max_presigned_seconds: Some(7 * 24 * 3_600),
        },
    }),
    facts: &[
        strength("What S3 is on AWS, for platforms that live on Google Cloud.", TOKEN_GATEWAY),
        strength(
            "Retention of objects and buckets can be locked.",
            "Google Cloud Storage manual: Object Retention Lock",
        ),
        best_for("Archives of platforms on Google Cloud.", TOKEN_GATEWAY),
        avoid("A demonstration that archives nothing.", TOKEN_GATEWAY),
        size("5 TiB in one object.", "Google Cloud Storage manual: Quotas and limits"),
        operation("Google's, paid by volume and request.", "Google Cloud Storage manual: Pricing"),
    ],
    ..BLANK
};
