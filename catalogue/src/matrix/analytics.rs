//! The rules for what reports and aggregations run on, beside the services' database.

use super::rule::{NONE, Need, Note, Rule};
use super::workload::AnalyticsNeed;
use crate::sources::{RESIDENTS, SAAS_STARTER};

const ANALYTICS: Need = Need::Analytics;

#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    ANALYTICS.gains(NONE, 100, "not-asked-for", |w| !w.analyses(), "An analytical database is optional, and nothing asks for one.", SAAS_STARTER),
    ANALYTICS.out(NONE, "asked-for", |w| w.analyses(), "Analytics are asked for.", SAAS_STARTER),

    ANALYTICS.gains("duckdb", 60, "aggregations", |w| w.analytics(AnalyticsNeed::Aggregations), "Columnar, vectorized, on all cores: made for large aggregations.", SAAS_STARTER),
    ANALYTICS.gains("duckdb", 20, "reports", |w| w.analytics(AnalyticsNeed::Reports), "Reports and business intelligence are what it is for.", SAAS_STARTER),
    ANALYTICS.gains("duckdb", 40, "lake-files", |w| w.analytics.lake_files, "Queries Parquet files where they lie.", SAAS_STARTER),

    ANALYTICS.gains("postgres", 50, "reports", |w| w.analytics(AnalyticsNeed::Reports), "Reports and aggregations run in the database that has the data already.", RESIDENTS),
    ANALYTICS.gains("postgres", 15, "aggregations", |w| w.analytics(AnalyticsNeed::Aggregations), "Complex queries and aggregations are built in.", RESIDENTS),

    ANALYTICS.gains("sqlite", 5, "reports", |w| w.analytics(AnalyticsNeed::Reports), "Small reports run where the data is.", SAAS_STARTER),
    ANALYTICS.loses("sqlite", 30, "aggregations", |w| w.analytics(AnalyticsNeed::Aggregations), "Large aggregations are slow in it.", SAAS_STARTER),
];

#[rustfmt::skip]
pub(super) static NOTES: &[Note] = &[
    ANALYTICS.note("duckdb", |w| w.analyses(), "beside the services' database: it takes no transactions", SAAS_STARTER),
];
