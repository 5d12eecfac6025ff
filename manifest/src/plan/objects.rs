//! A service's object storage: its buckets, each with its address.

use bedplate_core::{Address, Capability, Form};

use super::bus::region;
use super::planner::{Planner, Subject, variable_name};
use super::types::{Bucket, ObjectsPlan};
use super::url;
use super::variables::Made;
use crate::manifest::ObjectsNeed;

impl<'a> Planner<'a> {
    pub(super) fn objects(
        &mut self,
        subject: Subject<'a>,
        need: &'a ObjectsNeed,
        made: &mut Made,
    ) -> Option<ObjectsPlan> {
        let chosen = self.choose(subject, Capability::Objects)?;
        let service = &subject.service.name;
        self.check_promises(subject, &chosen, &need.promises);
        self.check_reach(subject, &chosen);
        let server = self.server(subject, &chosen);
        let scheme = *chosen.engine.schemes.first()?;
        let mut names = self.get_all(&need.buckets);
        if names.is_empty() {
            names.push(service.replace('_', "-"));
        }
        let given = chosen
            .address
            .clone()
            .filter(|address| !address.hosts().is_empty() || !address.path().is_empty());
        let mut buckets = Vec::with_capacity(names.len());
        for name in names {
            let base = match (&given, chosen.engine.form, server) {
                (Some(given), Form::Embedded, _) => {
                    let folder = given.path().trim_end_matches('/').to_string();
                    given.clone().with_path(format!("{folder}/{name}"))
                }
                (Some(given), ..) if given.hosts().iter().all(|(host, _)| *host == name) => given.clone(),
                (Some(given), ..) => given.clone().with_path(format!("/{name}")),
                (None, Form::Embedded, _) => url::path(
                    scheme,
                    &format!("./.bedplate/{}/{service}/objects/{name}", self.environment.name),
                )?,
                (None, _, Some(at)) => {
                    let plan = &self.servers.get(at).plan;
                    url::server(scheme, &plan.host, plan.port)?.with_path(format!("/{name}"))
                }
                (None, _, None) => self.hosted_bucket(&chosen, scheme, &name)?,
            };
            let mut address: Address = base;
            for (setting, value) in &chosen.settings {
                address = address.with_setting(setting, value);
            }
            buckets.push(Bucket { url: url::write(&address, &chosen.secrets), name });
        }
        self.own_secrets(&chosen.secrets, service);
        for (at, bucket) in buckets.iter().enumerate() {
            if at == 0 {
                made.add("OBJECTS_URL", bucket.url.clone(), chosen.secrets.clone());
            } else {
                let name = format!("OBJECTS_URL_{}", variable_name(&bucket.name));
                made.add(&name, bucket.url.clone(), chosen.secrets.clone());
            }
        }
        let first = buckets.first().map(|bucket| bucket.name.clone()).unwrap_or_default();
        let place = server.map(|at| (self.servers.get(at).plan.host.clone(), self.servers.get(at).plan.port));
        made.client(
            self,
            subject,
            &chosen,
            &first,
            place.as_ref().map(|(host, port)| (host.as_str(), *port)),
        );
        Some(ObjectsPlan {
            engine: chosen.engine.name,
            server: server.map(|at| self.servers.get(at).plan.name.clone()),
            buckets,
            promises: self.get_all(&need.promises),
        })
    }

    /// A bucket of a cloud: `s3://name?region=...`. Where it is reached is the client's own configuration.
    fn hosted_bucket(&self, chosen: &super::choose::Chosen, scheme: &str, name: &str) -> Option<Address> {
        let address = url::server(scheme, name, 0)?;
        Some(if chosen.engine.name == "s3" {
            address.with_setting("region", region(chosen))
        } else {
            address
        })
    }
}
