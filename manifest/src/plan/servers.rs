//! The servers of an environment: who shares one, who has one of its own, and where each is.

use std::collections::HashMap;

use bedplate_core::{ARCHIVE_FOLDER, Engine, Form};

use super::choose::Chosen;
use super::planner::{Planner, Subject};
use super::types::{ArchivePlan, Connections, DatabasePlan, ServerPlan, Use};
use crate::manifest::{Profile, Span};

/// What is known about a server while its environment is planned.
pub(super) struct Server {
    pub(super) plan: ServerPlan,
    /// Where its port or its engine was chosen.
    pub(super) span: Span,
    /// Pools on it: the service, its place, connections and replicas.
    pub(super) pools: Vec<(String, Span, u32, u32)>,
    /// What the manifest says it allows.
    pub(super) max_connections: Option<(u32, Span)>,
}

/// A server by what tells it from others; the service is part of it where the server is its own.
type Identity = (&'static str, String, u16, Option<String>);

/// The servers in the order in which they are first used.
#[derive(Default)]
pub(super) struct Servers {
    list: Vec<Server>,
    places: HashMap<Identity, usize>,
    names: HashMap<String, u32>,
    /// How many of an engine's servers belong to a single service and have no port of their own.
    dedicated: HashMap<&'static str, u16>,
}

impl Servers {
    pub(super) fn get(&self, at: usize) -> &Server {
        &self.list[at]
    }

    pub(super) fn get_mut(&mut self, at: usize) -> &mut Server {
        &mut self.list[at]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Server> {
        self.list.iter()
    }

    pub(super) fn set_connections(&mut self, at: usize, connections: Connections) {
        self.list[at].plan.connections = Some(connections);
    }

    pub(super) fn into_plan(self) -> Vec<ServerPlan> {
        self.list.into_iter().map(|server| server.plan).collect()
    }

    /// A name that no other server has.
    fn name(&mut self, wanted: String) -> String {
        let count = self.names.entry(wanted.clone()).or_default();
        *count += 1;
        if *count == 1 { wanted } else { format!("{wanted}-{count}") }
    }
}

impl<'a> Planner<'a> {
    /// The server of a need; `None` for an engine that has none, because it is embedded or a cloud runs it.
    pub(super) fn server(&mut self, subject: Subject<'a>, chosen: &Chosen) -> Option<usize> {
        let engine = chosen.engine;
        if engine.form != Form::Server {
            return None;
        }
        let service = &subject.service.name;
        let default_port = engine.ports.first().map_or(0, |port| port.number);
        let own_name = format!("{}-{service}", engine.name);
        let default_host = match (self.profile, chosen.own_server) {
            (Profile::Development, _) => "localhost",
            (_, true) => own_name.as_str(),
            (_, false) => engine.name,
        };
        let (url_host, url_port) = match chosen.address.as_ref().and_then(|address| address.hosts().first()) {
            Some((host, port)) => (Some(host.clone()), *port),
            None => (None, None),
        };
        let host = url_host.or_else(|| chosen.host.clone()).unwrap_or_else(|| default_host.to_string());
        let port = url_port.or(chosen.port).unwrap_or_else(|| {
            // On one machine, servers without a port of their own stand side by side.
            if self.profile != Profile::Development || !chosen.own_server {
                return default_port;
            }
            let before = self.servers.dedicated.entry(engine.name).or_default();
            *before += 1;
            default_port.saturating_add(*before - 1)
        });
        let identity = (engine.name, host.clone(), port, chosen.own_server.then(|| service.clone()));
        let at = match self.servers.places.get(&identity) {
            Some(at) => *at,
            None => {
                let name =
                    self.servers.name(if chosen.own_server { own_name } else { engine.name.to_string() });
                let span =
                    if chosen.port_span.is_empty() { chosen.span.clone() } else { chosen.port_span.clone() };
                self.servers.list.push(Server {
                    plan: ServerPlan {
                        name,
                        engine: engine.name,
                        form: engine.form,
                        host,
                        port,
                        databases: Vec::new(),
                        used_by: Vec::new(),
                        connections: None,
                        archive: None,
                    },
                    span,
                    pools: Vec::new(),
                    max_connections: None,
                });
                self.servers.places.insert(identity, self.servers.list.len() - 1);
                self.servers.list.len() - 1
            }
        };
        let server = self.servers.get_mut(at);
        server.plan.used_by.push(Use { service: service.clone(), capability: chosen.capability.as_str() });
        if server.max_connections.is_none() {
            server.max_connections.clone_from(&chosen.max_connections);
        }
        if server.plan.archive.is_none() {
            server.plan.archive = chosen.archive.as_deref().map(|folder| archive(engine, folder));
        }
        Some(at)
    }

    /// A database on a server, with its role.
    pub(super) fn database(&mut self, at: usize, database: DatabasePlan) {
        let databases = &mut self.servers.get_mut(at).plan.databases;
        if !databases
            .iter()
            .rev()
            .take(1)
            .any(|one| one.name == database.name && one.service == database.service)
        {
            databases.push(database);
        }
    }
}

/// How an engine's server is told to archive into a folder.
fn archive(engine: &Engine, folder: &str) -> ArchivePlan {
    let setting = |(name, value): &(&str, &str)| (name.to_string(), value.replace(ARCHIVE_FOLDER, folder));
    ArchivePlan { folder: folder.to_string(), settings: engine.archive.iter().map(setting).collect() }
}
