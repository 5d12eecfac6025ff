//! Plans one environment, service by service, and then asks what is wrong with the whole.

use std::collections::{BTreeMap, HashMap};

use bedplate_core::{Capability, Door};

use super::cache::Namespace;
use super::events::Events;
use super::planning::Context;
use super::servers::Servers;
use super::types::{DoorPlan, PLAN_VERSION, Plan, Secret, ServicePlan, Tool, Use};
use super::{connections, events, ports, variables};
use crate::codes;
use crate::manifest::{Environment, Manifest, Override, Profile, Service, Span};
use crate::problem::{Problem, Problems};

/// Everything that is known while an environment is planned.
pub(super) struct Planner<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) environment: &'a Environment,
    pub(super) context: &'a Context<'a>,
    pub(super) profile: Profile,
    pub(super) machines: u32,
    pub(super) platform: String,
    pub(super) problems: Problems,
    pub(super) servers: Servers,
    pub(super) doors: Vec<DoorPlan>,
    /// By the variable that stands for them.
    pub(super) secrets: BTreeMap<String, Secret>,
    /// Who has a database first, by server and name or by path.
    pub(super) databases: HashMap<(Option<usize>, String), (&'a Service, Span)>,
    /// The namespaces of caches on servers.
    pub(super) namespaces: Vec<Namespace>,
    /// What is published and subscribed.
    pub(super) events: Events,
    /// How many services have a bus, once it was asked.
    pub(super) bus_services: Option<usize>,
    pub(super) overrides: HashMap<&'a str, &'a Override>,
}

/// One service while it is planned.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) service: &'a Service,
    pub(super) changes: Option<&'a Override>,
    pub(super) replicas: u32,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        environment: &'a Environment,
        context: &'a Context<'a>,
    ) -> Self {
        Self {
            manifest,
            environment,
            context,
            profile: environment.profile(),
            machines: 1,
            platform: String::new(),
            problems: Problems::default(),
            servers: Servers::default(),
            doors: Vec::new(),
            secrets: BTreeMap::new(),
            databases: HashMap::new(),
            namespaces: Vec::new(),
            events: Events::default(),
            bus_services: None,
            overrides: environment.services.iter().map(|one| (one.service.as_str(), one)).collect(),
        }
    }

    /// The plan, and what is wrong.
    pub(super) fn run(mut self) -> (Plan, Problems) {
        self.platform = self.get_or(self.manifest.platform.as_ref(), "platform".to_string());
        self.machines = self.get_or(self.environment.machines.as_ref(), 1);
        let mut services = Vec::with_capacity(self.manifest.services.len());
        for service in &self.manifest.services {
            services.push(self.service(service));
        }
        let tools = self.tools();
        self.unused_engines();
        let topics = events::check(&mut self);
        super::cache::check_namespaces(&mut self);
        connections::check(&mut self);
        ports::check(&mut self, &services, &tools);
        let plan = Plan {
            version: PLAN_VERSION,
            platform: self.platform,
            environment: self.environment.name.clone(),
            profile: self.profile,
            machines: self.machines,
            services,
            servers: self.servers.into_plan(),
            doors: self.doors,
            topics,
            tools,
            secrets: self.secrets.into_values().collect(),
        };
        (plan, self.problems)
    }

    fn service(&mut self, service: &'a Service) -> ServicePlan {
        let changes = self.overrides.get(service.name.as_str()).copied();
        let replicas = changes.and_then(|one| one.replicas.as_ref()).or(service.replicas.as_ref());
        let replicas = self.get_or(replicas.or(self.environment.replicas.as_ref()), 1);
        let subject = Subject { service, changes, replicas };
        let port = changes.and_then(|one| one.port.as_ref()).or(service.port.as_ref());
        let mut plan = ServicePlan {
            name: service.name.clone(),
            port: self.get_optional(port),
            run: self.get_optional(service.run.as_ref()),
            dir: self.get_or(service.dir.as_ref(), ".".to_string()),
            replicas,
            sql: None,
            cache: None,
            bus: None,
            objects: None,
            variables: Vec::new(),
        };
        let mut made = variables::Made::default();
        plan.sql = service.sql.as_ref().and_then(|need| self.sql(subject, need, &mut made));
        plan.cache = service.cache.as_ref().and_then(|need| self.cache(subject, need, &mut made));
        plan.bus = service.bus.as_ref().and_then(|need| self.bus(subject, need, &mut made));
        plan.objects = service.objects.as_ref().and_then(|need| self.objects(subject, need, &mut made));
        plan.variables = self.variables(subject, plan.port, made);
        plan
    }

    fn tools(&mut self) -> Vec<Tool> {
        let environment = self.environment;
        environment
            .tools
            .iter()
            .filter_map(|(name, port)| Some(Tool { name: name.clone(), port: self.get(port)? }))
            .collect()
    }

    /// An engine that serves nobody is probably a need that was forgotten.
    fn unused_engines(&mut self) {
        for capability in Capability::CONTRACTS {
            let Some(choice) = self.environment.engines.get(capability).filter(|choice| !choice.off) else {
                continue;
            };
            if !self.manifest.services.iter().any(|service| service.need(capability).is_some()) {
                self.problems.push(
                    Problem::warning(
                        codes::UNUSED_ENGINE,
                        format!("no service needs `{capability}`, for which an engine is chosen here"),
                    )
                    .at(choice.span.clone())
                    .with_help(format!("add `{capability} = true` to a service, or remove this")),
                );
            }
        }
    }

    /// Notes that a service needs a secret, and returns how texts refer to it.
    pub(super) fn secret(&mut self, name: &str, generated: bool, service: &str) -> String {
        let variable = variable_name(name);
        let secret = self.secrets.entry(variable.clone()).or_insert_with(|| Secret {
            name: name.to_ascii_lowercase().replace('_', "-"),
            variable: variable.clone(),
            generated,
            used_by: Vec::new(),
        });
        if secret.used_by.last().is_none_or(|last| last != service) {
            secret.used_by.push(service.to_string());
        }
        variable
    }

    /// Notes that a service uses a door, and returns the door's address.
    pub(super) fn door(&mut self, door: &'static Door, service: &str, capability: Capability) -> String {
        let used = Use { service: service.to_string(), capability: capability.as_str() };
        if let Some(plan) = self.doors.iter_mut().find(|plan| plan.name == door.name) {
            plan.used_by.push(used);
            return plan.url.clone();
        }
        let url = format!("http://localhost:{}", door.port);
        self.doors.push(DoorPlan { name: door.name, port: door.port, url: url.clone(), used_by: vec![used] });
        url
    }
}

/// A name as part of a variable: `user-service` becomes `USER_SERVICE`.
pub(super) fn variable_name(name: &str) -> String {
    name.to_ascii_uppercase().replace(['-', '.'], "_")
}

/// A name as part of a database or a role: `user-service` becomes `user_service`.
pub(super) fn identifier(name: &str) -> String {
    name.replace(['-', '.'], "_")
}
