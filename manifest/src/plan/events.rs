//! Who publishes what, and whether what is subscribed is published by anybody.

use std::collections::{BTreeMap, HashMap, HashSet};

use bedplate_core::setting::nearest;

use super::planner::Planner;
use super::types::Topic;
use crate::codes;
use crate::manifest::Span;
use crate::problem::Problem;

/// For how many problems the nearest topic is looked for: each look goes through all topics.
const MAX_NEAREST: usize = 20;

/// What is published and subscribed, collected service by service.
#[derive(Default)]
pub(super) struct Events {
    topics: BTreeMap<String, Vec<String>>,
    subscribed: Vec<(String, String, Span)>,
}

impl Events {
    pub(super) fn publish(&mut self, service: &str, topics: &[String]) {
        for topic in topics {
            let publishers = self.topics.entry(topic.clone()).or_default();
            if publishers.last().is_none_or(|last| last != service) {
                publishers.push(service.to_string());
            }
        }
    }

    pub(super) fn subscribe(&mut self, service: &str, pattern: &str, span: Span) {
        self.subscribed.push((service.to_string(), pattern.to_string(), span));
    }
}

/// The topics of the platform; what is subscribed in vain is a problem.
pub(super) fn check(planner: &mut Planner<'_>) -> Vec<Topic> {
    let events = std::mem::take(&mut planner.events);
    let manifest = planner.manifest;
    let outside: HashSet<String> = planner.get_all(&manifest.outside).into_iter().collect();
    let mut topics = events.topics;
    for topic in &outside {
        topics.entry(topic.clone()).or_default();
    }
    let tree = Tree::new(topics.keys().map(String::as_str));
    let mut known: HashMap<&str, bool> = HashMap::new();
    let mut looked = 0;
    for (service, pattern, span) in &events.subscribed {
        if *known.entry(pattern).or_insert_with(|| tree.has_match(pattern)) {
            continue;
        }
        let problem = Problem::error(
            codes::NOBODY_PUBLISHES,
            format!("`{service}` subscribes to `{pattern}`, and nobody publishes it"),
        )
        .at(span.clone());
        looked += 1;
        let near =
            if looked <= MAX_NEAREST { nearest(pattern, topics.keys().map(String::as_str)) } else { None };
        let otherwise =
            "add it to the `publishes` of a service, or of `[outside]` if another system publishes it";
        planner.problems.push(match near {
            Some(near) => problem.with_help(format!("did you mean `{near}`? otherwise {otherwise}")),
            None => problem.with_help(otherwise),
        });
    }
    topics
        .into_iter()
        .map(|(name, publishers)| Topic { outside: outside.contains(&name), name, publishers })
        .collect()
}

/// The topics by their words, so that a pattern is matched against all of them at once.
struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

#[derive(Default)]
struct Node<'a> {
    children: HashMap<&'a str, usize>,
    is_topic: bool,
}

impl<'a> Tree<'a> {
    fn new(topics: impl Iterator<Item = &'a str>) -> Self {
        let mut nodes = vec![Node::default()];
        for topic in topics {
            let mut at = 0;
            for word in topic.split('.') {
                at = match nodes[at].children.get(word) {
                    Some(next) => *next,
                    None => {
                        nodes.push(Node::default());
                        let next = nodes.len() - 1;
                        nodes[at].children.insert(word, next);
                        next
                    }
                };
            }
            nodes[at].is_topic = true;
        }
        Self { nodes }
    }

    /// Whether any topic matches. Each pair of a node and a word of the pattern is looked at once.
    fn has_match(&self, pattern: &str) -> bool {
        let words: Vec<&str> = pattern.split('.').collect();
        let mut seen = HashSet::new();
        let mut open = vec![(0, 0)];
        while let Some((node, word)) = open.pop() {
            if !seen.insert((node, word)) {
                continue;
            }
            let here = &self.nodes[node];
            match words.get(word) {
                None if here.is_topic => return true,
                None => {}
                Some(&"#") => {
                    open.push((node, word + 1));
                    open.extend(here.children.values().map(|child| (*child, word)));
                }
                Some(&"*") => open.extend(here.children.values().map(|child| (*child, word + 1))),
                Some(exact) => open.extend(here.children.get(exact).map(|child| (*child, word + 1))),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use bedplate_core::bus::{Pattern, Topic};
    use proptest::prelude::*;

    use super::Tree;

    proptest! {
        #[test]
        fn agrees_with_the_pattern_of_the_bus(
            pattern in "(a|b|\\*|#)(\\.(a|b|\\*|#)){0,4}",
            topics in proptest::collection::vec("(a|b)(\\.(a|b)){0,4}", 0..6),
        ) {
            let expected = topics.iter().any(|topic| Pattern::new(&*pattern).unwrap().matches(&Topic::new(&**topic).unwrap()));
            prop_assert_eq!(Tree::new(topics.iter().map(String::as_str)).has_match(&pattern), expected);
        }
    }
}
