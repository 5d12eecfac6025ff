//! Names that belong together: services whose names collide, environments that change services which don't exist.

use std::collections::{HashMap, HashSet};

use bedplate_core::setting::nearest;

use super::walk::{names, shorten};
use crate::codes;
use crate::manifest::Manifest;
use crate::problem::{Problem, Problems};

/// How many names a message lists.
const MAX_LISTED: usize = 12;

pub(super) fn check(manifest: &Manifest, problems: &mut Problems) {
    collisions(manifest, problems);
    let known: HashSet<&str> = manifest.services().collect();
    for environment in &manifest.environments {
        for changed in environment.services.iter().filter(|one| !known.contains(one.service.as_str())) {
            if problems.is_full() {
                problems.push(Problem::error(codes::UNKNOWN_SERVICE, ""));
                continue;
            }
            let message = format!(
                "`{}` changes the service `{}`, which does not exist",
                environment.name,
                shorten(&changed.service)
            );
            let problem = Problem::error(codes::UNKNOWN_SERVICE, message).at(changed.span.clone());
            problems.push(match nearest(&changed.service, manifest.services()) {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => {
                    problem.with_help(format!("there are: {}", names(manifest.services().take(MAX_LISTED))))
                }
            });
        }
    }
}

/// Two names that differ only in case or in `-` and `_` become the same variable, database or file.
fn collisions(manifest: &Manifest, problems: &mut Problems) {
    let mut seen = HashMap::new();
    for service in &manifest.services {
        let folded = service.name.to_lowercase().replace('-', "_");
        let Some(first) = seen.get(&folded).copied() else {
            seen.insert(folded, service);
            continue;
        };
        let first: &crate::manifest::Service = first;
        let message = format!(
            "the services `{}` and `{}` have the same name in variables and file names",
            first.name, service.name
        );
        problems.push(
            Problem::error(codes::DUPLICATE_SERVICE, message)
                .at(service.span.clone())
                .with_related(first.span.clone(), "the first one")
                .with_help("give one of them another name"),
        );
    }
}
