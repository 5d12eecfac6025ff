//! A set whose members are ordered by a score.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::kind::{ELEMENT_BYTES, Structure, Value, span};

/// A score as it is ordered: no NaN, and one zero.
#[derive(Debug, Clone, Copy)]
struct Score(f64);

impl Score {
    fn new(score: f64) -> Self {
        // The negative zero becomes the positive one.
        Self(score + 0.0)
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A set whose members are ordered by a score, then by their bytes.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    scores: HashMap<Arc<str>, Score>,
    order: BTreeSet<(Score, Arc<str>)>,
    bytes: usize,
}

impl Sorted {
    /// Sets a member's score and tells whether the member is new.
    pub(crate) fn set(&mut self, member: &str, score: f64) -> bool {
        let score = Score::new(score);
        let before = self.scores.get_key_value(member).map(|(name, before)| (name.clone(), *before));
        let is_new = before.is_none();
        let name = match before {
            Some((name, before)) => {
                self.order.remove(&(before, name.clone()));
                name
            }
            None => {
                self.bytes += member.len() + ELEMENT_BYTES;
                Arc::from(member)
            }
        };
        self.scores.insert(name.clone(), score);
        self.order.insert((score, name));
        is_new
    }

    /// A member's score.
    pub(crate) fn score(&self, member: &str) -> Option<f64> {
        self.scores.get(member).map(|score| score.0)
    }

    /// The members from one rank to another.
    pub(crate) fn by_rank(&self, first: i64, last: i64) -> Vec<(String, f64)> {
        let span = span(first, last, self.order.len());
        self.order.iter().skip(span.start).take(span.len()).map(shown).collect()
    }

    /// The members with a score from `low` to `high`.
    pub(crate) fn by_score(&self, low: f64, high: f64, limit: usize) -> Vec<(String, f64)> {
        if low.is_nan() || high.is_nan() {
            return Vec::new();
        }
        let (low, high) = (Score::new(low), Score::new(high));
        // No member is empty text before another: the empty one is the least of its score.
        let from = self.order.range((low, Arc::from(""))..);
        from.take_while(|(score, _)| *score <= high).take(limit).map(shown).collect()
    }

    /// Removes a member and tells whether it was there.
    pub(crate) fn remove(&mut self, member: &str) -> bool {
        let Some((name, score)) = self.scores.remove_entry(member) else { return false };
        self.bytes -= name.len() + ELEMENT_BYTES;
        self.order.remove(&(score, name))
    }
}

fn shown((score, member): &(Score, Arc<str>)) -> (String, f64) {
    (member.to_string(), score.0)
}

impl Structure for Sorted {
    const NAME: &'static str = "a sorted set";

    fn of(value: &mut Value) -> Option<&mut Self> {
        if let Value::Sorted(sorted) = value { Some(sorted) } else { None }
    }

    fn into_value(self) -> Value {
        Value::Sorted(self)
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }
}
