//! What a first manifest depends on: every answer, from flags or from questions.

use bedplate_catalogue::matrix::{BusNeed, CacheUse, NONE, Need, Relations, Stage, Workload, recommend};
use clap::ValueEnum;

use crate::exit::Failure;

/// The engines among which the database is chosen.
pub(super) const DATABASES: [&str; 3] = ["postgres", "litefs", "mongodb"];
/// The engines among which the cache is chosen.
pub(super) const CACHES: [&str; 3] = ["redis", "memcached", NONE];
/// The engines among which the bus is chosen.
pub(super) const BUSES: [&str; 6] = ["nats", "rabbitmq", "kafka", "redis", "aws", NONE];

/// The service that is added for analytics.
pub(super) const ANALYTICS: &str = "analytics";

/// The answers as flags.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Flags {
    /// The platform's name; without it, the folder's
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The services
    #[arg(long = "service", value_name = "NAME", value_delimiter = ',')]
    pub(super) services: Vec<String>,
    /// The cache in production
    #[arg(long, value_parser = CACHES)]
    pub(super) cache: Option<String>,
    /// The database in production
    #[arg(long, value_parser = DATABASES)]
    pub(super) database: Option<String>,
    /// Add a service with DuckDB for analytics
    #[arg(long, num_args = 0..=1, default_missing_value = "true")]
    pub(super) analytics: Option<bool>,
    /// The bus in production
    #[arg(long, value_parser = BUSES)]
    pub(super) bus: Option<String>,
    /// One database server for all services, or one for each
    #[arg(long, value_enum)]
    pub(super) servers: Option<Servers>,
    /// A service that gets a database server of its own all the same
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub(super) own_server: Vec<String>,
}

/// How databases lie on servers. Each service has a database and a role of its own in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Servers {
    /// One server with a database for each service
    One,
    /// A server for each service
    PerService,
}

/// Every answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) services: Vec<String>,
    pub(super) cache: String,
    pub(super) database: String,
    pub(super) analytics: bool,
    pub(super) bus: String,
    pub(super) servers: Servers,
    /// Services that have a server of their own on a server for all.
    pub(super) own_server: Vec<String>,
}

/// The platform for which the questions recommend: production, with the needs that every platform of this kind has.
pub(super) fn workload() -> Workload {
    let mut workload = Workload { stage: Some(Stage::Production), ..Workload::default() };
    workload.database.relations = Some(Relations::Complex);
    workload.cache.uses =
        [CacheUse::Values, CacheUse::Sessions, CacheUse::RateLimits, CacheUse::PubSub].into();
    workload.bus.need = Some(BusNeed::Events);
    workload
}

/// The best of some engines for a need, by the decision matrix.
pub(super) fn recommended(need: Need, among: &[&'static str]) -> &'static str {
    let recommendation = recommend(&workload(), &bedplate::opens);
    let ranking = recommendation.answer(need).map(|answer| answer.ranking.as_slice()).unwrap_or_default();
    let best = ranking.iter().find_map(|ranked| among.iter().find(|engine| **engine == ranked.engine));
    best.copied().unwrap_or(among[0])
}

impl Answers {
    /// What the flags say, and the recommended answer where they say nothing.
    pub(super) fn from_flags(flags: &Flags) -> Result<Self, Failure> {
        let or = |given: &Option<String>, need, among: &[&'static str]| {
            given.clone().unwrap_or_else(|| recommended(need, among).to_string())
        };
        let services =
            if flags.services.is_empty() { vec!["orders".to_string()] } else { flags.services.clone() };
        check_services(&services)?;
        let analytics = flags.analytics.unwrap_or(false);
        if analytics && services.iter().any(|service| service == ANALYTICS) {
            return Err(Failure::usage(format!("there is a service `{ANALYTICS}` already"))
                .with_help("`--analytics` adds one of that name: leave out one of the two"));
        }
        let name = flags.name.clone().unwrap_or_else(folder_name);
        check_name(&name)?;
        if let Some(unknown) = flags.own_server.iter().find(|service| !services.contains(service)) {
            return Err(Failure::usage(format!("`--own-server {unknown}` is none of the services"))
                .with_help(format!("they are {}", services.join(", "))));
        }
        let database = or(&flags.database, Need::Database, &DATABASES);
        let servers = flags.servers.unwrap_or(Servers::One);
        if database != "postgres" && (servers != Servers::One || !flags.own_server.is_empty()) {
            return Err(Failure::usage(format!("`{database}` has no servers to choose for"))
                .with_help("`--servers per-service` and `--own-server` go with `--database postgres`"));
        }
        Ok(Self {
            name,
            services,
            cache: or(&flags.cache, Need::Cache, &CACHES),
            database,
            analytics,
            bus: or(&flags.bus, Need::Bus, &BUSES),
            servers,
            own_server: flags.own_server.clone(),
        })
    }
}

/// Checks the names of all services.
pub(super) fn check_services<T: AsRef<str>>(services: &[T]) -> Result<(), Failure> {
    for (at, service) in services.iter().map(AsRef::as_ref).enumerate() {
        check_name(service)?;
        if services[..at].iter().any(|earlier| earlier.as_ref() == service) {
            return Err(Failure::usage(format!("the service `{service}` is named twice"))
                .with_help("each service has a name of its own"));
        }
    }
    Ok(())
}

/// Checks the name of a platform or a service.
pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if valid {
        return Ok(());
    }
    Err(Failure::usage(format!("`{name}` can't be a name"))
        .with_help("names begin with a letter and have lower-case letters, digits and `-`, 40 at most"))
}

/// A name made of the folder's, or a plain one.
pub(super) fn folder_name() -> String {
    let folder = std::env::current_dir()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().to_lowercase()));
    let name: String =
        folder.unwrap_or_default().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-').to_string();
    if check_name(&name).is_ok() { name } else { "platform".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_flags_the_recommended_answers_are_taken() {
        let answers = Answers::from_flags(&Flags::default()).unwrap();
        assert_eq!(
            (answers.cache.as_str(), answers.database.as_str(), answers.bus.as_str()),
            ("redis", "postgres", "nats")
        );
        assert_eq!((answers.servers, answers.analytics), (Servers::One, false));
    }

    #[test]
    fn names_that_can_be_none_are_refused() {
        for name in ["", "1a", "Orders", "a b", "a/b", "a.b", &"a".repeat(41)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn servers_are_chosen_for_a_database_that_has_some() {
        for database in ["litefs", "mongodb"] {
            let services = vec!["a".to_string()];
            let flags = Flags { services, database: Some(database.into()), ..Flags::default() };
            assert!(Answers::from_flags(&flags).is_ok());
            let per_service = Flags { servers: Some(Servers::PerService), ..flags.clone() };
            assert!(Answers::from_flags(&per_service).is_err());
            assert!(Answers::from_flags(&Flags { own_server: vec!["a".into()], ..flags }).is_err());
        }
    }

    #[test]
    fn a_service_is_named_once() {
        for (services, analytics) in [("a,b,a", None), ("orders,analytics", Some(true))] {
            let services = services.split(',').map(str::to_string).collect();
            assert!(Answers::from_flags(&Flags { services, analytics, ..Flags::default() }).is_err());
        }
        let services = vec!["analytics".to_string()];
        assert!(Answers::from_flags(&Flags { services, ..Flags::default() }).is_ok());
    }

    #[test]
    fn a_server_of_its_own_is_for_a_service_that_there_is() {
        let flags = Flags { own_server: vec!["users".into()], ..Flags::default() };
        assert!(Answers::from_flags(&flags).is_err());
    }
}
