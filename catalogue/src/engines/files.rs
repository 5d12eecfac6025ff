//! Files: an object store in a folder of this machine.

use bedplate_core::{Engine, Form, Maturity, Offer, Promise, Reach, Setting, SettingKind, objects};

use crate::facts::*;
use crate::sources::TOKEN_GATEWAY;

/// Whether a put waits for the disk.
pub const SYNC: Setting = Setting {
    name: "sync",
    doc: "Whether a put returns only when the object survives a power cut.",
    kind: SettingKind::Bool,
    default: "true",
};

/// Files.
pub static FILES: Engine = Engine {
    name: "files",
    title: "Files",
    summary: "Objects as files in a folder of this machine.",
    form: Form::Embedded,
    schemes: &["files"],
    aliases: &["filesystem", "fs"],
    licence: "MIT OR Apache-2.0",
    settings: &[SYNC],
    objects: Some(Offer {
        maturity: Maturity::Proven,
        features: objects::Features {
            reach: Reach::Machine,
            presigned_urls: Promise::Refused,
            retention: Promise::Refused,
            max_key_bytes: Some(1_024),
            // A file's name has 255 bytes at most; longer parts go on in folders.
            max_key_part_bytes: None,
            max_object_bytes: None,
            max_metadata_bytes: Some(2_048),
            max_presigned_seconds: None,
        },
    }),
    facts: &[
        strength("Nothing to run, and readable with every tool.", TOKEN_GATEWAY),
        weakness("One machine's disk: replicas elsewhere don't see it.", TOKEN_GATEWAY),
        weakness(
            "Keeps nothing from deletion: whoever owns the folder may change it.",
            "POSIX manual: unlink",
        ),
        best_for("A pilot that has files to keep.", TOKEN_GATEWAY),
        avoid("Production on several machines, and archives.", TOKEN_GATEWAY),
        size("What the disk holds.", "POSIX manual: write"),
        operation("Nothing runs. The folder is backed up like any other.", TOKEN_GATEWAY),
    ],
    ..BLANK
};
