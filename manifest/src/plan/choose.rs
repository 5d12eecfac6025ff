//! Which engine serves a need: what the environment says about the service, the service itself, and the environment say,
//! in this order, laid over one another.

use std::collections::BTreeMap;
use std::time::Duration;

use bedplate_catalogue::{by_name, by_scheme};
use bedplate_core::setting::{Setting, nearest, parse_duration};
use bedplate_core::{Address, Capability, Engine, Form, Reach};

use super::planner::{Planner, Subject};
use super::resolve::Secrets;
use super::url;
use crate::codes;
use crate::keys::choice_keys;
use crate::manifest::{Choice, Profile, Scalar, Span, Value};
use crate::problem::Problem;
use crate::read::{names, shorten};

/// The engine of a need, with everything that is said about it.
pub(super) struct Chosen {
    pub(super) engine: &'static Engine,
    pub(super) capability: Capability,
    /// Where it was chosen; empty for a default.
    pub(super) span: Span,
    /// The URL, where one was given.
    pub(super) address: Option<Address>,
    /// The variables in the URL that are secrets.
    pub(super) secrets: Vec<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    /// Where the port was given.
    pub(super) port_span: Span,
    /// Whether the service has a server of its own.
    pub(super) own_server: bool,
    pub(super) region: Option<String>,
    pub(super) max_connections: Option<(u32, Span)>,
    /// Where the server archives its changes.
    pub(super) archive: Option<String>,
    pub(super) connection_limit: u32,
    pub(super) pool_timeout: Duration,
    /// The pool timeout where the manifest has one.
    pub(super) stated_pool_timeout: Option<Duration>,
    pub(super) connect_timeout: Duration,
    pub(super) lifetime: Duration,
    pub(super) settings: BTreeMap<String, String>,
}

impl Chosen {
    /// Who can share its state.
    pub(super) fn reach(&self) -> Reach {
        self.engine.promises(self.capability).map_or(Reach::Network, |(reach, _)| reach)
    }

    /// The region that the manifest says, or that of the catalogue; `None` for what is addressed without one.
    pub(super) fn region(&self) -> Option<&str> {
        self.engine.region.map(|default| self.region.as_deref().unwrap_or(default))
    }

    /// The address with the region in it.
    pub(super) fn with_region(&self, address: Address) -> Address {
        match self.region() {
            Some(region) => address.with_setting("region", region),
            None => address,
        }
    }
}

/// What decided for the engine.
struct Decision {
    engine: &'static Engine,
    address: Option<Address>,
    secrets: Vec<String>,
    span: Span,
    /// How many of the layers stand before the one that decided.
    layer: usize,
    /// Whether nobody decided.
    is_default: bool,
}

impl<'a> Planner<'a> {
    /// The engine of a need; `None` where the need is switched off, and with a problem where no engine can serve it.
    pub(super) fn choose(&mut self, subject: Subject<'a>, capability: Capability) -> Option<Chosen> {
        let changes = subject.changes.and_then(|one| one.engines.get(capability));
        let service = subject.service.need(capability);
        let layers: Vec<&'a Choice> =
            [changes, service, self.environment.engines.get(capability)].into_iter().flatten().collect();
        let off = changes.map_or_else(
            || self.environment.engines.get(capability).is_some_and(|one| one.off),
            |one| one.off,
        );
        if off {
            return None;
        }
        let decision = self.decide(&layers, capability)?;
        let engine = decision.engine;
        if !engine.offers(capability) {
            self.lacks_capability(engine, &decision.span, capability);
            return None;
        }
        if !(self.context.opens)(engine, capability) {
            self.not_in_build(engine, &decision.span, decision.is_default, capability);
        }
        let kept = self.same_engine(&layers, &decision);
        let address = self.moved(&kept, &decision);
        let one_server = self.layered(&kept, |choice| choice.one_server.as_ref()).unwrap_or(true);
        let port = kept.iter().find_map(|choice| choice.port.as_ref());
        let own_port = port.is_some_and(|port| {
            service.and_then(|choice| choice.port.as_ref()).is_some_and(|own| own.span == port.span)
        });
        let (limit, pool_timeout, connect_timeout) = match self.profile {
            Profile::Development => (10, 5, 5),
            Profile::Staging => (5, 10, 10),
            Profile::Production => (20, 10, 10),
        };
        let lifetime = match self.profile {
            Profile::Development => 15,
            Profile::Staging => 5,
            Profile::Production => 10,
        };
        let stated_pool_timeout = self.layered(&kept, |choice| choice.pool_timeout.as_ref());
        // The query of a URL is part of the address, and so wins over what is said beside it.
        let query = |name: &str| address.as_ref().and_then(|address| address.query().get(name)).cloned();
        let in_url = |name: &str| query(name).and_then(|text| parse_duration(&text).ok());
        let stated = kept.iter().find_map(|choice| choice.max_connections.as_ref());
        Some(Chosen {
            engine,
            capability,
            span: decision.span,
            address: address.clone(),
            secrets: decision.secrets,
            host: self.layered(&kept, |choice| choice.host.as_ref()),
            port_span: port.map_or(0..0, |port| port.span.clone()),
            port: self.get_optional(port),
            own_server: own_port || (capability == Capability::Sql && !one_server),
            region: self.layered(&kept, |choice| choice.region.as_ref()),
            max_connections: stated.and_then(|value| Some((self.get(value)?, value.span.clone()))),
            archive: self.archive(&kept, engine),
            connection_limit: query("connection_limit")
                .and_then(|text| text.parse().ok())
                .or_else(|| self.layered(&kept, |choice| choice.connection_limit.as_ref()))
                .unwrap_or(limit),
            pool_timeout: in_url("pool_timeout")
                .or(stated_pool_timeout)
                .unwrap_or(Duration::from_secs(pool_timeout)),
            stated_pool_timeout,
            connect_timeout: in_url("connect_timeout")
                .or_else(|| self.layered(&kept, |choice| choice.connect_timeout.as_ref()))
                .unwrap_or(Duration::from_secs(connect_timeout)),
            lifetime: self
                .layered(&kept, |choice| choice.lifetime.as_ref())
                .unwrap_or(Duration::from_secs(lifetime * 60)),
            settings: self.settings(&kept, engine),
        })
    }

    /// The folder of the server's archive, where the engine can keep one.
    fn archive(&mut self, layers: &[&'a Choice], engine: &'static Engine) -> Option<String> {
        let value = layers.iter().find_map(|choice| choice.archive.as_ref())?;
        if !engine.archive.is_empty() {
            return self.get(value);
        }
        let can: Vec<&str> = bedplate_catalogue::ENGINES
            .iter()
            .filter(|engine| !engine.archive.is_empty())
            .map(|engine| engine.name)
            .collect();
        let message = format!("{} can't archive its changes as they happen", engine.title);
        self.problems.push(
            Problem::error(codes::PROMISE_NOT_KEPT, message).at(value.span.clone()).with_help(format!(
                "leave `archive` out and make backups, or choose an engine that can: {}",
                names(can)
            )),
        );
        None
    }

    fn layered<T: Scalar>(
        &mut self,
        layers: &[&'a Choice],
        field: fn(&Choice) -> Option<&Value<T>>,
    ) -> Option<T> {
        let value = layers.iter().find_map(|choice| field(choice))?;
        self.get(value)
    }

    fn decide(&mut self, layers: &[&'a Choice], capability: Capability) -> Option<Decision> {
        let decisive = layers.iter().position(|choice| choice.engine.is_some() || choice.url.is_some());
        let Some(layer) = decisive else {
            let engine = self.default_engine(capability)?;
            let span = self.environment.span.clone();
            let (address, secrets, layer) = (None, Vec::new(), layers.len());
            return Some(Decision { engine, address, secrets, span, layer, is_default: true });
        };
        let choice = layers[layer];
        let engine = choice.engine.as_ref();
        let in_variable = engine.filter(|value| choice.url.is_none() && self.is_url(value));
        let named = match engine {
            Some(name) if in_variable.is_none() => {
                Some((self.engine_by_name(name, capability)?, name.span.clone()))
            }
            _ => None,
        };
        let Some(url) = choice.url.as_ref().or(in_variable) else {
            let (engine, span) = named?;
            let (address, secrets) = self.url_below(&layers[layer + 1..], engine, capability).unzip();
            let secrets = secrets.unwrap_or_default();
            return Some(Decision { engine, address, secrets, span, layer, is_default: false });
        };
        let (engine, address, secrets) = self.engine_by_url(url, capability)?;
        if let Some((named, span)) = named.filter(|(named, _)| named.name != engine.name) {
            let message = format!("the engine is `{}`, and the URL is one of `{}`", named.name, engine.name);
            self.problems.push(
                Problem::error(codes::INVALID_VALUE, message)
                    .at(span)
                    .with_related(url.span.clone(), "the URL")
                    .with_help("keep one of the two: the URL's scheme chooses the engine"),
            );
        }
        Some(Decision {
            engine,
            address: Some(address),
            secrets,
            span: url.span.clone(),
            layer,
            is_default: false,
        })
    }

    /// The URL of a lower layer, where it is one of the engine that was chosen by name.
    fn url_below(
        &mut self,
        layers: &[&'a Choice],
        engine: &'static Engine,
        capability: Capability,
    ) -> Option<(Address, Vec<String>)> {
        let url = layers.iter().find_map(|choice| choice.url.as_ref())?;
        let (other, address, secrets) = self.engine_by_url(url, capability)?;
        (other.name == engine.name).then_some((address, secrets))
    }

    /// The URL with the host and the port that a layer above it gives.
    fn moved(&mut self, layers: &[&'a Choice], decision: &Decision) -> Option<Address> {
        let address = decision.address.clone()?;
        let above: Vec<&'a Choice> =
            layers.iter().take_while(|choice| choice.url.is_none()).copied().collect();
        let host = self.layered(&above, |choice| choice.host.as_ref());
        let port = self.layered(&above, |choice| choice.port.as_ref());
        if decision.engine.form != Form::Server || (host.is_none() && port.is_none()) {
            return Some(address);
        }
        let default_port = decision.engine.ports.first().map_or(0, |port| port.number);
        let (old_host, old_port) = address.host_or("localhost", default_port);
        let place = url::server(address.scheme(), &host.unwrap_or(old_host), port.unwrap_or(old_port))?;
        let mut moved = place.with_path(address.path());
        if let Some(user) = address.user().or(address.password().map(|_| "")) {
            moved = moved.with_credentials(user, address.password().map(String::from));
        }
        for (name, value) in address.query() {
            moved = moved.with_setting(name, value);
        }
        Some(moved)
    }

    /// The layers that speak of the chosen engine: those above the decision, the decision itself, and those below that
    /// don't choose another engine.
    fn same_engine(&mut self, layers: &[&'a Choice], decision: &Decision) -> Vec<&'a Choice> {
        let mut kept = Vec::with_capacity(layers.len());
        for (at, choice) in layers.iter().enumerate() {
            let same = at <= decision.layer
                || match (&choice.engine, &choice.url) {
                    (Some(name), _) => self
                        .get(name)
                        .and_then(|name| by_name(&name))
                        .is_some_and(|other| other.name == decision.engine.name),
                    (None, Some(url)) => self
                        .get_text(url, Secrets::InUrl)
                        .and_then(|url| by_scheme(url.text.split(':').next().unwrap_or_default()))
                        .is_some_and(|other| other.name == decision.engine.name),
                    (None, None) => true,
                };
            if same {
                kept.push(*choice);
            }
        }
        kept
    }

    fn settings(&mut self, layers: &[&'a Choice], engine: &'static Engine) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        for setting in layers.iter().flat_map(|choice| &choice.settings) {
            let Some(known) = engine.settings.iter().find(|known| known.name == setting.name) else {
                self.unknown_setting(setting, engine);
                continue;
            };
            let Some(text) = self.get(&setting.value) else { continue };
            if known.kind.accepts(&text) {
                settings.entry(setting.name.clone()).or_insert(text);
            } else {
                self.problems.push(
                    Problem::error(
                        codes::INVALID_VALUE,
                        format!("`{}` of {} takes {}", known.name, engine.title, known.kind.describe()),
                    )
                    .at(setting.value.span.clone())
                    .with_help(format!("the default is `{}`", known.default)),
                );
            }
        }
        settings
    }

    fn unknown_setting(&mut self, setting: &crate::manifest::EngineSetting, engine: &'static Engine) {
        if self.problems.is_full() {
            return self.problems.push(Problem::error(codes::UNKNOWN_KEY, ""));
        }
        let name = shorten(&setting.name);
        let problem = Problem::error(
            codes::UNKNOWN_KEY,
            format!("`{name}` is neither a key here nor a setting of {}", engine.title),
        )
        .at(setting.span.clone());
        let known: Vec<&str> = engine.settings.iter().map(|one: &Setting| one.name).collect();
        self.problems.push(match nearest(&name, known.iter().copied().chain(choice_keys())) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.with_help(format!("{} has no settings", engine.title)),
            None => problem.with_help(format!("its settings are: {}", names(known))),
        });
    }
}
