//! A service's object storage: its buckets, each with its address.

use bedplate_core::{Address, Capability, Form};

use super::choose::Chosen;
use super::planner::{Planner, Subject, variable_name};
use super::types::{Bucket, ObjectsPlan};
use super::url;
use super::variables::{Made, Reached};
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
        let mut names = self.get_all(&need.buckets);
        if names.is_empty() {
            names.push(service.replace('_', "-"));
        }
        let mut buckets = Vec::with_capacity(names.len());
        for name in names {
            let mut address = self.bucket(subject, &chosen, server, &name)?;
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
        let place = server.map(|at| (self.servers.get(at).plan.host.clone(), self.servers.get(at).plan.port));
        let place = place.as_ref().map(|(host, port)| (host.as_str(), *port));
        if let Some(Bucket { name, url }) = buckets.first() {
            made.client(self, subject, &chosen, Reached { url, bucket: Some(name), place });
        }
        Some(ObjectsPlan {
            engine: chosen.engine.name,
            server: server.map(|at| self.servers.get(at).plan.name.clone()),
            buckets,
            promises: self.get_all(&need.promises),
        })
    }

    /// The address of one bucket: inside of what a URL names, else where the engine keeps it.
    fn bucket(
        &self,
        subject: Subject<'a>,
        chosen: &Chosen,
        server: Option<usize>,
        name: &str,
    ) -> Option<Address> {
        let scheme = *chosen.engine.schemes.first()?;
        let named = |address: &&Address| !address.hosts().is_empty() || !address.path().is_empty();
        match (chosen.address.as_ref().filter(named), chosen.engine.form, server) {
            (Some(given), Form::Embedded, _) => {
                let folder = given.path().trim_end_matches('/');
                Some(given.clone().with_path(format!("{folder}/{name}")))
            }
            (Some(given), ..) if given.hosts().iter().all(|(host, _)| *host == name) => Some(given.clone()),
            (Some(given), ..) => Some(given.clone().with_path(format!("/{name}"))),
            (None, Form::Embedded, _) => {
                let (environment, service) = (&self.environment.name, &subject.service.name);
                url::path(scheme, &format!("./.bedplate/{environment}/{service}/objects/{name}"))
            }
            (None, _, Some(at)) => {
                let plan = &self.servers.get(at).plan;
                Some(url::server(scheme, &plan.host, plan.port)?.with_path(format!("/{name}")))
            }
            // A bucket of a cloud: `s3://name?region=...`. Where it is reached is the client's own configuration.
            (None, _, None) => Some(chosen.with_region(url::server(scheme, name, 0)?)),
        }
    }
}
