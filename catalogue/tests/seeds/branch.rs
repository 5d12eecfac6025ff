//! How a branch is written down: a workload as JSON, and what the matrix must say about it.

use bedplate_catalogue::matrix::{Need, Ranked};
use bedplate_catalogue::{Recommendation, Workload, recommend};

/// Declares tests, and the list of their workloads for the tests of the tables.
macro_rules! branches {
    ($( $(#[$meta:meta])* $name:ident $workload:tt => $( $check:expr ),+ ; )*) => {
        pub(crate) const WORKLOADS: &[(&str, fn() -> bedplate_catalogue::Workload)] =
            &[$( (stringify!($name), || $crate::branch::workload(serde_json::json!($workload))) ),*];

        $(
            $(#[$meta])*
            #[test]
            fn $name() {
                let recommendation = $crate::branch::ask(&$crate::branch::workload(serde_json::json!($workload)));
                $( ($check)(&recommendation); )+
            }
        )*
    };
}

pub(crate) fn workload(json: serde_json::Value) -> Workload {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn ask(workload: &Workload) -> Recommendation {
    recommend(workload, &|_, _| false)
}

fn place(recommendation: &Recommendation, need: Need, engine: &str) -> usize {
    let ranking = &recommendation.answer(need).unwrap().ranking;
    ranking.iter().position(|ranked| ranked.engine == engine).unwrap()
}

fn ranked<'a>(recommendation: &'a Recommendation, need: Need, engine: &str) -> &'a Ranked {
    &recommendation.answer(need).unwrap().ranking[place(recommendation, need, engine)]
}

/// The engine is the choice, and by a margin: not only because it stands first in the catalogue.
pub(crate) fn is(need: Need, engine: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let answer = recommendation.answer(need).unwrap();
        assert_eq!(answer.choice, Some(engine), "{need}: {:#?}", &answer.ranking[..2]);
        if let [first, second, ..] = answer.ranking.as_slice() {
            assert!(second.ruled_out || first.score > second.score, "{need}: a tie with {}", second.engine);
        }
    }
}

/// The engine isn't the choice.
pub(crate) fn is_not(need: Need, engine: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| assert_ne!(recommendation.answer(need).unwrap().choice, Some(engine), "{need}")
}

/// The engine stands right behind the choice, and isn't ruled out.
pub(crate) fn is_second(need: Need, engine: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        assert_eq!(place(recommendation, need, engine), 1, "{need}: {engine}");
        assert!(!ranked(recommendation, need, engine).ruled_out, "{need}: {engine} is ruled out");
    }
}

/// The first engine is ranked above the second one, and isn't ruled out.
pub(crate) fn is_above(need: Need, upper: &'static str, lower: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        assert!(!ranked(recommendation, need, upper).ruled_out, "{need}: {upper} is ruled out");
        assert!(
            place(recommendation, need, upper) < place(recommendation, need, lower),
            "{need}: {upper}, {lower}"
        );
    }
}

/// The engine gains by this rule.
pub(crate) fn gains(need: Need, engine: &'static str, rule: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let ranked = ranked(recommendation, need, engine);
        assert!(ranked.in_favour.iter().any(|reason| reason.rule == rule), "{ranked:#?}");
    }
}

/// The rule speaks against the engine, which may be the choice all the same.
pub(crate) fn speaks_against(
    need: Need,
    engine: &'static str,
    rule: &'static str,
) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let ranked = ranked(recommendation, need, engine);
        assert!(ranked.against.iter().any(|reason| reason.rule == rule), "{ranked:#?}");
    }
}

/// The engine loses by this rule, and isn't the choice.
pub(crate) fn loses(need: Need, engine: &'static str, rule: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        speaks_against(need, engine, rule)(recommendation);
        is_not(need, engine)(recommendation);
    }
}

/// Every candidate is ruled out.
pub(crate) fn nothing_is_left(need: Need) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let answer = recommendation.answer(need).unwrap();
        assert_eq!(answer.choice, None);
        assert!(answer.ranking.iter().all(|ranked| ranked.ruled_out));
    }
}

/// The engine is ruled out by this rule.
pub(crate) fn is_out(need: Need, engine: &'static str, rule: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let ranked = ranked(recommendation, need, engine);
        assert!(ranked.ruled_out_by.iter().any(|reason| reason.rule == rule), "{ranked:#?}");
    }
}

/// Something belongs to the engine whose text has this in it.
pub(crate) fn comes_with(need: Need, engine: &'static str, words: &'static str) -> impl Fn(&Recommendation) {
    move |recommendation| {
        let ranked = ranked(recommendation, need, engine);
        assert!(ranked.with.iter().any(|companion| companion.text.contains(words)), "{ranked:#?}");
    }
}
