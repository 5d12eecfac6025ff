//! Topics and the patterns that match them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The longest name of a topic, in bytes: the shortest limit among the engines.
pub const MAX_TOPIC_BYTES: usize = 200;

/// A topic's name: words of letters, digits, `-` and `_`, separated by dots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Topic(String);

impl Topic {
    /// Checks a name.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        check_words(&name, "topic", is_word)?;
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A pattern of topics: a topic in which a word may be `*` (any one word) or `#` (any number of words, none included).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    /// Checks a pattern.
    pub fn new(pattern: impl Into<String>) -> Result<Self> {
        let pattern = pattern.into();
        check_words(&pattern, "pattern", |word| word == "*" || word == "#" || is_word(word))?;
        Ok(Self(pattern))
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its words.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// The one topic that it matches, where it has neither `*` nor `#`.
    pub fn as_topic(&self) -> Option<Topic> {
        self.words().all(is_word).then(|| Topic(self.0.clone()))
    }

    /// Whether it matches a topic.
    pub fn matches(&self, topic: &Topic) -> bool {
        let pattern: Vec<&str> = self.words().collect();
        // What can still match, one place for each word of the pattern: linear in words, whatever stands in the pattern.
        let mut reachable = vec![false; pattern.len() + 1];
        reachable[0] = true;
        skip_hashes(&pattern, &mut reachable);
        for word in topic.0.split('.') {
            let mut next = vec![false; pattern.len() + 1];
            for (at, expected) in pattern.iter().enumerate().filter(|(at, _)| reachable[*at]) {
                match *expected {
                    "#" => next[at] = true,
                    "*" => next[at + 1] = true,
                    expected => next[at + 1] |= expected == word,
                }
            }
            skip_hashes(&pattern, &mut next);
            reachable = next;
        }
        reachable[pattern.len()]
    }
}

fn skip_hashes(pattern: &[&str], reachable: &mut [bool]) {
    for (at, word) in pattern.iter().enumerate() {
        if reachable[at] && *word == "#" {
            reachable[at + 1] = true;
        }
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn check_words(name: &str, what: &str, valid: impl Fn(&str) -> bool) -> Result<()> {
    let shown: String = name.chars().take(60).collect();
    if name.len() > MAX_TOPIC_BYTES {
        return Err(Error::invalid(format!(
            "the {what} `{shown}...` is longer than {MAX_TOPIC_BYTES} bytes"
        )));
    }
    match name.split('.').find(|word| !valid(word)) {
        None => Ok(()),
        Some(word) => {
            Err(Error::invalid(format!("`{shown}` is not a {what}: `{}` is not a word", word.escape_debug()))
                .with_help(
                    "words are letters, digits, `-` and `_`, separated by dots, such as `user.created`",
                ))
        }
    }
}

macro_rules! text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

text!(Topic);
text!(Pattern);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, topic: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(&Topic::new(topic).unwrap())
    }

    #[test]
    fn a_star_is_one_word_and_a_hash_is_any_number() {
        for (pattern, topic, expected) in [
            ("user.created", "user.created", true),
            ("user.created", "user.deleted", false),
            ("user.*", "user.created", true),
            ("user.*", "user.email.verified", false),
            ("user.*", "user", false),
            ("user.#", "user", true),
            ("user.#", "user.email.verified", true),
            ("user.#", "users.created", false),
            ("#", "a.b.c", true),
            ("#.created", "user.created", true),
            ("#.created", "created", true),
            ("a.#.z", "a.z", true),
            ("a.#.z", "a.b.c.z", true),
            ("a.#.z", "a.b.c", false),
            ("*.*", "a.b", true),
        ] {
            assert_eq!(matches(pattern, topic), expected, "{pattern} {topic}");
        }
    }

    #[test]
    fn names_have_words_and_nothing_else() {
        for name in ["", ".", "a.", ".a", "a..b", "a b", "ä", "a.*", "a/b", "a\n", &"x".repeat(201)] {
            assert!(Topic::new(name).is_err(), "{name:?}");
        }
        for pattern in ["", "a.**", "a*", "#b", "a..#"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern:?}");
        }
    }

    #[test]
    fn many_hashes_take_no_time() {
        let pattern = ["#"; 90].join(".") + ".x";
        assert!(!matches(&pattern, &["a"; 90].join(".")));
    }

    /// Says the same in the plainest way; exponential, so for short inputs only.
    fn slowly(pattern: &[&str], topic: &[&str]) -> bool {
        match pattern.split_first() {
            None => topic.is_empty(),
            Some((&"#", rest)) => (0..=topic.len()).any(|n| slowly(rest, &topic[n..])),
            Some((word, rest)) => {
                topic.split_first().is_some_and(|(t, tail)| (*word == "*" || word == t) && slowly(rest, tail))
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_plainest_matcher(pattern in "(a|b|\\*|#)(\\.(a|b|\\*|#)){0,5}", topic in "(a|b)(\\.(a|b)){0,6}") {
            let (p, t): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), topic.split('.').collect());
            prop_assert_eq!(matches(&pattern, &topic), slowly(&p, &t));
        }
    }
}
