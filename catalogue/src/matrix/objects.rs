//! The rules for the object store.

use super::rule::{NONE, Need, Note, Rule};
use super::workload::Cloud;
use crate::engines::minio::ARCHIVED;
use crate::sources::{RESIDENTS, TOKEN_GATEWAY};

const OBJECTS: Need = Need::Objects;

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    OBJECTS.gains(NONE, 100, "database-only", |w| !w.stores_objects(), "The database holds everything; nothing has to be archived.", TOKEN_GATEWAY),
    OBJECTS.out(NONE, "files", |w| w.stores_objects(), "There are files to keep.", RESIDENTS),
    OBJECTS.out(NONE, "archive", |w| w.objects.archive, "A durable archive is needed.", TOKEN_GATEWAY),

    OBJECTS.gains("files", 60, "pilot", |w| w.stores_objects() && w.pilot(), "The alternative for a pilot that has files to keep.", TOKEN_GATEWAY),
    OBJECTS.gains("files", 10, "one-machine", |w| w.stores_objects() && !w.distributed(), "One machine's disk will do for one machine.", TOKEN_GATEWAY),
    OBJECTS.out("files", "not-distributed", |w| w.distributed(), "Other machines don't see this one's disk.", TOKEN_GATEWAY),
    OBJECTS.out("files", "archive", |w| w.objects.archive, "Keeps nothing from change or deletion.", "POSIX manual: unlink"),

    OBJECTS.gains("s3", 20, "objects", |w| w.stores_objects(), "Durable, and the protocol that everybody speaks.", TOKEN_GATEWAY),
    OBJECTS.gains("s3", 30, "production", |w| w.stores_objects() && w.production(), "The choice for production.", TOKEN_GATEWAY),
    OBJECTS.gains("s3", 30, "archive", |w| w.objects.archive, "Immutable archives, versions against tampering, retention policies.", TOKEN_GATEWAY),
    OBJECTS.gains("s3", 20, "on-aws", |w| w.stores_objects() && w.cloud_is(Cloud::Aws), "Fits the rest of AWS.", TOKEN_GATEWAY),
    OBJECTS.loses("s3", 50, "another-cloud", |w| w.cloud_is(Cloud::Gcp) || w.cloud_is(Cloud::Azure), "Another cloud has a store of its own.", TOKEN_GATEWAY),
    OBJECTS.loses("s3", 40, "unnecessary", |w| w.pilot() && !w.objects.archive, "Unnecessary for a pilot.", TOKEN_GATEWAY),
    OBJECTS.out("s3", "self-hosted", |w| w.objects.self_hosted, "Amazon runs it.", TOKEN_GATEWAY),

    OBJECTS.gains("gcs", 20, "objects", |w| w.stores_objects(), "Durable, and Google runs it.", TOKEN_GATEWAY),
    OBJECTS.gains("gcs", 70, "on-google-cloud", |w| w.stores_objects() && w.cloud_is(Cloud::Gcp), "The alternative to S3 outside AWS: Google Cloud's own.", TOKEN_GATEWAY),
    OBJECTS.gains("gcs", 30, "archive", |w| w.objects.archive, "Retention of objects can be locked.", "Google Cloud Storage manual: Object Retention Lock"),
    OBJECTS.loses("gcs", 40, "another-cloud", |w| !w.cloud_is(Cloud::Gcp), "An alternative for platforms on Google Cloud.", TOKEN_GATEWAY),
    OBJECTS.loses("gcs", 40, "unnecessary", |w| w.pilot() && !w.objects.archive, "Unnecessary for a pilot.", TOKEN_GATEWAY),
    OBJECTS.out("gcs", "self-hosted", |w| w.objects.self_hosted, "Google runs it.", TOKEN_GATEWAY),

    OBJECTS.gains("azure", 20, "objects", |w| w.stores_objects(), "Durable, and Microsoft runs it.", TOKEN_GATEWAY),
    OBJECTS.gains("azure", 70, "on-azure", |w| w.stores_objects() && w.cloud_is(Cloud::Azure), "The alternative to S3 on Azure.", TOKEN_GATEWAY),
    OBJECTS.gains("azure", 30, "archive", |w| w.objects.archive, "Immutability policies keep blobs unchanged.", "Azure Blob Storage manual: Immutable storage"),
    OBJECTS.loses("azure", 40, "another-cloud", |w| !w.cloud_is(Cloud::Azure), "An alternative for platforms on Azure.", TOKEN_GATEWAY),
    OBJECTS.loses("azure", 40, "unnecessary", |w| w.pilot() && !w.objects.archive, "Unnecessary for a pilot.", TOKEN_GATEWAY),
    OBJECTS.out("azure", "self-hosted", |w| w.objects.self_hosted, "Microsoft runs it.", TOKEN_GATEWAY),

    OBJECTS.gains("minio", 80, "self-hosted", |w| w.objects.self_hosted, "The alternative to S3 on one's own machines.", TOKEN_GATEWAY),
    OBJECTS.loses("minio", 40, "hosted-will-do", |w| !w.objects.self_hosted, "An alternative for those who must host it themselves.", TOKEN_GATEWAY),
    OBJECTS.loses("minio", 40, "unnecessary", |w| w.pilot() && !w.objects.archive, "Unnecessary for a pilot.", TOKEN_GATEWAY),
    OBJECTS.loses("minio", 15, "archived-project", |_| true, "No longer developed.", ARCHIVED),

    OBJECTS.gains("uploadthing", 110, "uploads", |w| w.objects.uploads, "Uploads from the browser, with image sizes, access control and a content network.", RESIDENTS),
    OBJECTS.loses("uploadthing", 30, "no-uploads", |w| !w.objects.uploads, "Made for what users upload.", RESIDENTS),
    OBJECTS.out("uploadthing", "archive", |w| w.objects.archive, "Keeps nothing from deletion.", "UploadThing manual: UTApi"),
    OBJECTS.out("uploadthing", "self-hosted", |w| w.objects.self_hosted, "A hosted service.", RESIDENTS),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    OBJECTS.note("s3", |w| w.objects.archive, "versioning and retention policies for the audit logs", TOKEN_GATEWAY),
    OBJECTS.note("minio", |w| w.objects.self_hosted, "for new installations a maintained store that speaks S3 instead, such as SeaweedFS, Garage or RustFS", ARCHIVED),
    OBJECTS.note("uploadthing", |w| w.objects.uploads, "URL, media type, size and owner of each file in the database", RESIDENTS),
];
