//! The tables as a whole: sound, used, and in step with the catalogue.

use std::collections::BTreeSet;

use bedplate_catalogue::matrix::{NONE, Need, Rule, Verdict, rules};
use bedplate_catalogue::sources::is_source;
use bedplate_catalogue::{ENGINES, Workload, by_name};
use bedplate_core::{Capability, Reach};
use serde_json::json;

use crate::branch::{ask, workload};
use crate::workloads;

fn every_rule() -> impl Iterator<Item = &'static Rule> {
    Need::ALL.into_iter().flat_map(|need| rules(need))
}

#[test]
fn every_rule_judges_an_engine_that_serves_its_need() {
    for rule in every_rule() {
        if rule.engine == NONE {
            continue;
        }
        let engine = by_name(rule.engine).unwrap_or_else(|| panic!("{} is unknown", rule.engine));
        assert_eq!(engine.name, rule.engine, "a rule names the engine, not its alias");
        assert!(
            rule.need.capabilities().iter().any(|capability| engine.offers(*capability)),
            "{} doesn't serve {}",
            rule.engine,
            rule.need
        );
    }
}

#[test]
fn every_rule_has_a_source_a_sentence_and_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for rule in every_rule() {
        assert!(is_source(rule.source), "{} {}: `{}`", rule.engine, rule.id, rule.source);
        assert!(rule.text.ends_with('.'), "{} {}: `{}`", rule.engine, rule.id, rule.text);
        assert!(
            !matches!(rule.verdict, Verdict::For(0) | Verdict::Against(0)),
            "{} {}",
            rule.engine,
            rule.id
        );
        assert!(names.insert((rule.need, rule.engine, rule.id)), "{} {} stands twice", rule.engine, rule.id);
    }
}

#[test]
fn every_rule_fires_in_a_branch_and_most_do_not_always() {
    let workloads: Vec<_> = workloads().collect();
    for rule in every_rule() {
        let fired = workloads.iter().filter(|(_, workload)| (rule.when)(workload)).count();
        assert!(fired > 0, "{} {} {} never fires", rule.need, rule.engine, rule.id);
    }
    let rarely = every_rule().filter(|rule| workloads.iter().any(|(_, workload)| !(rule.when)(workload)));
    assert!(rarely.count() > every_rule().count() * 9 / 10);
}

#[test]
fn every_engine_can_be_chosen_or_has_been_weighed() {
    for engine in ENGINES {
        assert!(every_rule().any(|rule| rule.engine == engine.name), "{} is in no table", engine.name);
    }
}

#[test]
fn branches_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for (name, _) in workloads() {
        assert!(names.insert(name), "{name} stands twice");
    }
    assert!(names.len() > 120, "{}", names.len());
}

fn is_out(engine: &str, need: Need, workload: &Workload) -> bool {
    let recommendation = ask(workload);
    let ranking = &recommendation.answer(need).unwrap().ranking;
    ranking.iter().find(|ranked| ranked.engine == engine).unwrap().ruled_out
}

#[test]
fn a_bus_that_refuses_a_promise_is_out_where_it_is_asked_for() {
    for engine in ENGINES {
        let Some(offer) = engine.bus else { continue };
        let features = offer.features;
        // What everything has: an event that may be lost, on AWS, in one process.
        let with = |mut bus: serde_json::Value| {
            bus["need"] = json!("events");
            if bus.get("durable").is_none() {
                bus["durable"] = json!(false);
            }
            workload(json!({ "cloud": "aws", "instances": 1, "bus": bus }))
        };
        assert!(!is_out(engine.name, Need::Bus, &with(json!({}))), "{}", engine.name);
        for (promise, asked) in [
            (features.durable, json!({ "durable": true })),
            (features.replay, json!({ "replay": true })),
            (features.delay, json!({ "delay_seconds": 1 })),
            (features.key_order, json!({ "ordering": true })),
            (features.broadcast, json!({ "fan_out": true })),
        ] {
            assert_eq!(
                !promise.is_kept(),
                is_out(engine.name, Need::Bus, &with(asked.clone())),
                "{} {asked}",
                engine.name
            );
        }
        for (limit, name) in
            [(features.max_message_bytes, "message_bytes"), (features.max_delay_seconds, "delay_seconds")]
        {
            let Some(limit) = limit else { continue };
            assert!(!is_out(engine.name, Need::Bus, &with(json!({ name: limit }))), "{} {name}", engine.name);
            assert!(
                is_out(engine.name, Need::Bus, &with(json!({ name: limit + 1 }))),
                "{} {name}",
                engine.name
            );
        }
        let machines =
            workload(json!({ "machines": 2, "bus": { "need": "events", "durable": false }, "cloud": "aws" }));
        assert_eq!(
            features.reach != Reach::Network,
            is_out(engine.name, Need::Bus, &machines),
            "{}",
            engine.name
        );
    }
}

#[test]
fn a_cache_that_cannot_be_shared_is_out_where_it_is() {
    for engine in ENGINES {
        let Some(offer) = engine.cache else { continue };
        let processes = workload(json!({ "instances": 2, "machines": 1, "cache": { "uses": ["values"] } }));
        let machines = workload(json!({ "machines": 2, "cache": { "uses": ["values"] } }));
        let reach = offer.features.reach;
        assert_eq!(reach == Reach::Process, is_out(engine.name, Need::Cache, &processes), "{}", engine.name);
        assert_eq!(reach != Reach::Network, is_out(engine.name, Need::Cache, &machines), "{}", engine.name);
    }
}

#[test]
fn objects_that_cannot_be_retained_are_out_for_archives() {
    let archive = workload(json!({ "instances": 1, "objects": { "archive": true } }));
    for engine in ENGINES {
        let Some(offer) = engine.objects else { continue };
        assert_eq!(
            !offer.features.retention.is_kept(),
            is_out(engine.name, Need::Objects, &archive),
            "{}",
            engine.name
        );
    }
}

#[test]
fn what_is_in_the_build_is_marked() {
    let opens =
        |engine: &bedplate_core::Engine, capability| engine.name == "sqlite" && capability == Capability::Sql;
    let recommendation = bedplate_catalogue::recommend(&Workload::default(), &opens);
    let marked: Vec<_> = recommendation
        .answers
        .iter()
        .flat_map(|answer| {
            answer.ranking.iter().filter(|ranked| ranked.in_build).map(|ranked| (answer.need, ranked.engine))
        })
        .filter(|(_, engine)| *engine != NONE)
        .collect();
    assert_eq!(marked, [(Need::Database, "sqlite"), (Need::Analytics, "sqlite")]);
    let mongodb = recommendation.answers[0].ranking.iter().find(|ranked| ranked.engine == "mongodb").unwrap();
    assert_eq!(mongodb.maturity, Some("planned"));
}

#[test]
fn unknown_engines_are_told_and_unknown_keys_refused() {
    let recommendation = ask(&workload(json!({ "operates": ["redis", "oracle"] })));
    assert_eq!(recommendation.unknown, ["oracle"]);
    let read = |json| serde_json::from_value::<Workload>(json);
    assert!(read(json!({ "databse": {} })).is_err());
    assert!(read(json!({ "bus": { "need": "everything" } })).is_err());
}

#[test]
fn a_workload_survives_its_own_json() {
    for (name, workload) in workloads() {
        let text = serde_json::to_string(&workload).unwrap();
        assert_eq!(serde_json::from_str::<Workload>(&text).unwrap(), workload, "{name}");
    }
}
