//! Manifest and environment, resolved: every engine, address, name, reference and variable.

mod bus;
mod cache;
mod choose;
mod connections;
mod defaults;
mod engines;
mod events;
mod mermaid;
mod objects;
mod planner;
mod planning;
mod ports;
mod promises;
mod reach;
mod resolve;
mod servers;
mod sql;
mod types;
mod url;
mod variables;

pub use planning::{Context, Planning, plan};
pub use types::{
    Bucket, BusPlan, CachePlan, Connections, DatabasePlan, DoorPlan, ObjectsPlan, PLAN_VERSION, Plan, Pool,
    Secret, ServerPlan, ServicePlan, SqlPlan, SubscriptionPlan, Tool, Topic, Use, Variable,
};
