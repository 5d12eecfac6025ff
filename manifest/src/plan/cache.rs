//! A service's cache: its namespace, its keys, and whether everyone who must share it can.

use bedplate_core::{Address, Capability, Form, Reach};

use super::choose::Chosen;
use super::planner::{Planner, Subject};
use super::sql::millis;
use super::types::CachePlan;
use super::url;
use super::variables::{Made, Reached};
use crate::codes;
use crate::manifest::{CacheNeed, Span};
use crate::problem::Problem;

/// A namespace with the service that has it and its place.
pub(super) struct Namespace {
    pub(super) server: usize,
    pub(super) prefix: String,
    pub(super) service: String,
    pub(super) span: Span,
}

impl<'a> Planner<'a> {
    pub(super) fn cache(
        &mut self,
        subject: Subject<'a>,
        need: &'a CacheNeed,
        made: &mut Made,
    ) -> Option<CachePlan> {
        let chosen = self.choose(subject, Capability::Cache)?;
        let service = &subject.service.name;
        let shared = self.get_or(need.shared.as_ref(), false);
        self.check_promises(subject, &chosen, &need.promises);
        if shared {
            let span = need.shared.as_ref().map_or(need.choice.span.clone(), |value| value.span.clone());
            self.check_shared_cache(subject, &chosen, span);
        }
        let namespace = self.get_or(need.namespace.as_ref(), format!("{service}:"));
        let keys =
            need.keys.iter().filter_map(|key| self.get(key)).map(|key| format!("{namespace}{key}")).collect();
        let server = self.server(subject, &chosen);
        if let Some(at) = server {
            let span = need.namespace.as_ref().map_or(need.choice.span.clone(), |value| value.span.clone());
            self.namespaces.push(Namespace {
                server: at,
                prefix: namespace.clone(),
                service: service.clone(),
                span,
            });
        }
        let url = self.shared_url(&chosen, server, "cache.db")?;
        self.own_secrets(&chosen.secrets, service);
        made.add("CACHE_URL", url.clone(), chosen.secrets.clone());
        made.add("CACHE_NAMESPACE", namespace.clone(), Vec::new());
        let place = server.map(|at| (self.servers.get(at).plan.host.clone(), self.servers.get(at).plan.port));
        let place = place.as_ref().map(|(host, port)| (host.as_str(), *port));
        made.client(self, subject, &chosen, Reached { url: &url, bucket: None, place });
        Some(CachePlan {
            engine: chosen.engine.name,
            server: server.map(|at| self.servers.get(at).plan.name.clone()),
            url,
            namespace,
            keys,
            lifetime_ms: millis(chosen.lifetime),
            shared,
            promises: self.get_all(&need.promises),
        })
    }

    /// The address of an engine that several services share: a server, a file of the environment, or this process.
    pub(super) fn shared_url(
        &mut self,
        chosen: &Chosen,
        server: Option<usize>,
        file: &str,
    ) -> Option<String> {
        let scheme = *chosen.engine.schemes.first()?;
        let mut address = match (&chosen.address, server) {
            (Some(given), _) if !given.hosts().is_empty() || !given.path().is_empty() => given.clone(),
            (_, Some(at)) => {
                let plan = &self.servers.get(at).plan;
                url::server(scheme, &plan.host, plan.port)?
            }
            // What only its process sees has no file.
            (_, None) if chosen.engine.form != Form::Embedded || chosen.reach() == Reach::Process => {
                url::path(scheme, "")?
            }
            (_, None) => url::path(scheme, &format!("./.bedplate/{}/{file}", self.environment.name))?,
        };
        for (name, value) in chosen.address.iter().flat_map(Address::query).chain(&chosen.settings) {
            address = address.with_setting(name, value);
        }
        Some(url::write(&address, &chosen.secrets))
    }
}

/// Two namespaces on one server collide where one begins with the other.
pub(super) fn check_namespaces(planner: &mut Planner<'_>) {
    let mut list = std::mem::take(&mut planner.namespaces);
    list.sort_by(|a, b| (a.server, &a.prefix, a.span.start).cmp(&(b.server, &b.prefix, b.span.start)));
    // In this order whatever begins with a namespace follows it directly.
    let mut outer: Option<&Namespace> = None;
    for inner in &list {
        match outer.filter(|outer| outer.server == inner.server && inner.prefix.starts_with(&outer.prefix)) {
            None => outer = Some(inner),
            Some(outer) => {
                let message = format!(
                    "the cache keys of `{}` begin with `{}`, and those of `{}` with `{}`: they can collide",
                    inner.service, inner.prefix, outer.service, outer.prefix
                );
                planner.problems.push(
                    Problem::error(codes::NAMESPACE_SHARED, message)
                        .at(inner.span.clone())
                        .with_related(outer.span.clone(), format!("`{}`", outer.service))
                        .with_help(format!(
                            "give each service a namespace of its own, such as `{}:`",
                            inner.service
                        )),
                );
            }
        }
    }
}
