//! Pools times replicas, against what each server allows.

use bedplate_catalogue::by_name;

use super::planner::Planner;
use super::types::Connections;
use crate::codes;
use crate::problem::Problem;

/// How many of the largest pools a problem points at.
const MAX_SHOWN: usize = 5;

pub(super) fn check(planner: &mut Planner<'_>) {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for (at, server) in planner.servers.iter().enumerate().filter(|(_, server)| !server.pools.is_empty()) {
        let default = by_name(server.plan.engine).and_then(|engine| engine.connections);
        let stated = server.max_connections.as_ref().map(|(allowed, _)| *allowed);
        let Some(allowed) = stated.or(default).map(u64::from) else { continue };
        let product = |limit: u32, replicas: u32| u64::from(limit) * u64::from(replicas);
        let needed: u64 = server.pools.iter().map(|(_, _, limit, replicas)| product(*limit, *replicas)).sum();
        found.push((at, Connections { needed, allowed, stated: stated.is_some() }));
        if needed <= allowed {
            continue;
        }
        let mut pools: Vec<_> = server.pools.iter().collect();
        pools.sort_by_key(|(_, span, limit, replicas)| {
            (std::cmp::Reverse(product(*limit, *replicas)), span.start)
        });
        let name = &server.plan.name;
        let sum = sum(&pools, needed);
        let mut problem = match &server.max_connections {
            Some((_, span)) => Problem::error(
                codes::TOO_MANY_CONNECTIONS,
                format!("`{name}` allows {allowed} connections, and the services may open {sum}"),
            )
            .at(span.clone())
            .with_help("lower `connection_limit` or `replicas`, raise `max_connections`, or give a service a server of its own"),
            None => Problem::warning(
                codes::TOO_MANY_CONNECTIONS,
                format!("`{name}` allows {allowed} connections by default, and the services may open {sum}"),
            )
            .at(server.span.clone())
            .with_help("say `max_connections` if the server allows more, or lower `connection_limit` or `replicas`"),
        };
        for (service, span, limit, replicas) in pools.iter().take(MAX_SHOWN) {
            problem = problem.with_related(
                span.clone(),
                format!("`{service}`: {limit} connections x {replicas} = {}", product(*limit, *replicas)),
            );
        }
        problems.push(problem);
    }
    for (at, connections) in found {
        planner.servers.set_connections(at, connections);
    }
    for problem in problems {
        planner.problems.push(problem);
    }
}

/// `3 x 20 + 2 x 20 = 100`, or only the sum where there are many.
fn sum(pools: &[&(String, crate::manifest::Span, u32, u32)], needed: u64) -> String {
    if pools.len() > MAX_SHOWN {
        return format!("{needed} ({} services)", pools.len());
    }
    let terms: Vec<String> =
        pools.iter().map(|(_, _, limit, replicas)| format!("{replicas} x {limit}")).collect();
    format!("{} = {needed}", terms.join(" + "))
}
