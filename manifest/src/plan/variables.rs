//! The environment variables of a service: Bedplate's own, those that ordinary clients expect, and the service's.

use std::collections::BTreeMap;

use bedplate_core::Capability;

use super::bus::{is_aws, region};
use super::choose::Chosen;
use super::planner::{AWS_PORT, Planner, Subject};
use super::resolve::{Resolved, Secrets};
use super::types::Variable;
use crate::manifest::{EnvEntry, EnvValue, Profile};
use crate::read::looks_secret;

/// What a client of an engine reads: the variable, and what stands in it.
const CLIENTS: [(&str, &str, Content); 16] = [
    ("redis", "REDIS_URL", Content::Url),
    ("memcached", "MEMCACHED_SERVERS", Content::Place),
    ("nats", "NATS_URL", Content::Url),
    ("rabbitmq", "AMQP_URL", Content::Url),
    ("rabbitmq", "RABBITMQ_URL", Content::Url),
    ("kafka", "KAFKA_BOOTSTRAP_SERVERS", Content::Place),
    ("kafka", "KAFKA_BROKERS", Content::Place),
    ("mongodb", "MONGODB_URL", Content::Url),
    ("qdrant", "QDRANT_URL", Content::Url),
    ("s3", "S3_BUCKET", Content::Bucket),
    ("minio", "S3_BUCKET", Content::Bucket),
    ("minio", "AWS_ENDPOINT_URL_S3", Content::Endpoint),
    ("minio", "AWS_ACCESS_KEY_ID", Content::Secret),
    ("minio", "AWS_SECRET_ACCESS_KEY", Content::Secret),
    ("gcs", "GCS_BUCKET", Content::Bucket),
    ("uploadthing", "UPLOADTHING_TOKEN", Content::Secret),
];

/// What stands in a client's variable.
#[derive(Clone, Copy)]
enum Content {
    /// The address.
    Url,
    /// `host:port`.
    Place,
    /// `http://host:port`.
    Endpoint,
    /// The first bucket.
    Bucket,
    /// A reference to a secret that is named like the variable.
    Secret,
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

    /// What the clients of an engine expect. For objects, `url` is the name of the first bucket.
    pub(super) fn client(
        &mut self,
        planner: &mut Planner<'_>,
        subject: Subject<'_>,
        chosen: &Chosen,
        url: &str,
        place: Option<(&str, u16)>,
    ) {
        let service = &subject.service.name;
        for (_, name, content) in CLIENTS.iter().filter(|(engine, ..)| *engine == chosen.engine.name) {
            match (content, place) {
                (Content::Url, _) => self.add(name, url, chosen.secrets.clone()),
                (Content::Bucket, _) => self.add(name, url, Vec::new()),
                (Content::Place, Some((host, port))) => self.add(name, format!("{host}:{port}"), Vec::new()),
                (Content::Endpoint, Some((host, port))) => {
                    self.add(name, format!("http://{host}:{port}"), Vec::new())
                }
                (Content::Secret, _) => {
                    let variable = planner.secret(name, false, service);
                    self.add(name, format!("${{{variable}}}"), vec![variable]);
                }
                (Content::Place | Content::Endpoint, None) => {}
            }
        }
        if is_aws(chosen) {
            self.aws(planner, service, chosen);
        }
    }

    fn aws(&mut self, planner: &mut Planner<'_>, service: &str, chosen: &Chosen) {
        self.add("AWS_REGION", region(chosen), Vec::new());
        self.add("AWS_DEFAULT_REGION", region(chosen), Vec::new());
        // An address or a host in the manifest is the user's own endpoint.
        if planner.profile == Profile::Development && chosen.address.is_none() && chosen.host.is_none() {
            planner.aws_door(service, chosen.capability);
            self.add("AWS_ENDPOINT_URL", format!("http://localhost:{AWS_PORT}"), Vec::new());
            // Every client insists on credentials, and the door takes these.
            self.add("AWS_ACCESS_KEY_ID", "test", Vec::new());
            self.add("AWS_SECRET_ACCESS_KEY", "test", Vec::new());
        } else if chosen.capability == Capability::Objects
            && let Some((host, port)) = chosen.host.as_deref().zip(chosen.port)
        {
            self.add("AWS_ENDPOINT_URL_S3", format!("http://{host}:{port}"), Vec::new());
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
