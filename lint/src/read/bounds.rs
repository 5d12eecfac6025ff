//! What is handed to the parser: nothing that nests or chains so far that its tree can't be walked on a small stack.

use crate::words::Word;

/// Brackets inside brackets. The parser tries several readings of some, so that every level doubles its time or worse.
const MAX_DEPTH: usize = 10;
/// How often `interval` stands there, which doubles its time too.
const MAX_INTERVALS: usize = 6;
/// Words between two commas: each operator in a chain is a level of the tree.
const MAX_CHAIN: usize = 500;
/// Words in all.
pub(super) const MAX_WORDS: usize = 20_000;

/// Whether the parser may see it.
pub(super) fn fits(words: &[Word]) -> bool {
    let mut chains = vec![0];
    let intervals = words.iter().filter(|word| word.is("interval"));
    if intervals.count() > MAX_INTERVALS {
        return false;
    }
    for word in words {
        match word.text.as_str() {
            "(" | "[" | "{" => chains.push(0),
            ")" | "]" | "}" if chains.len() > 1 => {
                chains.pop();
            }
            "," => chains.iter_mut().last().into_iter().for_each(|chain| *chain = 0),
            _ => {}
        }
        if let Some(chain) = chains.last_mut() {
            *chain += 1;
            if *chain > MAX_CHAIN {
                return false;
            }
        }
        if chains.len() > MAX_DEPTH {
            return false;
        }
    }
    words.len() < MAX_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;
    use bedplate_core::sql::{Dialect, tokens};

    fn fits_text(text: &str) -> bool {
        let mut words = Words::default();
        tokens(text, Dialect::Postgres).for_each(|token| words.push(text, token));
        fits(words.all())
    }

    #[test]
    fn wide_statements_fit_and_deep_ones_do_not() {
        assert!(fits_text(&format!("create table t ({})", vec!["a int not null"; 2000].join(", "))));
        assert!(!fits_text(&format!("select {}1{}", "(".repeat(10), ")".repeat(10))));
        assert!(!fits_text(&format!("select {}'1'", "interval ".repeat(7))));
        assert!(!fits_text(&format!("select 1{}", "+1".repeat(400))));
        assert!(!fits_text(&format!("select {}1", "not ".repeat(600))));
    }
}
