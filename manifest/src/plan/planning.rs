//! From a manifest to the plan of one environment, with everything that is wrong there.

use bedplate_core::{Capability, Engine};

use super::planner::Planner;
use super::types::Plan;
use crate::check::unknown_environment;
use crate::manifest::Manifest;
use crate::problem::{Problem, Problems};

/// What a plan depends on beside the manifest.
pub struct Context<'a> {
    /// The value of an environment variable.
    pub variables: &'a dyn Fn(&str) -> Option<String>,
    /// Whether this build can open a capability of an engine.
    pub opens: &'a dyn Fn(&Engine, Capability) -> bool,
}

/// What planning came to.
#[derive(Debug, Clone)]
pub struct Planning {
    /// The plan. With errors among the problems it shows what was meant, and needs whose engine isn't known are absent.
    pub plan: Option<Plan>,
    /// Everything wrong in this environment, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Plans one environment of a manifest.
pub fn plan(manifest: &Manifest, environment: &str, context: &Context<'_>) -> Planning {
    let mut problems = Problems::default();
    let found = manifest.environments.iter().find(|one| one.name == environment);
    let plan = match found {
        Some(found) => {
            let (plan, found) = Planner::new(manifest, found, context).run();
            problems = found;
            Some(plan)
        }
        None => {
            unknown_environment(manifest, environment, &mut problems);
            None
        }
    };
    let mut problems = problems.into_sorted();
    for problem in &mut problems {
        problem.hidden = manifest.hidden.clone();
        if plan.is_some() {
            problem.environments = vec![environment.to_string()];
        }
    }
    Planning { plan, problems }
}
