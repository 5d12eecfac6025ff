//! The decision matrix: from a [`Workload`] to a ranking of the engines for each [`Need`], with the rules that fired.
//!
//! A rule is data: an engine, a need, a weight, a condition, a sentence and its source. There is one table for each need. An
//! engine's score is the sum of its rules' weights; one that a rule rules out stands behind all others whatever its score.
//! `none` is a candidate like any other wherever a platform can do without.
//!
//! Nothing here knows the time, the machine or the build: the same workload gets the same answer.

mod analytics;
mod bus;
mod cache;
mod database;
mod objects;
mod recommend;
mod rule;
mod vectors;
mod workload;

pub use recommend::{Answer, Companion, Ranked, Reason, Recommendation, recommend, rules};
pub use rule::{NONE, Need, Note, Rule, Verdict};
pub use workload::{
    Analytics, AnalyticsNeed, Bus, BusNeed, Cache, CacheUse, Cloud, Database, HIGH_RATE, LOW_RATE, Objects,
    Operations, Platform, Relations, Routing, Scale, Schema, Stage, Structures, Vectors, Work, Workload,
};
