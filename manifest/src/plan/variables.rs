//! The environment variables of a service: Bedplate's own, those that ordinary clients expect, and the service's.

use std::collections::BTreeMap;

use bedplate_core::{ClientContent, ClientVariable};

use super::choose::Chosen;
use super::planner::{Planner, Subject};
use super::resolve::{Resolved, Secrets};
use super::types::Variable;
use crate::manifest::{EnvEntry, EnvValue, Profile};
use crate::read::looks_secret;

/// Where the clients of an engine find what a service needs of it.
#[derive(Clone, Copy)]
pub(super) struct Reached<'a> {
    pub(super) url: &'a str,
    /// The name of the first bucket.
    pub(super) bucket: Option<&'a str>,
    /// The server's host and port.
    pub(super) place: Option<(&'a str, u16)>,
}

/// The variables that Bedplate makes for one service.
#[derive(Default)]
pub(super) struct Made {
    list: BTreeMap<String, Resolved>,
}

impl Made {
    pub(super) fn add(&mut self, name: &str, text: impl Into<String>, secrets: Vec<String>) {
        self.list.entry(name.to_string()).or_insert(Resolved { text: text.into(), secrets });
    }

    /// What the clients of an engine expect.
    pub(super) fn client(
        &mut self,
        planner: &mut Planner<'_>,
        subject: Subject<'_>,
        chosen: &Chosen,
        reached: Reached<'_>,
    ) {
        let service = &subject.service.name;
        // What a cloud runs has no server here, but may stand at a host that the manifest names.
        let place = reached.place.or_else(|| chosen.host.as_deref().zip(chosen.port));
        for ClientVariable { name, content } in chosen.engine.clients {
            let secrets = match content {
                ClientContent::Url => chosen.secrets.clone(),
                ClientContent::Secret => vec![planner.secret(name, false, service)],
                _ => Vec::new(),
            };
            let text = match content {
                ClientContent::Url => Some(reached.url.to_string()),
                ClientContent::Place => place.map(|(host, port)| format!("{host}:{port}")),
                ClientContent::Endpoint => place.map(|(host, port)| format!("http://{host}:{port}")),
                ClientContent::Bucket => reached.bucket.map(String::from),
                ClientContent::Region => chosen.region().map(String::from),
                ClientContent::Secret => secrets.first().map(|variable| format!("${{{variable}}}")),
            };
            if let Some(text) = text {
                self.add(name, text, secrets);
            }
        }
        // An address or a host in the manifest is the user's own endpoint.
        if planner.profile == Profile::Development
            && chosen.address.is_none()
            && chosen.host.is_none()
            && let Some(door) = chosen.engine.door
        {
            let url = planner.door(door, service, chosen.capability);
            self.add(door.endpoint, url, Vec::new());
            for (name, value) in door.credentials {
                self.add(name, *value, Vec::new());
            }
        }
    }
}

impl<'a> Planner<'a> {
    /// All variables of a service by name. Its own win over the environment's, and those over what Bedplate makes.
    pub(super) fn variables(
        &mut self,
        subject: Subject<'a>,
        port: Option<u16>,
        mut made: Made,
    ) -> Vec<Variable> {
        if let Some(port) = port {
            made.add("PORT", port.to_string(), Vec::new());
        }
        let environment = self.environment;
        let changed = subject.changes.map_or(&[][..], |one| &one.env);
        for entry in environment.env.iter().chain(&subject.service.env).chain(changed) {
            if let Some(value) = self.own_variable(entry, &subject.service.name) {
                made.list.insert(entry.name.clone(), value);
            }
        }
        made.list
            .into_iter()
            .map(|(name, value)| Variable { name, value: value.text, secrets: value.secrets })
            .collect()
    }

    fn own_variable(&mut self, entry: &EnvEntry, service: &str) -> Option<Resolved> {
        match &entry.value {
            EnvValue::Secret(reference) => {
                let name = self.get(reference)?;
                let variable = self.secret(&name, false, service);
                Some(Resolved { text: format!("${{{variable}}}"), secrets: vec![variable] })
            }
            EnvValue::Text(value) => {
                let secrets = if looks_secret(&entry.name) { Secrets::All } else { Secrets::InUrl };
                let resolved = self.get_text(value, secrets)?;
                self.own_secrets(&resolved.secrets, service);
                Some(resolved)
            }
        }
    }
}
