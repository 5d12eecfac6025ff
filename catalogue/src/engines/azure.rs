//! Azure Blob Storage.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, objects};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// Azure Blob Storage.
pub static AZURE: Engine = Engine {
    name: "azure",
    title: "Azure Blob Storage",
    summary: "Microsoft's object store.",
    form: Form::Hosted,
    schemes: &["azure", "az"],
    aliases: &["azure-blob"],
    licence: "Hosted by Microsoft",
    objects: Some(Offer {
        maturity: Maturity::Planned,
        features: objects::Features {
            reach: Reach::Network,
            presigned_urls: Promise::Native,
            retention: Promise::Emulated,
            max_key_bytes: Some(1_024),
            max_key_part_bytes: None,
            // 50,000 blocks of 4,000 MiB.
            max_object_bytes: Some(50_000 * 4_000 * MIB),
            max_metadata_bytes: Some(8 * KIB),
            max_presigned_seconds: None,
        },
    }),
    facts: &[
        strength("What S3 is on AWS, for platforms that live on Azure.", TOKEN_GATEWAY),
        strength(
            "Immutability policies keep blobs from change and deletion.",
            "Azure Blob Storage manual: Immutable storage",
        ),
        best_for("Archives of platforms on Azure.", TOKEN_GATEWAY),
        avoid("A demonstration that archives nothing.", TOKEN_GATEWAY),
        size(
            "About 190.7 TiB in one block blob.",
            "Azure Blob Storage manual: Scalability and performance targets",
        ),
        operation("Microsoft's, paid by volume and request.", "Azure Blob Storage manual: Pricing"),
    ],
    ..BLANK
};
