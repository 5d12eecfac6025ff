//! MinIO: a self-hosted store with S3's protocol.

use bedplate_core::{Engine, Form, Maturity, Offer, Port, Promise, Reach, objects};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// MinIO. It has no container: its makers no longer publish images, so that no generated file uses one.
pub static MINIO: Engine = Engine {
    name: "minio",
    title: "MinIO",
    summary: "A self-hosted object store with S3's protocol; its project was archived in 2026.",
    form: Form::Server,
    schemes: &["minio"],
    licence: "AGPL-3.0",
    ports: &[Port { purpose: "clients", number: 9000 }, Port { purpose: "console", number: 9001 }],
    clients: &[
        bucket("S3_BUCKET"),
        endpoint("AWS_ENDPOINT_URL_S3"),
        secret("AWS_ACCESS_KEY_ID"),
        secret("AWS_SECRET_ACCESS_KEY"),
    ],
    objects: Some(Offer {
        maturity: Maturity::Planned,
        features: objects::Features {
            reach: Reach::Network,
            presigned_urls: Promise::Native,
            retention: Promise::Emulated,
            max_key_bytes: Some(1_024),
            max_key_part_bytes: Some(255),
            max_object_bytes: Some(5 * TIB),
            max_metadata_bytes: Some(2_048),
            max_presigned_seconds: Some(7 * 24 * 3_600),
        },
    }),
    facts: &[
        strength("S3's protocol on one's own machines.", TOKEN_GATEWAY),
        strength("Locks objects as S3 does.", "MinIO manual: Object Locking and Immutability"),
        weakness("No longer developed: its repository was archived in February 2026.", ARCHIVED),
        best_for("Archives that may not leave one's own machines, where it already runs.", TOKEN_GATEWAY),
        avoid(
            "New installations: take a maintained store that speaks S3, such as SeaweedFS, Garage or RustFS.",
            ARCHIVED,
        ),
        avoid("A demonstration that archives nothing.", TOKEN_GATEWAY),
        size("5 TiB in one object.", "MinIO manual: Thresholds and Limits"),
        operation("Four drives or more for erasure coding.", "MinIO manual: Erasure Coding"),
    ],
    ..BLANK
};

/// Where its end is announced.
pub(crate) const ARCHIVED: &str = "MinIO manual: the repository's README (archived)";
