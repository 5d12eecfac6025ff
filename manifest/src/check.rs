//! Reads a manifest, plans its environments, and joins what is wrong with all of them.

use std::collections::HashMap;

use bedplate_core::setting::nearest;

use crate::codes;
use crate::manifest::Manifest;
use crate::plan::{Context, Plan, plan};
use crate::problem::{MAX_PROBLEMS, Problem, Problems, Severity, sort};
use crate::read::read;
use crate::source::Source;

/// What checking a manifest came to.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The manifest as far as it could be read.
    pub manifest: Option<Manifest>,
    /// The plan of each environment that was checked, in their order; an environment without one is absent.
    pub plans: Vec<Plan>,
    /// Everything wrong, in the order of the file. What several environments have in common stands here once.
    pub problems: Vec<Problem>,
}

impl Checked {
    /// Whether anything is wrong that keeps the platform from starting.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// Checks a manifest in the environments named, or in all of them where none is.
pub fn check(source: &Source, environments: &[&str], context: &Context<'_>) -> Checked {
    let reading = read(source);
    let mut problems = reading.problems;
    let mut plans = Vec::new();
    if let Some(manifest) = &reading.manifest {
        let all: Vec<&str> = manifest.environments().collect();
        let chosen: Vec<&str> = if environments.is_empty() { all.clone() } else { environments.to_vec() };
        let mut joined = Joined::default();
        for name in &chosen {
            let planning = plan(manifest, name, context);
            plans.extend(planning.plan);
            joined.add(planning.problems);
        }
        let selected = chosen.len() == 1 && all.len() > 1;
        problems.extend(if selected { joined.list } else { joined.finish(chosen.len()) });
        sort(&mut problems);
        if problems.len() > MAX_PROBLEMS + 1 {
            let beyond = problems.len() - MAX_PROBLEMS;
            problems.truncate(MAX_PROBLEMS);
            problems.push(
                Problem::error(codes::TOO_MANY, format!("there are {beyond} more problems"))
                    .with_help("put the first ones right and check again"),
            );
        }
    }
    Checked { manifest: reading.manifest, plans, problems }
}

/// The problems of several environments, each once.
#[derive(Default)]
struct Joined {
    list: Vec<Problem>,
    places: HashMap<(&'static str, Option<std::ops::Range<usize>>, String), usize>,
}

impl Joined {
    fn add(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            let key = (problem.code, problem.span.clone(), problem.message.clone());
            match self.places.get(&key) {
                Some(at) => self.list[*at].environments.extend(problem.environments),
                None => {
                    self.places.insert(key, self.list.len());
                    self.list.push(problem);
                }
            }
        }
    }

    /// What every environment has is no matter of environments.
    fn finish(mut self, checked: usize) -> Vec<Problem> {
        for problem in &mut self.list {
            if problem.environments.len() == checked {
                problem.environments.clear();
            }
        }
        self.list
    }
}

/// The problem of asking for an environment that isn't there.
pub(crate) fn unknown_environment(manifest: &Manifest, name: &str, problems: &mut Problems) {
    let shown = crate::read::shorten(name);
    let problem = Problem::error(codes::UNKNOWN_ENVIRONMENT, format!("there is no environment `{shown}`"));
    problems.push(match nearest(name, manifest.environments()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help(format!("there are: {}", crate::read::names(manifest.environments()))),
    });
}
