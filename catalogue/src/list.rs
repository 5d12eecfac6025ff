//! The list of every engine, and how one is found in it.

use bedplate_core::Engine;

use crate::engines::*;

/// Every engine, in the order in which everything lists them: databases, caches, buses, object stores, vectors; the
/// embedded ones of a kind first. Of two engines that are otherwise equal the earlier one is recommended.
pub static ENGINES: &[&Engine] = &[
    &SQLITE,
    &POSTGRES,
    &MYSQL,
    &MONGODB,
    &COCKROACHDB,
    &LITEFS,
    &LIBSQL,
    &DUCKDB,
    &MEMORY,
    &REDIS,
    &MEMCACHED,
    &DYNAMODB,
    &NATS,
    &RABBITMQ,
    &KAFKA,
    &AWS,
    &FILES,
    &S3,
    &GCS,
    &AZURE,
    &MINIO,
    &UPLOADTHING,
    &PGVECTOR,
    &QDRANT,
];

/// The engine with this name or alias.
pub fn by_name(name: &str) -> Option<&'static Engine> {
    let named = |engine: &&&Engine| engine.name == name || engine.aliases.contains(&name);
    ENGINES.iter().find(named).copied()
}

/// The engine that this URL scheme chooses.
pub fn by_scheme(scheme: &str) -> Option<&'static Engine> {
    ENGINES.iter().find(|engine| engine.schemes.contains(&scheme)).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bedplate_core::{Capability, Form, Maturity};

    use super::*;
    use crate::sources::is_source;

    #[test]
    fn every_name_alias_and_scheme_leads_to_one_engine() {
        let mut names = BTreeSet::new();
        let mut schemes = BTreeSet::new();
        for engine in ENGINES {
            for name in std::iter::once(&engine.name).chain(engine.aliases) {
                assert!(names.insert(*name), "{name} stands twice");
                assert!(std::ptr::eq(by_name(name).unwrap(), *engine));
            }
            assert!(!engine.schemes.is_empty(), "{} has no scheme", engine.name);
            for scheme in engine.schemes {
                assert!(schemes.insert(*scheme), "{scheme} stands twice");
                assert!(std::ptr::eq(by_scheme(scheme).unwrap(), *engine));
            }
        }
        assert!(by_name("oracle").is_none() && by_scheme("oracle").is_none());
    }

    #[test]
    fn every_engine_offers_something_and_says_what_is_known_of_it() {
        for engine in ENGINES {
            let name = engine.name;
            assert!(engine.capabilities().next().is_some(), "{name} offers nothing");
            assert!(engine.facts.len() >= 5, "{name} has too few facts");
            for text in [engine.title, engine.summary, engine.licence] {
                assert!(!text.is_empty(), "{name} leaves something empty");
            }
            for fact in engine.facts {
                assert!(is_source(fact.source), "{name}: `{}` is no source", fact.source);
                assert!(fact.text.ends_with('.'), "{name}: `{}` is no sentence", fact.text);
            }
            assert_eq!(
                engine.form == Form::Server,
                !engine.ports.is_empty(),
                "{name}: only servers have ports"
            );
        }
    }

    #[test]
    fn every_default_is_a_value_that_its_setting_takes() {
        for engine in ENGINES {
            let mut names = BTreeSet::new();
            for setting in engine.settings {
                assert!(names.insert(setting.name), "{}: {} stands twice", engine.name, setting.name);
                assert!(setting.kind.accepts(setting.default), "{}: {}", engine.name, setting.name);
            }
        }
    }

    #[test]
    fn containers_are_their_makers_own_and_pinned() {
        for container in ENGINES.iter().filter_map(|engine| engine.container) {
            let (repository, tag) = container.image.rsplit_once(':').unwrap();
            assert!(!tag.is_empty() && tag != "latest", "{}", container.image);
            assert!(!repository.contains("bitnami") && !repository.contains("minio"), "{}", container.image);
            assert!(!container.ready.is_empty(), "{} has no ready check", container.image);
        }
    }

    #[test]
    fn what_is_proven_is_exactly_what_has_a_driver() {
        let mut proven = Vec::new();
        for engine in ENGINES {
            for capability in engine.capabilities() {
                if engine.maturity(capability) == Some(Maturity::Proven) {
                    proven.push((engine.name, capability));
                }
            }
        }
        assert_eq!(
            proven,
            [
                ("sqlite", Capability::Sql),
                ("postgres", Capability::Sql),
                ("mysql", Capability::Sql),
                ("memory", Capability::Cache),
                ("memory", Capability::Bus),
                ("files", Capability::Objects),
            ]
        );
    }
}
