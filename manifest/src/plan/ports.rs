//! Ports that two things of an environment want.

use std::collections::HashMap;

use super::planner::Planner;
use super::types::{ServicePlan, Tool};
use crate::codes;
use crate::manifest::{Profile, Span};
use crate::problem::Problem;

/// The host of what runs beside the services; servers elsewhere have a host of their own.
const LOCAL: &str = "localhost";

pub(super) fn check(planner: &mut Planner<'_>, services: &[ServicePlan], tools: &[Tool]) {
    let mut wanted: Vec<(String, u16, String, Span)> = Vec::new();
    for (plan, service) in services.iter().zip(&planner.manifest.services) {
        let Some(port) = plan.port else { continue };
        let changed = planner.overrides.get(service.name.as_str());
        let value = changed.and_then(|one| one.port.as_ref()).or(service.port.as_ref());
        let span = value.map_or(service.span.clone(), |value| value.span.clone());
        wanted.push((LOCAL.into(), port, format!("the service `{}`", service.name), span));
    }
    for server in planner.servers.iter() {
        let host = match planner.profile {
            Profile::Development if is_loopback(&server.plan.host) => LOCAL.to_string(),
            _ => server.plan.host.clone(),
        };
        wanted.push((
            host,
            server.plan.port,
            format!("the server `{}`", server.plan.name),
            server.span.clone(),
        ));
    }
    for door in &planner.doors {
        let engines = &planner.environment.engines;
        let chosen = [&engines.bus, &engines.objects].into_iter().flatten().next();
        let span = chosen.map_or(planner.environment.span.clone(), |choice| choice.span.clone());
        wanted.push((LOCAL.into(), door.port, format!("the local endpoint `{}`", door.name), span));
    }
    for tool in tools {
        let written = planner.environment.tools.iter().find(|(name, _)| *name == tool.name);
        let span = written.map_or(0..0, |(_, value)| value.span.clone());
        wanted.push((LOCAL.into(), tool.port, format!("the tool `{}`", tool.name), span));
    }
    let mut taken: HashMap<(String, u16), (String, Span)> = HashMap::new();
    for (host, port, who, span) in wanted {
        let Some((first, place)) = taken.get(&(host.clone(), port)) else {
            taken.insert((host, port), (who, span));
            continue;
        };
        planner.problems.push(
            Problem::error(codes::PORT_TAKEN, format!("the port {port} is used by {first} and by {who}"))
                .at(span)
                .with_related(place.clone(), format!("{first} has it"))
                .with_help("give one of them another port"),
        );
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "0.0.0.0")
}
