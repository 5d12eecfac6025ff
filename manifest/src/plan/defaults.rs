//! The engines that are named where nobody has chosen one.

use bedplate_catalogue::{FILES, MEMORY, NATS, POSTGRES, REDIS, S3, SQLITE};
use bedplate_core::{Capability, Engine};

use super::planner::Planner;
use crate::codes;
use crate::manifest::Profile;
use crate::problem::Problem;

struct Row {
    capability: Capability,
    /// What development takes.
    development: &'static Engine,
    /// What a message suggests elsewhere.
    elsewhere: &'static Engine,
}

static ROWS: [Row; 4] = [
    Row { capability: Capability::Sql, development: &SQLITE, elsewhere: &POSTGRES },
    Row { capability: Capability::Cache, development: &MEMORY, elsewhere: &REDIS },
    // A bus is durable unless a service says otherwise.
    Row { capability: Capability::Bus, development: &SQLITE, elsewhere: &NATS },
    Row { capability: Capability::Objects, development: &FILES, elsewhere: &S3 },
];

impl Planner<'_> {
    /// Development has an engine for every need; elsewhere the choice is somebody's to make.
    pub(super) fn default_engine(&mut self, capability: Capability) -> Option<&'static Engine> {
        let row = ROWS.iter().find(|row| row.capability == capability)?;
        if self.profile == Profile::Development {
            return Some(row.development);
        }
        let (name, engine) = (&self.environment.name, row.elsewhere.name);
        let message =
            format!("`{name}` doesn't say which engine serves `{capability}`, and a service needs it");
        self.problems.push(
            Problem::error(codes::MISSING_KEY, message).at(self.environment.span.clone()).with_help(format!(
                "add `{capability} = \"{engine}\"` to `[environments.{name}]`; `bedplate recommend` helps to choose"
            )),
        );
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contract_has_defaults_that_can_serve_it() {
        for capability in Capability::CONTRACTS {
            let rows: Vec<&Row> = ROWS.iter().filter(|row| row.capability == capability).collect();
            assert_eq!(rows.len(), 1, "{capability}");
            for engine in [rows[0].development, rows[0].elsewhere] {
                assert!(engine.offers(capability), "{} has no `{capability}`", engine.name);
            }
        }
    }
}
