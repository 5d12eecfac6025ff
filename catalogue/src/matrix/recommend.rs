//! Applying the rules: from a workload to a ranking for each need.

use bedplate_core::{Capability, Engine};
use serde::Serialize;

use super::rule::{NONE, Need, Note, Rule, Verdict};
use super::workload::Workload;
use super::{analytics, bus, cache, database, objects, vectors};
use crate::list::{ENGINES, by_name};
use crate::sources::SAAS_STARTER;

/// What an engine gains when it is operated already.
const OPERATED: i32 = 20;

/// What to take for each need, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// One answer for each need, in the order of [`Need::ALL`].
    pub answers: Vec<Answer>,
    /// Names of `operates` that no engine has.
    pub unknown: Vec<String>,
}

impl Recommendation {
    /// The answer for one need.
    pub fn answer(&self, need: Need) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.need == need)
    }
}

/// The ranking for one need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The need.
    pub need: Need,
    /// The engine to take, or `none`; `None` where every candidate is ruled out.
    pub choice: Option<&'static str>,
    /// Every candidate, the best first, what is ruled out last.
    pub ranking: Vec<Ranked>,
}

/// One candidate with everything that was said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// The engine's name, or `none`.
    pub engine: &'static str,
    /// The name that prose uses.
    pub title: &'static str,
    /// The sum of the weights.
    pub score: i32,
    /// Whether a rule rules it out.
    pub ruled_out: bool,
    /// How far Bedplate's support has come: `planned` or `proven`; absent for `none`.
    pub maturity: Option<&'static str>,
    /// Whether this build can open it; `none` needs nothing.
    pub in_build: bool,
    /// What belongs to it.
    pub with: Vec<Companion>,
    /// The rules that speak for it.
    pub in_favour: Vec<Reason>,
    /// The rules that speak against it.
    pub against: Vec<Reason>,
    /// The rules that rule it out.
    pub ruled_out_by: Vec<Reason>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule's name.
    pub rule: &'static str,
    /// What it adds to the score; 0 where it rules out.
    pub weight: i32,
    /// Why, in a sentence.
    pub text: &'static str,
    /// Where that is from.
    pub source: &'static str,
}

/// What belongs to an engine where it is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Companion {
    /// What it is.
    pub text: &'static str,
    /// Where that is from.
    pub source: &'static str,
}

const fn table(need: Need) -> (&'static [Rule], &'static [Note]) {
    match need {
        Need::Database => (database::RULES, database::NOTES),
        Need::Analytics => (analytics::RULES, analytics::NOTES),
        Need::Cache => (cache::RULES, cache::NOTES),
        Need::Bus => (bus::RULES, bus::NOTES),
        Need::Objects => (objects::RULES, objects::NOTES),
        Need::Vectors => (vectors::RULES, vectors::NOTES),
    }
}

/// The rules for one need, in the order of their table.
pub const fn rules(need: Need) -> &'static [Rule] {
    table(need).0
}

/// Ranks the engines for every need. `in_build` tells what this build can open.
pub fn recommend(workload: &Workload, in_build: &dyn Fn(&Engine, Capability) -> bool) -> Recommendation {
    let unknown = workload.operates.iter().filter(|name| by_name(name).is_none()).cloned().collect();
    Recommendation { answers: Need::ALL.map(|need| answer(need, workload, in_build)).into(), unknown }
}

fn answer(need: Need, workload: &Workload, in_build: &dyn Fn(&Engine, Capability) -> bool) -> Answer {
    let judged = |name: &str| rules(need).iter().any(|rule| rule.engine == name);
    let mut ranking = Vec::new();
    if judged(NONE) {
        ranking.push(judge(need, NONE, workload));
    }
    for engine in ENGINES.iter().filter(|engine| judged(engine.name)) {
        let mut ranked = judge(need, engine.name, workload);
        ranked.title = engine.title;
        if let Some(capability) = need.capabilities().iter().find(|capability| engine.offers(**capability)) {
            ranked.maturity = engine.maturity(*capability).map(|maturity| maturity.as_str());
            ranked.in_build = in_build(engine, *capability);
        }
        ranking.push(ranked);
    }
    // The sort is stable: equals keep the catalogue's order.
    ranking.sort_by_key(|ranked| (ranked.ruled_out, -ranked.score));
    let choice = ranking.first().filter(|best| !best.ruled_out).map(|best| best.engine);
    Answer { need, choice, ranking }
}

fn judge(need: Need, engine: &'static str, workload: &Workload) -> Ranked {
    let mut ranked = Ranked {
        engine,
        title: "nothing",
        score: 0,
        ruled_out: false,
        maturity: None,
        in_build: engine == NONE,
        with: Vec::new(),
        in_favour: Vec::new(),
        against: Vec::new(),
        ruled_out_by: Vec::new(),
    };
    let (rules, notes) = table(need);
    for rule in rules.iter().filter(|rule| rule.engine == engine && (rule.when)(workload)) {
        let reason = |weight| Reason { rule: rule.id, weight, text: rule.text, source: rule.source };
        match rule.verdict {
            Verdict::For(weight) => ranked.in_favour.push(reason(i32::from(weight))),
            Verdict::Against(weight) => ranked.against.push(reason(-i32::from(weight))),
            Verdict::Out => ranked.ruled_out_by.push(reason(0)),
        }
    }
    if workload.operates(engine) {
        ranked.in_favour.push(Reason {
            rule: "already-operated",
            weight: OPERATED,
            text: "It is operated already: nothing new to learn or to run.",
            source: SAAS_STARTER,
        });
    }
    ranked.score = ranked.in_favour.iter().chain(&ranked.against).map(|reason| reason.weight).sum();
    ranked.ruled_out = !ranked.ruled_out_by.is_empty();
    let notes = notes.iter().filter(|note| note.engine == engine && (note.when)(workload));
    ranked.with = notes.map(|note| Companion { text: note.text, source: note.source }).collect();
    ranked
}
