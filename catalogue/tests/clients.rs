//! What the catalogue says about the clients of engines: their variables, regions, connections and doors.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use bedplate_catalogue::ENGINES;
use bedplate_core::{Aspect, ClientContent, Engine, Form};

/// Servers whose clients read no variable, and why.
const WITHOUT: [(&str, &str); 1] = [("pgvector", "an extension: its PostgreSQL is what clients connect to")];

fn is_upper_snake(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.split('_').all(word)
}

fn has(engine: &Engine, content: ClientContent) -> bool {
    engine.clients.iter().any(|variable| variable.content == content)
}

#[test]
fn a_variable_is_spelt_like_one_and_means_the_same_everywhere() {
    let mut meanings = BTreeMap::new();
    for engine in ENGINES {
        let mut names = BTreeSet::new();
        for variable in engine.clients {
            let name = variable.name;
            assert!(is_upper_snake(name), "{}: {name}", engine.name);
            assert!(names.insert(name), "{}: {name} stands twice", engine.name);
            let (first, content) = *meanings.entry(name).or_insert((engine.name, variable.content));
            assert_eq!(content, variable.content, "{name} of {} and {first}", engine.name);
        }
    }
}

#[test]
fn the_clients_of_every_server_find_it() {
    for engine in ENGINES.iter().filter(|engine| engine.form == Form::Server) {
        // The clients of a SQL database read `DATABASE_URL`, which every one of them has.
        let is_found = engine.sql.is_some()
            || [ClientContent::Url, ClientContent::Place, ClientContent::Endpoint]
                .into_iter()
                .any(|content| has(engine, content));
        let is_excused = WITHOUT.iter().any(|(name, _)| *name == engine.name);
        assert!(is_found != is_excused, "{}: {:?}", engine.name, engine.clients);
    }
    for (name, _) in WITHOUT {
        assert!(bedplate_catalogue::by_name(name).is_some(), "{name}");
    }
}

#[test]
fn what_stands_in_a_variable_is_what_the_engine_has() {
    for engine in ENGINES {
        let name = engine.name;
        assert!(
            engine.form != Form::Embedded || engine.clients.is_empty(),
            "{name} is in the process itself"
        );
        assert!(!has(engine, ClientContent::Bucket) || engine.objects.is_some(), "{name} has no buckets");
        assert_eq!(has(engine, ClientContent::Region), engine.region.is_some(), "{name}: the region");
    }
}

#[test]
fn connections_are_counted_where_pools_are_and_the_manual_says_so() {
    for engine in ENGINES {
        let Some(connections) = engine.connections else { continue };
        assert!(engine.form == Form::Server && engine.sql.is_some(), "{} has no pools", engine.name);
        let start = format!("{connections} connections ");
        let is_said = |aspect: Aspect, text: &str| aspect == Aspect::Concurrency && text.starts_with(&start);
        assert!(engine.facts.iter().any(|fact| is_said(fact.aspect, fact.text)), "{}", engine.name);
    }
}

#[test]
fn a_door_stands_in_for_what_a_cloud_runs() {
    let mut ports = BTreeMap::new();
    for engine in ENGINES {
        let Some(door) = engine.door else { continue };
        assert_eq!(engine.form, Form::Hosted, "{} can run here itself", engine.name);
        let names = door.credentials.iter().map(|(name, _)| *name).chain([door.endpoint]);
        for name in names {
            assert!(is_upper_snake(name), "{}: {name}", door.name);
            assert!(engine.clients.iter().all(|variable| variable.name != name), "{}: {name}", engine.name);
        }
        let first = *ports.entry(door.port).or_insert(door.name);
        assert_eq!(first, door.name, "two doors on {}", door.port);
    }
    assert!(!ports.is_empty());
}
