//! Finds secrets that are written in plain text: passwords in URLs, values under telling names, tokens by their shape.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::codes;
use crate::manifest::Span;
use crate::problem::{Problem, Problems};
use crate::template::{self, Part};

/// What stands in the tree in place of a secret: nothing behind this step ever sees one.
const MASK: &str = "***";

/// How many secrets one text is searched for; what is left of it then is hidden whole.
const MAX_SECRETS_IN_TEXT: usize = 8;

/// Reports every plain secret, takes it out of the tree, and tells where they stand, so that no excerpt shows them.
pub(super) fn find(text: &str, tree: &mut DeTable<'_>, problems: &mut Problems) -> Arc<[Span]> {
    let mut search = Search { text, problems, hidden: Vec::new() };
    search.table(tree, false);
    search.hidden.sort_by_key(|span| span.start);
    search.hidden.into()
}

struct Search<'a> {
    text: &'a str,
    problems: &'a mut Problems,
    hidden: Vec<Span>,
}

impl Search<'_> {
    fn table(&mut self, table: &mut DeTable<'_>, env: bool) {
        for (name, value) in table.iter_mut() {
            // `{ secret = "name" }` is the reference that a secret should be.
            let telling = (env || name.get_ref() != "secret") && looks_secret(name.get_ref());
            self.value(name.get_ref(), value, telling);
        }
    }

    fn value(&mut self, name: &str, value: &mut Spanned<DeValue<'_>>, telling: bool) {
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, name == "env"),
            DeValue::Array(list) => list.iter_mut().for_each(|entry| self.value(name, entry, telling)),
            DeValue::String(text) => {
                if let Some(masked) = self.text(name, text, span, telling) {
                    *text = masked.into();
                }
            }
            _ => {}
        }
    }

    /// Reports every secret in a text; returns the text without them.
    fn text(&mut self, name: &str, text: &str, span: Span, telling: bool) -> Option<String> {
        let name = super::walk::shorten(name);
        // As many bytes as before, so that places stay what they are.
        let mut left = text.to_string();
        let mut found: Vec<Span> = Vec::new();
        while let Some((what, secret)) = detect(&name, &left, telling) {
            if found.len() == MAX_SECRETS_IN_TEXT {
                self.hidden.push(span);
                return Some(MASK.to_string());
            }
            let hidden = self.place(text, &secret, &span);
            self.hidden.push(hidden.clone());
            self.problems.push(Problem::error(codes::PLAIN_SECRET, what).at(hidden).with_help(
                "write a reference: `{ secret = \"a-name\" }` in `env`, or a variable such as `${DATABASE_PASSWORD}`; \
                 and change the secret, for it has been seen",
            ));
            left.replace_range(secret.clone(), &"*".repeat(secret.len()));
            found.push(secret);
        }
        found.sort_by_key(|secret| std::cmp::Reverse(secret.start));
        for secret in &found {
            // A secret that has another one inside of it was found as a whole, and is replaced as a whole.
            if left.get(secret.clone()).is_some_and(|part| part.len() > MASK.len()) {
                left.replace_range(secret.clone(), MASK);
            }
        }
        (!found.is_empty()).then_some(left)
    }

    /// Where a part of a text stands in the file: exactly, unless quotes hide how it was written.
    fn place(&self, text: &str, part: &Span, span: &Span) -> Span {
        let inner = span.start + 1..span.end.saturating_sub(1);
        match self.text.get(inner.clone()) {
            Some(raw) if raw == text => inner.start + part.start..inner.start + part.end,
            _ => span.clone(),
        }
    }
}

/// A secret in a text: what it is, and where it stands there.
fn detect(name: &str, text: &str, telling: bool) -> Option<(String, Span)> {
    if let Some(password) = password_in_url(text) {
        return Some((format!("the URL of `{name}` has a password in plain text"), password));
    }
    let (what, secret) = if let Some((kind, token)) = known_token(text) {
        (format!("the value of `{name}` is {kind} in plain text"), token)
    } else if let Some((setting, secret)) = secret_in_pairs(text) {
        (format!("the value of `{name}` has `{}` in plain text", super::walk::shorten(setting)), secret)
    } else if telling && !is_reference(text) && !is_harmless(text) {
        (format!("`{name}` has its value in plain text, and its name says that it is a secret"), text)
    } else {
        return None;
    };
    // What was found is a part of the text, so that it stands as far from its beginning as its address is.
    let start = secret.as_ptr() as usize - text.as_ptr() as usize;
    Some((what, start..start + secret.len()))
}

/// Whether a variable's name says that its value is a secret.
pub(crate) fn looks_secret(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "credential", "credentials"];
    const KEYS: [&str; 6] = ["api", "private", "access", "signing", "encryption", "secret"];
    const NOT_THE_VALUE: [&str; 20] = [
        "ttl",
        "lifetime",
        "expiry",
        "expires",
        "expiration",
        "in",
        "url",
        "uri",
        "file",
        "path",
        "name",
        "header",
        "length",
        "size",
        "algorithm",
        "issuer",
        "audience",
        "limit",
        "type",
        "prefix",
    ];
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(['_', '-', '.']).collect();
    if words.last().is_some_and(|last| NOT_THE_VALUE.contains(last)) {
        return false;
    }
    words.iter().any(|word| WORDS.contains(word) || word.ends_with("password"))
        || words.windows(2).any(|pair| pair[1] == "key" && KEYS.contains(&pair[0]))
}

/// Whether text is nothing but variables without defaults.
fn is_reference(text: &str) -> bool {
    if text.bytes().all(|byte| byte == b'*') {
        return true;
    }
    template::has_variables(text)
        && template::parse(text).is_ok_and(|parts| {
            parts.iter().all(|part| match part {
                Part::Variable { default, .. } => default.as_deref().is_none_or(str::is_empty),
                Part::Text(_) => false,
            })
        })
}

/// Numbers, lengths of time, `true` and `false` are settings, whatever their name is.
fn is_harmless(text: &str) -> bool {
    text.is_empty()
        || matches!(text, "true" | "false")
        || bedplate_core::setting::parse_duration(text).is_ok()
}

/// The parts of a text in which URLs have their user and password.
fn userinfo(text: &str) -> impl Iterator<Item = Span> + '_ {
    text.match_indices("://").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let mut depth = 0;
        // The default of a variable may have any of these inside.
        let end = text[start..].find(|c: char| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth <= 0 && (matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace())
        });
        let end = end.map_or(text.len(), |end| start + end);
        let sign = text[start..end].rfind('@')?;
        Some(start..start + sign)
    })
}

/// Whether a variable of this name is part of a URL's credentials.
pub(crate) fn is_reference_in_url(text: &str, name: &str) -> bool {
    userinfo(text).any(|span| {
        let user = &text[span];
        user.contains(&format!("${{{name}}}")) || user.contains(&format!("${{{name}:-"))
    })
}

/// Where the first password in a URL stands.
fn password_in_url(text: &str) -> Option<Span> {
    userinfo(text).find_map(|span| {
        let user = &text[span.clone()];
        // The `:` of a variable's default doesn't begin a password.
        let mut depth = 0;
        let colon = user.find(|c: char| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            c == ':' && depth <= 0
        })?;
        let password = &user[colon + 1..];
        (!password.is_empty() && !is_reference(password)).then(|| span.start + colon + 1..span.end)
    })
}

/// The value of a pair such as `password=...` in a URL's query, a connection string or a command.
fn secret_in_pairs(text: &str) -> Option<(&str, &str)> {
    text.split(|c: char| "?&;".contains(c) || c.is_whitespace()).find_map(|word| {
        let (name, value) = word.split_once('=')?;
        let name = name.trim_start_matches('-');
        (looks_secret(name) && !is_reference(value) && !is_harmless(value)).then_some((name, value))
    })
}

/// Tokens that can be told by their shape: what they begin with, and how long they are at least.
fn known_token(text: &str) -> Option<(&'static str, &str)> {
    const SHAPES: [(&str, usize, &str); 14] = [
        ("AKIA", 20, "an AWS access key"),
        ("ASIA", 20, "an AWS access key"),
        ("ghp_", 30, "a GitHub token"),
        ("gho_", 30, "a GitHub token"),
        ("ghs_", 30, "a GitHub token"),
        ("github_pat_", 30, "a GitHub token"),
        ("glpat-", 20, "a GitLab token"),
        ("npm_", 30, "an npm token"),
        ("sk_live_", 20, "a Stripe key"),
        ("rk_live_", 20, "a Stripe key"),
        ("sk-", 30, "an API key"),
        ("xoxb-", 20, "a Slack token"),
        ("xoxp-", 20, "a Slack token"),
        ("AIza", 35, "a Google API key"),
    ];
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some(("a private key", text));
    }
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)));
    words.find_map(|word| {
        let shape = SHAPES.iter().find(|(start, length, _)| word.len() >= *length && word.starts_with(start));
        match shape {
            Some((_, _, kind)) => Some((*kind, word)),
            None if is_jwt(word) => Some(("a JSON web token", word)),
            None => None,
        }
    })
}

fn is_jwt(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && parts[..2].iter().all(|part| part.starts_with("eyJ") && part.len() > 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets_from_their_settings() {
        for name in [
            "JWT_SECRET",
            "DB_PASSWORD",
            "STRIPE_API_KEY",
            "token",
            "GITHUB_TOKEN",
            "SECRET_KEY",
            "PGPASSWORD",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "TOKEN_TTL",
            "SECRET_FILE",
            "KEY",
            "LOG_LEVEL",
            "TOKEN_EXPIRES_IN",
            "PUBLIC_KEY",
            "TOKENIZER",
            "PASSWORD_LENGTH",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_found() {
        let password_in_url = |text: &'static str| password_in_url(text).map(|span| &text[span]);
        assert_eq!(password_in_url("postgres://a:hunter2@h/x"), Some("hunter2"));
        assert_eq!(password_in_url("load http://h http://hunter2:hunter2@h"), Some("hunter2"));
        assert_eq!(password_in_url("redis://:p@ss@h"), Some("p@ss"));
        assert_eq!(
            password_in_url("redis://${USER:-app}:${PASSWORD:-hunter2}@h"),
            Some("${PASSWORD:-hunter2}")
        );
        for url in [
            "postgres://a@h/x",
            "postgres://a:${PW}@h/x",
            "${U:-a:b}",
            "http://h:80/a@b",
            "redis://${USER:-app}:${PW}@h",
        ] {
            assert_eq!(password_in_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_password_in_a_connection_string_is_found() {
        assert_eq!(secret_in_pairs("host=db password=hunter2"), Some(("password", "hunter2")));
        assert_eq!(secret_in_pairs("https://h/?a=b&api_key=hunter2"), Some(("api_key", "hunter2")));
        assert_eq!(secret_in_pairs("serve --token=hunter2"), Some(("token", "hunter2")));
        for text in ["serve --token=${TOKEN}", "x?token_ttl=5m", "a=b", "password", "token=300"] {
            assert_eq!(secret_in_pairs(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_are_known_by_their_shape() {
        assert!(known_token(&format!("AKIA{}", "A".repeat(16))).is_some());
        assert!(known_token(&format!("Bearer ghp_{}", "a".repeat(36))).is_some());
        assert!(known_token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl").is_some());
        for text in ["sk-short", "info", "AKIA", "a.b.c", "skeleton"] {
            assert!(known_token(text).is_none(), "{text}");
        }
    }
}
