//! The administrators of servers: which of the URLs that were given is for which server.

use bedplate_core::{Address, Capability, Driver, Engine};
use bedplate_manifest::{Plan, SqlPlan};

use super::secrets::from_variable;
use crate::exit::{Exit, Failure};
use crate::project::Project;

/// The variable with the administrators' URLs.
const VARIABLE: &str = "BEDPLATE_ADMIN_URL";

/// How servers are reached as their administrators.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AdminArgs {
    /// A server as its administrator, for example `postgres://postgres@db:5432`; several are told apart by engine, host and port.
    /// `BEDPLATE_ADMIN_URL` says the same, separated by spaces, and out of sight of other users, as does `env:NAME` for the variable NAME
    #[arg(long, value_name = "URL")]
    admin: Vec<String>,
}

/// The administrators' addresses.
pub(crate) struct Admins {
    addresses: Vec<(Address, &'static Driver)>,
}

impl AdminArgs {
    /// Reads those of the command line, or else those of the variable.
    pub(crate) fn read(&self, project: &Project) -> Result<Admins, Failure> {
        let given: Vec<String> = match (self.admin.is_empty(), project.value(VARIABLE)) {
            (true, Some(urls)) => urls.split_whitespace().map(String::from).collect(),
            _ => self.admin.iter().map(|url| from_variable(url)).collect::<Result<_, _>>()?,
        };
        let read = |url: &String| {
            let usage = |error: bedplate_core::Error| Failure { exit: Exit::Usage, ..error.into() };
            let address = Address::parse(url).map_err(usage)?;
            let driver = bedplate::driver_for(&address, Capability::Sql).map_err(usage)?;
            if driver.provision.is_none() {
                let title = driver.engine.title;
                return Err(Failure::usage(format!("{title} has no administrator that makes databases")));
            }
            Ok((address, driver))
        };
        Ok(Admins { addresses: given.iter().map(read).collect::<Result<_, Failure>>()? })
    }
}

impl Admins {
    /// The administrator of a server. One that stands alone is for the only server of its engine, whatever its host is called from here.
    pub(crate) fn find(&self, engine: &Engine, sql: &SqlPlan, plan: &Plan) -> Result<Address, Failure> {
        let default = engine.ports.first().map_or(0, |port| port.number);
        let place = (sql.host.as_deref().unwrap_or("localhost"), sql.port.unwrap_or(default));
        self.find_at(engine, place, plan.servers.iter().filter(|server| server.engine == engine.name).count())
    }

    /// The administrator of a server at a host and port, where there are so many servers of its engine.
    pub(crate) fn find_at(
        &self,
        engine: &Engine,
        (host, port): (&str, u16),
        servers: usize,
    ) -> Result<Address, Failure> {
        let default = engine.ports.first().map_or(0, |port| port.number);
        let wanted = same(host, port);
        let of_engine: Vec<&Address> = self
            .addresses
            .iter()
            .filter(|(_, driver)| driver.engine.name == engine.name)
            .map(|(address, _)| address)
            .collect();
        let place = |address: &Address| {
            let (host, port) = address.host_or("localhost", default);
            same(&host, port)
        };
        if let Some(found) = of_engine.iter().find(|address| place(address) == wanted) {
            return Ok((*found).clone());
        }
        if let ([only], 0 | 1) = (of_engine.as_slice(), servers) {
            return Ok((*only).clone());
        }
        let scheme = engine.schemes.first().copied().unwrap_or_default();
        let message =
            format!("nobody said how to reach {} at `{host}:{port}` as its administrator", engine.title);
        Err(Failure::new(message).with_help(format!(
            "set `{VARIABLE}` to `{scheme}://ADMIN:PASSWORD@{host}:{port}`, or name it with `--admin`"
        )))
    }

    /// Whether somebody is named for an engine.
    pub(crate) fn know(&self, engine: &Engine) -> bool {
        self.addresses.iter().any(|(_, driver)| driver.engine.name == engine.name)
    }
}

/// A host and a port; a name of this machine is as good as another.
fn same(host: &str, port: u16) -> (String, u16) {
    let local = ["127.0.0.1", "::1"].contains(&host);
    (if local { "localhost".into() } else { host.to_lowercase() }, port)
}

/// A server for a person: its host and port.
pub(crate) fn server_of(address: &Address) -> String {
    let hosts = address.hosts().iter().map(|(host, port)| match port {
        Some(port) => format!("{host}:{port}"),
        None => host.clone(),
    });
    hosts.collect::<Vec<_>>().join(",")
}
