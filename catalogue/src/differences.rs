//! Where engines of one capability differ, pair by pair, and what to write so that a service runs on both.

use bedplate_core::{Capability, Engine, Maturity, Promise};

use crate::list::ENGINES;

/// What one engine has and another one hasn't, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The feature's name, as `bedplate engines` shows it.
    pub feature: &'static str,
    /// Where it stands among the features of its capability.
    pub place: usize,
    /// What it means.
    pub doc: &'static str,
    /// What each of the two has.
    pub has: [String; 2],
    /// What to write so that it works on both.
    pub advice: &'static str,
}

/// What to write where engines differ in a feature, in one sentence or two. The features of every capability for which there
/// are two proven engines stand here.
const ADVICE: &[(Capability, &str, &str)] = &[
    (
        Capability::Sql,
        "reach",
        "One instance of the service can use either; a second one on another machine needs the one that is reached over the network.",
    ),
    (
        Capability::Sql,
        "concurrent-writers",
        "Keep transactions that write short, do nothing slow inside of them, and run them through `Sql::transaction`, which tries a lost race again.",
    ),
    (
        Capability::Sql,
        "transactional-ddl",
        "Write one change of the schema into each migration: one that fails then leaves nothing half done, and `bedplate db migrate` goes on from there.",
    ),
    (
        Capability::Sql,
        "insert-returning",
        "Make the key in the service, for example a UUID, and read by it what the database has filled in.",
    ),
    (
        Capability::Sql,
        "update-returning",
        "In one transaction, update first, which keeps others from the row, and then select it; before a delete, select it and delete then.",
    ),
    (Capability::Sql, "on-conflict", "Let `Dialect::upsert` write the statement."),
    (
        Capability::Sql,
        "nulls-first",
        "Say it in the order: `order by v is null, v` puts NULL last everywhere, and `order by v is not null, v` puts it first.",
    ),
    (
        Capability::Sql,
        "byte-order",
        "Where equality must ignore case, store the text in lower case too and compare that; where order matters to people, sort in the service.",
    ),
    (
        Capability::Sql,
        "typed-columns",
        "Bind values of the column's type, and never a text for a number; where SQLite must refuse it too, add `check (typeof(n) = 'integer')` to its column.",
    ),
    (
        Capability::Sql,
        "decimal-arithmetic",
        "Keep money in whole cents, as `bigint`, which every engine adds up exactly; or read the decimals and add them up in the service.",
    ),
    (
        Capability::Sql,
        "read-committed",
        "Don't wait inside of a transaction for what others commit: end it and look again.",
    ),
    (
        Capability::Sql,
        "tenants",
        "There is no other way to be sure: a service that asks for it runs on the engine that keeps it, in development too. Elsewhere every statement needs its `where`.",
    ),
    (
        Capability::Sql,
        "replicas",
        "Ask `Sql::replica` and read from the handle itself where it is `Unsupported`.",
    ),
    (
        Capability::Sql,
        "max-parameters",
        "Split long lists into several statements of one transaction, by the smaller limit.",
    ),
    (
        Capability::Sql,
        "max-value-bytes",
        "Store nothing larger than the smaller limit; files belong into an object store, and the database keeps their keys.",
    ),
];

/// What to write where engines differ in a feature.
fn advice(capability: Capability, feature: &str) -> &'static str {
    let found = ADVICE.iter().find(|(of, name, _)| *of == capability && *name == feature);
    found.map_or("", |(_, _, text)| text)
}

/// The pairs of engines that are proven for a capability, in the order of the catalogue.
pub fn pairs(capability: Capability) -> Vec<(&'static Engine, &'static Engine)> {
    let proven: Vec<&'static Engine> = ENGINES
        .iter()
        .copied()
        .filter(|engine| engine.maturity(capability) == Some(Maturity::Proven))
        .collect();
    let behind = |at: usize| proven[at + 1..].iter().map(move |other| (at, *other));
    (0..proven.len()).flat_map(behind).map(|(at, other)| (proven[at], other)).collect()
}

/// Where two engines differ for a capability: their reach, their promises, their limits, in the order of their declaration.
/// Whether a promise is kept by the engine or upon it makes no difference to who writes statements.
pub fn differences(one: &Engine, other: &Engine, capability: Capability) -> Vec<Difference> {
    let (Some((reach, promises)), Some((other_reach, other_promises))) =
        (one.promises(capability), other.promises(capability))
    else {
        return Vec::new();
    };
    let limits = one.limits(capability).unwrap_or_default();
    let other_limits = other.limits(capability).unwrap_or_default();
    let word = |promise: Promise| if promise.is_kept() { "kept" } else { "refused" }.to_string();
    let number = |limit: Option<u64>| limit.map_or("no limit".to_string(), |limit| limit.to_string());
    let reaches =
        [("reach", "Who can share its state.", [reach.as_str().into(), other_reach.as_str().into()])];
    let promises = promises
        .into_iter()
        .zip(other_promises)
        .map(|(one, other)| (one.name, one.doc, [word(one.promise), word(other.promise)]));
    let limits = limits
        .into_iter()
        .zip(other_limits)
        .map(|(one, other)| (one.name, one.doc, [number(one.limit), number(other.limit)]));
    reaches
        .into_iter()
        .chain(promises)
        .chain(limits)
        .enumerate()
        .filter(|(_, (_, _, has))| has[0] != has[1])
        .map(|(place, (feature, doc, has))| {
            let advice = advice(capability, feature);
            Difference { feature, place, doc, has, advice }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MYSQL, POSTGRES, SQLITE};

    #[test]
    fn every_feature_of_a_capability_with_two_proven_engines_has_advice() {
        for capability in Capability::CONTRACTS {
            let Some((engine, _)) = pairs(capability).first().copied() else { continue };
            let promises = engine.promises(capability).unwrap().1.into_iter().map(|row| row.name);
            let limits = engine.limits(capability).unwrap().into_iter().map(|row| row.name);
            let names: Vec<_> = ["reach"].into_iter().chain(promises).chain(limits).collect();
            for name in &names {
                assert!(advice(capability, name).ends_with('.'), "{capability} {name}: no advice");
            }
            for (_, name, _) in ADVICE.iter().filter(|(of, _, _)| *of == capability) {
                assert!(names.contains(name), "{capability} has no feature `{name}`");
            }
        }
    }

    #[test]
    fn every_proven_engine_is_paired_with_every_other_one_once() {
        let names: Vec<_> =
            pairs(Capability::Sql).into_iter().map(|(one, other)| (one.name, other.name)).collect();
        assert_eq!(names[0], ("sqlite", "postgres"));
        let engines = ENGINES.iter().filter(|one| one.maturity(Capability::Sql) == Some(Maturity::Proven));
        let count = engines.count();
        assert_eq!(names.len(), count * (count - 1) / 2);
        assert!(pairs(Capability::Vectors).is_empty());
    }

    #[test]
    fn only_what_differs_is_a_difference() {
        let found = differences(&SQLITE, &POSTGRES, Capability::Sql);
        let of = |name: &str| found.iter().find(|difference| difference.feature == name);
        assert_eq!(of("nulls-first").unwrap().has, ["kept", "refused"]);
        assert_eq!(of("reach").unwrap().has, ["machine", "network"]);
        assert_eq!(of("max-parameters").unwrap().has, ["32766", "65535"]);
        assert_eq!(of("transactional-ddl"), None);
        assert!(differences(&SQLITE, &SQLITE, Capability::Sql).is_empty());
        assert!(differences(&SQLITE, &MYSQL, Capability::Vectors).is_empty());
    }
}
