//! What a statement may leave with the session for whoever borrows the connection next, and how it is taken away.
//!
//! Statements that say so in their first words, such as `set` and `create temp`, never get here: the handle refuses them. What a function does inside
//! of itself can't be seen in the text of the statement that calls it, and stays until the connection is closed.

use bedplate_core::sql::{Dialect, Token, TokenKind, tokens};

/// Brings a session back to where it was when it was opened. What was prepared on it stays.
pub(crate) const RESTORE: &str =
    "close all; set session authorization default; reset role; reset all; unlisten *;
select pg_advisory_unlock_all(); discard temp; discard sequences";

/// What leaves something behind, wherever it stands.
const MENTIONS: [&str; 4] = ["set_config", "_advisory_lock", "into temp ", "into temporary "];
/// Statements inside of which anything may be done.
const BLOCKS: [&str; 2] = ["do", "call"];

/// Whether a statement may leave something with the session. Seldom it says so of one that doesn't, which costs no more than a round trip when the
/// connection is given back.
pub(crate) fn may_alter(text: &str) -> bool {
    let mut words = tokens(text, Dialect::Postgres)
        .filter(Token::is_said)
        .skip_while(|token| token.kind == TokenKind::End)
        .map(|token| &text[token.range]);
    let is_block = |first: &str| BLOCKS.iter().any(|block| first.eq_ignore_ascii_case(block));
    words.next().is_some_and(is_block) || MENTIONS.iter().any(|what| mentions(text, what))
}

fn mentions(text: &str, what: &str) -> bool {
    text.as_bytes().windows(what.len()).any(|part| part.eq_ignore_ascii_case(what.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::may_alter;

    #[test]
    fn what_outlives_its_statement_is_known_by_its_words() {
        for text in [
            "select SET_CONFIG('bedplate.tenant', 'a', false)",
            "/* a */ ; Do $$ begin end $$",
            "call p()",
            "select 1 as a into temp t",
            "select pg_try_advisory_lock(1)",
        ] {
            assert!(may_alter(text), "{text}");
        }
        for text in [
            "",
            "select attempts from template",
            "insert into t values ($1)",
            "insert into temperatures values (1)",
            "set local search_path = a",
            "update t set a = 1",
            "select pg_advisory_xact_lock(1)",
        ] {
            assert!(!may_alter(text), "{text}");
        }
    }
}
