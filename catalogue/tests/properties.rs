//! What holds for every workload, not only for those of the documents.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use bedplate_catalogue::matrix::{
    Analytics, AnalyticsNeed, Bus, BusNeed, Cache, CacheUse, Cloud, Database, Need, Objects, Operations,
    Platform, Relations, Routing, Scale, Schema, Stage, Structures, Vectors, Work,
};
use bedplate_catalogue::{ENGINES, Recommendation, Workload, recommend};
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Numbers around every bound that a rule may have, and the extremes.
fn number() -> impl Strategy<Value = Option<u64>> {
    let bounds = vec![
        0,
        1,
        2,
        14,
        15,
        99,
        100,
        101,
        256,
        257,
        900,
        901,
        999,
        1_000,
        5_000,
        100_000,
        262_144,
        262_145,
        1_000_000,
        1 << 20,
        (1 << 20) + 1,
        16 << 20,
        1 << 30,
        u64::MAX,
    ];
    option::of(prop_oneof![select(bounds), any::<u64>()])
}

fn few() -> impl Strategy<Value = Option<u32>> {
    option::of(prop_oneof![0_u32..4, any::<u32>()])
}

prop_compose! {
    fn database()(
        work in option::of(select(vec![Work::Transactions, Work::Analytics])),
        relations in option::of(select(vec![Relations::Simple, Relations::Complex])),
        schema in option::of(select(vec![Schema::Fixed, Schema::Flexible])),
        flags in any::<[bool; 5]>(),
        concurrent_users in number(), size_gb in number(), writers in few(), write_regions in few(),
    ) -> Database {
        let [tenants, financial, json, extensions, local_first] = flags;
        Database {
            work, relations, schema, tenants, financial, json, extensions, local_first, concurrent_users, size_gb, writers,
            write_regions,
        }
    }
}

prop_compose! {
    fn cache()(
        uses in btree_set(select(vec![
            CacheUse::Values, CacheUse::RateLimits, CacheUse::Sessions, CacheUse::Holds, CacheUse::Dedupe, CacheUse::Breakers,
            CacheUse::Leaderboards, CacheUse::PubSub,
        ]), 0..4),
        shared in option::of(any::<bool>()),
        structures in option::of(select(vec![Structures::Simple, Structures::Rich])),
        persistent in any::<bool>(), memory_scarce in any::<bool>(), size_mib in number(), latency_us in number(),
    ) -> Cache {
        Cache { uses, shared, structures, persistent, memory_scarce, size_mib, latency_us }
    }
}

prop_compose! {
    fn bus()(
        need in option::of(select(vec![
            BusNeed::Events, BusNeed::Tasks, BusNeed::Streaming, BusNeed::LowLatency, BusNeed::SimpleEvents,
        ])),
        durable in option::of(any::<bool>()),
        flags in any::<[bool; 5]>(),
        routing in option::of(select(vec![Routing::Simple, Routing::Complex])),
        messages_per_second in number(), message_bytes in number(), delay_seconds in number(), retention_days in few(),
    ) -> Bus {
        let [ordering, replay, fan_out, request_reply, dead_letters] = flags;
        Bus {
            need, durable, ordering, replay, fan_out, request_reply, dead_letters, routing, messages_per_second, message_bytes,
            delay_seconds, retention_days,
        }
    }
}

fn operates() -> impl Strategy<Value = BTreeSet<String>> {
    let names: Vec<&str> = ENGINES
        .iter()
        .flat_map(|engine| std::iter::once(&engine.name).chain(engine.aliases))
        .copied()
        .collect();
    btree_set(prop_oneof![9 => select(names).prop_map(String::from), 1 => ".{0,8}"], 0..4)
}

prop_compose! {
    fn surroundings()(
        stage in option::of(select(vec![Stage::Pilot, Stage::Production])),
        platform in option::of(select(vec![Platform::Fly, Platform::Kubernetes, Platform::Serverless, Platform::None])),
        cloud in option::of(select(vec![Cloud::Aws, Cloud::Gcp, Cloud::Azure, Cloud::None])),
        operations in option::of(select(vec![Operations::Low, Operations::Normal])),
        portable in any::<bool>(), operates in operates(), instances in few(), machines in few(), regions in few(),
    ) -> Workload {
        Workload { stage, platform, cloud, operations, portable, operates, instances, machines, regions, ..Workload::default() }
    }
}

prop_compose! {
    fn workload()(
        surroundings in surroundings(), database in database(), cache in cache(), bus in bus(), objects in any::<[bool; 4]>(),
        need in option::of(select(vec![AnalyticsNeed::Reports, AnalyticsNeed::Aggregations])), lake_files in any::<bool>(),
        needed in any::<bool>(), scale in option::of(select(vec![Scale::Moderate, Scale::High])),
    ) -> Workload {
        let [files, archive, uploads, self_hosted] = objects;
        Workload {
            database, cache, bus,
            analytics: Analytics { need, lake_files },
            objects: Objects { needed: files, archive, uploads, self_hosted },
            vectors: Vectors { needed, scale },
            ..surroundings
        }
    }
}

fn ask(workload: &Workload) -> Recommendation {
    recommend(workload, &|engine, capability| engine.name.len() % 2 == 0 && engine.offers(capability))
}

fn bytes(workload: &Workload) -> String {
    serde_json::to_string(&ask(workload)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_same_input_gets_the_same_bytes(workload in workload()) {
        let written = serde_json::to_string(&workload).unwrap();
        let read: Workload = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(bytes(&workload), bytes(&read));
    }

    #[test]
    fn a_ranking_lists_each_candidate_once_and_what_is_ruled_out_last(workload in workload()) {
        for answer in ask(&workload).answers {
            for pair in answer.ranking.windows(2) {
                prop_assert!(pair[0].ruled_out <= pair[1].ruled_out, "{}: {}", answer.need, pair[0].engine);
                let falls = pair[0].ruled_out != pair[1].ruled_out || pair[0].score >= pair[1].score;
                prop_assert!(falls, "{}: {} {}", answer.need, pair[0].engine, pair[1].engine);
            }
            let names: BTreeSet<_> = answer.ranking.iter().map(|ranked| ranked.engine).collect();
            prop_assert_eq!(names.len(), answer.ranking.len());
            let best = answer.ranking.iter().find(|ranked| !ranked.ruled_out).map(|ranked| ranked.engine);
            prop_assert_eq!(answer.choice, best);
            for ranked in &answer.ranking {
                let sum: i32 = ranked.in_favour.iter().chain(&ranked.against).map(|reason| reason.weight).sum();
                prop_assert_eq!(sum, ranked.score);
                prop_assert_eq!(ranked.ruled_out, !ranked.ruled_out_by.is_empty());
            }
        }
    }

    #[test]
    fn to_operate_an_engine_never_lowers_it(workload in workload(), engine in select(ENGINES)) {
        let mut operating = workload.clone();
        operating.operates.insert(engine.name.to_string());
        for (before, after) in ask(&workload).answers.iter().zip(&ask(&operating).answers) {
            let place = |ranking: &[bedplate_catalogue::matrix::Ranked]| {
                ranking.iter().position(|ranked| ranked.engine == engine.name)
            };
            let (Some(was), Some(is)) = (place(&before.ranking), place(&after.ranking)) else { continue };
            prop_assert!(is <= was, "{}: {} fell from {} to {}", before.need, engine.name, was, is);
            prop_assert!(after.ranking[is].score >= before.ranking[was].score);
            prop_assert_eq!(after.ranking[is].ruled_out, before.ranking[was].ruled_out);
        }
    }

    #[test]
    fn where_nothing_is_asked_for_nothing_is_recommended(surroundings in surroundings()) {
        let recommendation = ask(&surroundings);
        for need in [Need::Analytics, Need::Cache, Need::Bus, Need::Objects, Need::Vectors] {
            prop_assert_eq!(recommendation.answer(need).and_then(|answer| answer.choice), Some("none"), "{}", need);
        }
    }
}

#[test]
fn whatever_is_asked_of_a_bus_a_cache_or_analytics_asks_for_one() {
    let buses = [
        Bus { durable: Some(true), ..Bus::default() },
        Bus { ordering: true, ..Bus::default() },
        Bus { replay: true, ..Bus::default() },
        Bus { fan_out: true, ..Bus::default() },
        Bus { request_reply: true, ..Bus::default() },
        Bus { dead_letters: true, ..Bus::default() },
        Bus { routing: Some(Routing::Complex), ..Bus::default() },
        Bus { messages_per_second: Some(200_000), ..Bus::default() },
        Bus { message_bytes: Some(1_000), ..Bus::default() },
        Bus { delay_seconds: Some(60), ..Bus::default() },
        Bus { retention_days: Some(7), ..Bus::default() },
    ];
    let caches = [
        Cache { shared: Some(true), ..Cache::default() },
        Cache { structures: Some(Structures::Rich), ..Cache::default() },
        Cache { persistent: true, ..Cache::default() },
        Cache { size_mib: Some(500), ..Cache::default() },
        Cache { latency_us: Some(5_000), ..Cache::default() },
    ];
    let lake = Analytics { lake_files: true, ..Analytics::default() };
    let asked = buses
        .map(|bus| (Need::Bus, Workload { bus, ..Workload::default() }))
        .into_iter()
        .chain(caches.map(|cache| (Need::Cache, Workload { cache, ..Workload::default() })))
        .chain([(Need::Analytics, Workload { analytics: lake, ..Workload::default() })]);
    for (need, workload) in asked {
        let recommendation = ask(&workload);
        let choice = recommendation.answer(need).and_then(|answer| answer.choice);
        assert!(choice.is_some_and(|choice| choice != "none"), "{need}: {choice:?} for {workload:?}");
    }
}
