//! A service's part in the events: what it publishes, and what it handles in which group.

use std::collections::HashSet;

use bedplate_core::{Capability, Form};

use super::choose::Chosen;
use super::planner::{Planner, Subject, identifier};
use super::sql::millis;
use super::types::{BusPlan, DatabasePlan, SubscriptionPlan};
use super::url;
use super::variables::{Made, Reached};
use crate::codes;
use crate::manifest::{BusNeed, Profile, Subscribe};
use crate::problem::Problem;

/// How often a message is delivered where nothing is said.
const MAX_ATTEMPTS: u32 = 5;

impl<'a> Planner<'a> {
    pub(super) fn bus(
        &mut self,
        subject: Subject<'a>,
        need: &'a BusNeed,
        made: &mut Made,
    ) -> Option<BusPlan> {
        let service = &subject.service.name;
        let publishes = self.get_all(&need.publishes);
        self.events.publish(service, &publishes);
        let subscriptions = self.subscriptions(subject, need);
        let chosen = self.choose(subject, Capability::Bus)?;
        let durable = self.get_or(need.durable.as_ref(), true);
        self.check_promises(subject, &chosen, &need.promises);
        self.check_bus_promises(subject, &chosen, need, durable);
        self.check_reach(subject, &chosen);
        let server = self.server(subject, &chosen);
        let (url, secrets) = self.bus_url(subject, &chosen, server)?;
        made.add("BUS_URL", url.clone(), secrets);
        let place = server.map(|at| (self.servers.get(at).plan.host.clone(), self.servers.get(at).plan.port));
        let place = place.as_ref().map(|(host, port)| (host.as_str(), *port));
        made.client(self, subject, &chosen, Reached { url: &url, bucket: None, place });
        Some(BusPlan {
            engine: chosen.engine.name,
            server: server.map(|at| self.servers.get(at).plan.name.clone()),
            url,
            durable,
            publishes,
            subscriptions,
            promises: self.get_all(&need.promises),
        })
    }

    fn subscriptions(&mut self, subject: Subject<'a>, need: &'a BusNeed) -> Vec<SubscriptionPlan> {
        let mut groups = HashSet::new();
        let mut list = Vec::with_capacity(need.subscribes.len());
        for subscribe in &need.subscribes {
            let plan = self.subscription(subject, subscribe);
            if let Some(group) = plan.group.clone().filter(|group| !groups.insert(group.clone())) {
                self.problems.push(
                    Problem::error(
                        codes::INVALID_VALUE,
                        format!("the group `{group}` stands twice in `{}`", subject.service.name),
                    )
                    .at(subscribe.span.clone())
                    .with_help(
                        "a group is one subscription: join the two, or add `group = \"...\"` to one of them",
                    ),
                );
            }
            list.push(plan);
        }
        list
    }

    fn subscription(&mut self, subject: Subject<'a>, subscribe: &'a Subscribe) -> SubscriptionPlan {
        let mut topics = Vec::with_capacity(subscribe.topics.len());
        for topic in &subscribe.topics {
            let Some(pattern) = self.get(topic) else { continue };
            self.events.subscribe(&subject.service.name, &pattern, topic.span.clone());
            topics.push(pattern);
        }
        let broadcast = self.get_or(subscribe.broadcast.as_ref(), false);
        let group = (!broadcast).then(|| self.get_or(subscribe.group.as_ref(), subject.service.name.clone()));
        SubscriptionPlan {
            dead_letters: group.as_ref().map(|group| format!("{group}.dead")),
            group,
            topics,
            key_order: self.get_or(subscribe.key_order.as_ref(), false),
            delay_ms: self.get_optional(subscribe.delay.as_ref()).map(millis),
            start: self.get_or(subscribe.start.as_ref(), "now".to_string()),
            max_attempts: self.get_or(subscribe.max_attempts.as_ref(), MAX_ATTEMPTS),
        }
    }

    fn bus_url(
        &mut self,
        subject: Subject<'a>,
        chosen: &Chosen,
        server: Option<usize>,
    ) -> Option<(String, Vec<String>)> {
        let service = &subject.service.name;
        let scheme = *chosen.engine.schemes.first()?;
        if let (true, Some(at), None) = (chosen.engine.sql.is_some(), server, &chosen.address) {
            // A SQL server carries the events in a database that belongs to the platform, not to a service.
            let name = format!("{}_bus", identifier(&self.platform));
            let variable = self.secret("bus-password", true, service);
            let owner = self.platform.clone();
            self.database(
                at,
                DatabasePlan {
                    name: name.clone(),
                    role: name.clone(),
                    service: owner,
                    password: Some(variable.clone()),
                    extensions: Vec::new(),
                },
            );
            let plan = &self.servers.get(at).plan;
            let address = url::server(scheme, &plan.host, plan.port)?
                .with_credentials(&name, Some(format!("${{{variable}}}")))
                .with_path(format!("/{name}"));
            let secrets = vec![variable];
            return Some((url::write(&address, &secrets), secrets));
        }
        self.own_secrets(&chosen.secrets, service);
        if chosen.engine.form == Form::Hosted && chosen.address.is_none() {
            let address = match (&chosen.host, chosen.engine.door) {
                // A host in the manifest is the user's own endpoint.
                (Some(host), _) => url::server(scheme, host, chosen.port.unwrap_or(0))?,
                (None, Some(door)) if self.profile == Profile::Development => {
                    url::server(scheme, "localhost", door.port)?
                }
                _ => url::path(scheme, "")?,
            };
            return Some((url::write(&chosen.with_region(address), &[]), Vec::new()));
        }
        Some((self.shared_url(chosen, server, "bus.db")?, chosen.secrets.clone()))
    }
}
