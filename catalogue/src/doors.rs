//! The doors of ours that stand in for hosted products in development.

use bedplate_core::Door;

/// The protocols of Amazon's SQS, SNS and S3.
pub static AWS: Door = Door {
    name: "aws",
    // Where people expect AWS on their own machine: LocalStack's edge port.
    port: 4566,
    endpoint: "AWS_ENDPOINT_URL",
    // Every SDK refuses to start without credentials.
    credentials: &[("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")],
};
