//! UploadThing: a hosted service for files that users upload.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, objects};

use crate::facts::*;
use crate::sources::RESIDENTS;

/// UploadThing.
pub static UPLOADTHING: Engine = Engine {
    name: "uploadthing",
    title: "UploadThing",
    summary: "A hosted service for files that users upload from a browser.",
    form: Form::Hosted,
    schemes: &["uploadthing"],
    licence: "Hosted by UploadThing",
    clients: &[secret("UPLOADTHING_TOKEN")],
    objects: Some(Offer {
        maturity: Maturity::Planned,
        features: objects::Features {
            reach: Reach::Network,
            presigned_urls: Promise::Native,
            retention: Promise::Refused,
            ..objects::Features::NONE
        },
    }),
    facts: &[
        strength("Components for the browser: an upload is a few lines.", RESIDENTS),
        strength("Optimizes and resizes images, and serves files from a content network.", RESIDENTS),
        strength("Access control is built in; the database keeps only URL, type, size and owner.", RESIDENTS),
        weakness("Nothing local: development needs the service as well.", RESIDENTS),
        weakness("Keeps nothing from deletion.", "UploadThing manual: UTApi"),
        best_for("Images and attachments of a web application's users.", RESIDENTS),
        avoid("Archives that must be kept unchanged.", "UploadThing manual: UTApi"),
        operation("UploadThing's.", RESIDENTS),
    ],
    ..BLANK
};
