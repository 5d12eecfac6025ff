//! A service's SQL database: its server or file, its name and role, its pool.

use std::time::Duration;

use bedplate_core::setting::format_duration;
use bedplate_core::{Address, Capability, Form};

use super::choose::Chosen;
use super::planner::{Planner, Subject, identifier};
use super::types::{DatabasePlan, Pool, SqlPlan};
use super::url;
use super::variables::{Made, Reached};
use crate::codes;
use crate::manifest::{Span, SqlNeed};
use crate::problem::Problem;

impl<'a> Planner<'a> {
    pub(super) fn sql(
        &mut self,
        subject: Subject<'a>,
        need: &'a SqlNeed,
        made: &mut Made,
    ) -> Option<SqlPlan> {
        let chosen = self.choose(subject, Capability::Sql)?;
        self.check_promises(subject, &chosen, &need.promises);
        self.check_reach(subject, &chosen);
        let mut plan = SqlPlan {
            engine: chosen.engine.name,
            server: None,
            host: None,
            port: None,
            database: None,
            role: None,
            path: None,
            url: String::new(),
            pool: None,
            tables: self.get_all(&need.tables),
            extensions: self.get_all(&need.extensions),
            migrations: self.get_optional(need.migrations.as_ref()),
            promises: self.get_all(&need.promises),
        };
        let secrets = match chosen.engine.form {
            Form::Embedded => self.file(subject, &chosen, &mut plan)?,
            Form::Server | Form::Hosted => self.database_on_server(subject, need, &chosen, &mut plan)?,
        };
        made.add("DATABASE_URL", plan.url.clone(), secrets);
        let place = plan.host.as_deref().zip(plan.port);
        made.client(self, subject, &chosen, Reached { url: &plan.url, bucket: None, place });
        Some(plan)
    }

    /// A file of its own: `./.bedplate/<environment>/<service>/sql.db`, or one in the folder that the URL names.
    fn file(&mut self, subject: Subject<'a>, chosen: &Chosen, plan: &mut SqlPlan) -> Option<Vec<String>> {
        let service = &subject.service.name;
        let given = chosen.address.as_ref().map(Address::path).filter(|path| !path.is_empty());
        let path = match given {
            Some(folder) if folder.ends_with('/') => format!("{folder}{service}.db"),
            Some(file) => file.to_string(),
            None => format!("./.bedplate/{}/{service}/sql.db", self.environment.name),
        };
        self.claim(subject, chosen, None, &path);
        let scheme = chosen.engine.schemes.first()?;
        let mut address = url::path(scheme, &path)?;
        for (name, value) in chosen.address.iter().flat_map(Address::query).chain(&chosen.settings) {
            address = address.with_setting(name, value);
        }
        // An embedded engine may have a pool too; its own default stands where nothing is said.
        if let Some(timeout) = chosen.stated_pool_timeout
            && chosen.engine.settings.iter().any(|setting| setting.name == "pool_timeout")
        {
            address = address.with_setting("pool_timeout", seconds(timeout));
        }
        plan.url = url::write(&address, &[]);
        plan.path = Some(path);
        Some(Vec::new())
    }

    fn database_on_server(
        &mut self,
        subject: Subject<'a>,
        need: &'a SqlNeed,
        chosen: &Chosen,
        plan: &mut SqlPlan,
    ) -> Option<Vec<String>> {
        let service = &subject.service.name;
        let name = identifier(service);
        let given = chosen.address.as_ref();
        let named = given.map(|address| address.name().to_string()).filter(|name| !name.is_empty());
        let database =
            self.get_optional(need.database.as_ref()).or(named).unwrap_or_else(|| format!("{name}_db"));
        let user = given.and_then(Address::user).map(String::from);
        let role = self.get_optional(need.role.as_ref()).or(user).unwrap_or_else(|| format!("{name}_user"));
        self.own_secrets(&chosen.secrets, service);
        let mut secrets = chosen.secrets.clone();
        // A URL with a password keeps it. It is a reference: anything else was reported and taken out.
        let own_password = given.and_then(Address::password).filter(|given| given.starts_with("${"));
        let password = own_password.is_none().then(|| {
            let variable = self.secret(&format!("{service}-database-password"), true, service);
            secrets.push(variable.clone());
            variable
        });
        let server = self.server(subject, chosen);
        let (host, port) = match server {
            Some(at) => (self.servers.get(at).plan.host.clone(), self.servers.get(at).plan.port),
            None => (chosen.host.clone().unwrap_or_default(), chosen.port.unwrap_or_default()),
        };
        self.claim(subject, chosen, server, &database);
        self.claim_role(subject, chosen, server, &role);
        if let Some(at) = server {
            self.database(
                at,
                DatabasePlan {
                    name: database.clone(),
                    role: role.clone(),
                    service: service.clone(),
                    password: password.clone(),
                    extensions: plan.extensions.clone(),
                },
            );
            let span = need.choice.span.clone();
            let pools = &mut self.servers.get_mut(at).pools;
            pools.push((service.clone(), span, chosen.connection_limit, subject.replicas));
            plan.server = Some(self.servers.get(at).plan.name.clone());
        }
        let reference =
            password.map(|variable| format!("${{{variable}}}")).or(own_password.map(String::from));
        let base = match given {
            Some(address) if !address.hosts().is_empty() => address.clone(),
            _ => url::server(chosen.engine.schemes.first()?, &host, port)?,
        };
        let address = base.with_credentials(&role, reference).with_path(format!("/{database}"));
        plan.url = url::write(&with_settings(address, chosen), &secrets);
        plan.pool = Some(Pool {
            connection_limit: chosen.connection_limit,
            pool_timeout_ms: millis(chosen.pool_timeout),
            connect_timeout_ms: millis(chosen.connect_timeout),
        });
        (plan.host, plan.port, plan.database, plan.role) =
            (Some(host), Some(port), Some(database), Some(role));
        Some(secrets)
    }

    /// Notes that the secrets of a URL must be there.
    pub(super) fn own_secrets(&mut self, secrets: &[String], service: &str) {
        for variable in secrets {
            self.secret(variable, false, service);
        }
    }

    /// Notes whose database it is; a second service that comes for it is refused.
    fn claim(&mut self, subject: Subject<'a>, chosen: &Chosen, server: Option<usize>, database: &str) {
        let place = place(subject, chosen);
        let key = (server, format!("database {database}"));
        let Some((first, first_place)) = self.databases.get(&key) else {
            self.databases.insert(key, (subject.service, place));
            return;
        };
        let message = format!(
            "the database `{database}` is used by `{}` and by `{}`",
            first.name, subject.service.name
        );
        self.problems.push(
            Problem::error(codes::DATABASE_SHARED, message)
                .at(place)
                .with_related(first_place.clone(), format!("`{}` has it already", first.name))
                .with_help("give each service a database of its own, and let them tell each other by events"),
        );
    }

    /// Notes whose role it is: who has another's role can read and change its database.
    fn claim_role(&mut self, subject: Subject<'a>, chosen: &Chosen, server: Option<usize>, role: &str) {
        let place = place(subject, chosen);
        let key = (server, format!("role {role}"));
        let Some((first, first_place)) = self.databases.get(&key) else {
            self.databases.insert(key, (subject.service, place));
            return;
        };
        let message = format!(
            "the role `{role}` is used by `{}` and by `{}`: each could change the other's database",
            first.name, subject.service.name
        );
        self.problems.push(
            Problem::error(codes::DATABASE_SHARED, message)
                .at(place)
                .with_related(first_place.clone(), format!("`{}` has it already", first.name))
                .with_help("leave credentials and roles out: Bedplate makes a role for each service, and a reference to its password"),
        );
    }
}

/// Where a service says that it needs a database.
fn place(subject: Subject<'_>, chosen: &Chosen) -> Span {
    subject.service.need(Capability::Sql).map_or(chosen.span.clone(), |choice| choice.span.clone())
}

/// The address with the pool and the engine's settings; what stands in its query already wins.
fn with_settings(mut address: Address, chosen: &Chosen) -> Address {
    for (setting, value) in pool_settings(chosen).into_iter().chain(chosen.settings.clone()) {
        if !address.query().contains_key(&setting) {
            address = address.with_setting(&setting, value);
        }
    }
    address
}

/// The pool as a URL's query says it, in seconds where they are whole.
fn pool_settings(chosen: &Chosen) -> Vec<(String, String)> {
    vec![
        ("connection_limit".into(), chosen.connection_limit.to_string()),
        ("pool_timeout".into(), seconds(chosen.pool_timeout)),
        ("connect_timeout".into(), seconds(chosen.connect_timeout)),
    ]
}

fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => duration.as_secs().to_string(),
        _ => format_duration(duration),
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
