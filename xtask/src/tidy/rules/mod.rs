//! Every rule, in the order in which they are applied: one file each.

mod architecture;
mod banners;
mod commented;
mod dependencies;
mod engine_names;
mod features;
mod functions;
mod heads;
mod layers;
mod lengths;
mod licences;
mod links;
mod lints;
mod logic;
mod names;
mod places;
mod printing;
mod sleeps;

use super::breach::Breach;
use super::tree::Tree;

/// A rule of this repository.
pub(crate) struct Rule {
    /// Its name, as printed behind each breach.
    pub(crate) name: &'static str,
    /// The rule in one sentence.
    pub(crate) says: &'static str,
    /// Finds its breaches.
    pub(crate) check: fn(&Tree) -> Vec<Breach>,
}

/// Every rule.
pub(crate) const RULES: &[Rule] = &[
    layers::RULE,
    dependencies::RULE,
    lints::RULE,
    features::RULE,
    engine_names::RULE,
    printing::RULE,
    names::RULE,
    lengths::RULE,
    functions::RULE,
    logic::RULE,
    heads::RULE,
    banners::RULE,
    commented::RULE,
    licences::RULE,
    sleeps::RULE,
    places::RULE,
    links::RULE,
    architecture::RULE,
];

/// The breaches of a rule in a made-up tree, as `path:line`.
#[cfg(test)]
fn broken(rule: &Rule, files: &[(&str, &str)]) -> Vec<String> {
    places(&(rule.check)(&Tree::of(files)))
}

#[cfg(test)]
fn places(breaches: &[Breach]) -> Vec<String> {
    breaches.iter().map(|breach| format!("{}:{}", breach.path, breach.line)).collect()
}
