//! `bedplate.toml`: from text to a [`Manifest`], its [`Problem`]s and a [`Plan`].
//!
//! Nothing here reads a clock, a disk, a network or the environment: whatever is needed is handed in.
//!
//! ```
//! use bedplate_manifest::{Context, Source, check};
//!
//! let source = Source::new("bedplate.toml", "platform = \"shop\"\n\n[services.orders]\nsql = true\n");
//! let context = Context { variables: &|_| None, opens: &|_, _| true };
//! assert!(check(&source, &[], &context).problems.is_empty());
//! ```

mod check;
mod codes;
mod keys;
mod limits;
mod manifest;
mod plan;
mod problem;
mod read;
mod render;
mod source;
mod template;

pub use check::{Checked, check};
pub use codes::{CODES, Code, explain};
pub use keys::{Key, Kind, ROOT, Section, Shape, reference, schema};
pub use limits::{MAX_ENTRIES, MAX_ENVIRONMENTS, MAX_SERVICES};
pub use manifest::{Manifest, Profile};
pub use plan::{
    Bucket, BusPlan, CachePlan, Connections, Context, DatabasePlan, DoorPlan, ObjectsPlan, PLAN_VERSION,
    Plan, Planning, Pool, Secret, ServerPlan, ServicePlan, SqlPlan, SubscriptionPlan, Tool, Topic, Use,
    Variable, plan,
};
pub use problem::{MAX_PROBLEMS, Problem, Related, Severity};
pub use read::{Reading, read};
pub use render::render;
pub use source::{MAX_MANIFEST_BYTES, Position, Source};
