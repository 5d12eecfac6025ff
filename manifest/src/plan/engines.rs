//! Engines by name and by URL, and what is wrong with a choice that isn't one.

use bedplate_catalogue::{ENGINES, by_name, by_scheme};
use bedplate_core::setting::nearest;
use bedplate_core::{Address, Capability, Engine, Maturity};

use super::planner::Planner;
use super::resolve::Secrets;
use crate::codes;
use crate::manifest::{Span, Value, Written};
use crate::problem::Problem;
use crate::read::{names, shorten};

impl Planner<'_> {
    /// The engine of that name.
    pub(super) fn engine_by_name(
        &mut self,
        value: &Value<String>,
        capability: Capability,
    ) -> Option<&'static Engine> {
        let name = self.get(value)?;
        if let Some(engine) = by_name(&name) {
            return Some(engine);
        }
        if !self.problems.is_full() {
            let message = match &value.written {
                Written::Plain(name) => format!("there is no engine `{}`", shorten(name)),
                // Never the value: nobody knows what a variable holds.
                Written::Template { .. } => "with its variables resolved, this is no engine's name".into(),
            };
            let problem = Problem::error(codes::UNKNOWN_ENGINE, message).at(value.span.clone());
            let known = ENGINES.iter().flat_map(|engine| engine.aliases.iter().copied().chain([engine.name]));
            let list = names(offering(capability).map(|engine| engine.name));
            self.problems.push(problem.with_help(match nearest(&name, known) {
                Some(near) => format!("did you mean `{near}`? for `{capability}` there are: {list}"),
                None => format!("for `{capability}` there are: {list}"),
            }));
        }
        None
    }

    /// The engine of a URL's scheme, with the URL and the secrets in it.
    pub(super) fn engine_by_url(
        &mut self,
        value: &Value<String>,
        capability: Capability,
    ) -> Option<(&'static Engine, Address, Vec<String>)> {
        let resolved = self.get_text(value, Secrets::InUrl)?;
        if resolved.text.starts_with("${") {
            self.problems.push(
                Problem::error(
                    codes::BAD_URL,
                    "the whole URL is a secret, for its variable holds a password",
                )
                .at(value.span.clone())
                .with_help(
                    "write the URL here, and leave only the password to a variable: \
                         `postgres://app:${DATABASE_PASSWORD}@db:5432`",
                ),
            );
            return None;
        }
        let address = match Address::parse(&resolved.text) {
            Ok(address) => address,
            Err(error) => {
                let help = error
                    .help()
                    .unwrap_or("write something like `postgres://db:5432` or `sqlite:./data/`")
                    .to_string();
                self.problems.push(
                    Problem::error(
                        codes::BAD_URL,
                        format!("this can't be read as a URL: {}", error.message()),
                    )
                    .at(value.span.clone())
                    .with_help(help),
                );
                return None;
            }
        };
        let Some(engine) = by_scheme(address.scheme()) else {
            let scheme = shorten(address.scheme());
            let problem =
                Problem::error(codes::UNKNOWN_SCHEME, format!("no engine has the URL scheme `{scheme}`"))
                    .at(value.span.clone());
            let known = ENGINES.iter().flat_map(|engine| engine.schemes.iter().copied());
            let list = names(offering(capability).filter_map(|engine| engine.schemes.first().copied()));
            self.problems.push(problem.with_help(match nearest(&scheme, known) {
                Some(near) => format!("did you mean `{near}:`? for `{capability}` there are: {list}"),
                None => format!("for `{capability}` there are: {list}"),
            }));
            return None;
        };
        if let Err(error) = check_query(&address, engine) {
            let help = error.help().unwrap_or("see `bedplate engines` for its settings").to_string();
            self.problems.push(
                Problem::error(
                    codes::INVALID_VALUE,
                    format!("the URL's query is wrong: {}", error.message()),
                )
                .at(value.span.clone())
                .with_help(help),
            );
        }
        Some((engine, address, resolved.secrets))
    }

    /// Whether a choice in one word is a URL, once its variables are resolved.
    pub(super) fn is_url(&mut self, value: &Value<String>) -> bool {
        matches!(value.written, Written::Template { .. })
            && self
                .get_text(value, Secrets::InUrl)
                .is_some_and(|resolved| resolved.text.contains(':') || resolved.text.starts_with("${"))
    }

    /// The engine isn't made for the need.
    pub(super) fn lacks_capability(&mut self, engine: &'static Engine, span: &Span, capability: Capability) {
        let offers = names(engine.capabilities().map(Capability::as_str));
        self.problems.push(
            Problem::error(
                codes::ENGINE_LACKS_CAPABILITY,
                format!("{} can't serve `{capability}`", engine.title),
            )
            .at(span.clone())
            .with_label(format!("it serves {offers}"))
            .with_help(format!(
                "for `{capability}` there are: {}",
                names(offering(capability).map(|one| one.name))
            )),
        );
    }

    /// There is no code for the engine here.
    pub(super) fn not_in_build(
        &mut self,
        engine: &'static Engine,
        span: &Span,
        is_default: bool,
        capability: Capability,
    ) {
        let planned = engine.maturity(capability) != Some(Maturity::Proven);
        let default = if is_default { ", the default of development" } else { "" };
        let message = format!("this build can't open {} for `{capability}`{default}", engine.title);
        let here: Vec<&str> = offering(capability)
            .filter(|one| (self.context.opens)(one, capability))
            .map(|one| one.name)
            .collect();
        let instead =
            if here.is_empty() { String::new() } else { format!("; this build opens: {}", names(here)) };
        let help = if planned {
            format!("this version of Bedplate doesn't have it yet{instead}")
        } else {
            format!("build with `--features {}`{instead}", engine.name)
        };
        self.problems
            .push(Problem::error(codes::ENGINE_NOT_IN_BUILD, message).at(span.clone()).with_help(help));
    }
}

/// The engines of the catalogue that can be asked for a capability.
pub(super) fn offering(capability: Capability) -> impl Iterator<Item = &'static Engine> {
    ENGINES.iter().copied().filter(move |engine| engine.offers(capability))
}

/// An engine without code has no settings yet; its URLs pass as they are.
fn check_query(address: &Address, engine: &Engine) -> bedplate_core::Result<()> {
    if engine.settings.is_empty() { Ok(()) } else { address.check_settings(engine.settings) }
}
