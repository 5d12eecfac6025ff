//! Finds secrets that are written in plain text: passwords in URLs, values under telling names, tokens by their shape.

use std::collections::HashSet;
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

/// How many braces are open in a URL's credentials at most.
const MAX_BRACES: i32 = 8;

/// How far from its beginning a URL's credentials are searched for.
const MAX_CREDENTIALS: usize = 512;

/// Reports every plain secret, takes it out of the tree, and tells where they stand, so that no excerpt shows them.
pub(super) fn find(text: &str, tree: &mut DeTable<'_>, problems: &mut Problems) -> Arc<[Span]> {
    let mut search = Search { text, problems, hidden: Vec::new() };
    search.table(tree, false, false);
    search.hidden.sort_by_key(|span| span.start);
    search.hidden.into()
}

/// Where a line that can't be read may have a secret: behind the first word that tells of one.
pub(super) fn in_broken_line(text: &str, place: &Span) -> Option<Span> {
    let start = text.get(..place.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next()?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let word = line.split(|c| !is_part(c)).find(|word| looks_secret(word))?;
    let behind = word.as_ptr() as usize - line.as_ptr() as usize + word.len();
    Some(start + behind..start + line.len())
}

struct Search<'a> {
    text: &'a str,
    problems: &'a mut Problems,
    hidden: Vec<Span>,
}

impl Search<'_> {
    /// `env`: whether these are a service's variables; `inside`: whether they stand under one that is a secret.
    fn table(&mut self, table: &mut DeTable<'_>, env: bool, inside: bool) {
        for (name, value) in table.iter_mut() {
            // `{ secret = "name" }` is the reference that a secret should be.
            let telling = (env || name.get_ref() != "secret") && (inside || looks_secret(name.get_ref()));
            self.value(name.get_ref(), value, telling, env && telling);
        }
    }

    fn value(&mut self, name: &str, value: &mut Spanned<DeValue<'_>>, telling: bool, inside: bool) {
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.table(table, name == "env", inside),
            DeValue::Array(list) => {
                list.iter_mut().for_each(|entry| self.value(name, entry, telling, inside));
            }
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
    } else if let Some((variable, secret)) = secret_in_default(text) {
        (format!("the default of `{}` is a secret in plain text", super::walk::shorten(variable)), secret)
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
    const KEYS: [&str; 7] = ["api", "private", "access", "account", "signing", "encryption", "secret"];
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
    let name = snake_case(name);
    let words: Vec<&str> = name.split(['_', '-', '.']).collect();
    if words.last().is_some_and(|last| NOT_THE_VALUE.contains(last)) {
        return false;
    }
    words.last() == Some(&"pass")
        || words.iter().any(|word| WORDS.contains(word) || word.ends_with("password"))
        || words.windows(2).any(|pair| pair[1] == "key" && KEYS.contains(&pair[0]))
}

/// `authToken`, as JavaScript writes names, is `auth_token`.
fn snake_case(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut letters = name.chars().peekable();
    let mut previous = '_';
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(char::is_ascii_lowercase);
        let begins = previous.is_ascii_lowercase() || (previous.is_ascii_uppercase() && next_is_small);
        if letter.is_ascii_uppercase() && begins {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
        previous = letter;
    }
    words
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

/// Whether text is a variable that the shell of a command fills in: `$NAME`, with or without quotes.
fn is_shell_variable(text: &str) -> bool {
    text.trim_matches(['"', '\'']).strip_prefix('$').is_some_and(template::is_variable_name)
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
            depth > MAX_BRACES
                || depth <= 0 && (matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace())
        });
        let mut end = end.map_or(text.len(), |end| start + end);
        if ends_in_a_password(&text[start..end]) {
            let near = &text.as_bytes()[start..text.len().min(start + MAX_CREDENTIALS)];
            end = near.iter().rposition(|byte| *byte == b'@').map_or(end, |sign| start + sign + 1);
        }
        let sign = text[start..end].rfind('@')?;
        Some(start..start + sign)
    })
}

/// Whether what stands where a URL has its host ends in something that is no port: then a password was written in which
/// a `/` or a space cuts it off.
fn ends_in_a_password(authority: &str) -> bool {
    let Some((host, port)) = authority.rsplit_once(':') else { return false };
    !authority.contains(['@', '$', '[', ','])
        && !host.is_empty()
        && !port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether text has a password in a URL.
pub(crate) fn has_password(text: &str) -> bool {
    password_in_url(text).is_some()
}

/// The variables that are part of a URL's credentials.
pub(crate) fn variables_in_credentials(text: &str) -> HashSet<&str> {
    let parts = userinfo(text).flat_map(|span| text[span].split("${").skip(1));
    parts.filter_map(|part| part.split_once('}')?.0.split(":-").next()).collect()
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

/// The default of a variable whose name says that it is a secret.
fn secret_in_default(text: &str) -> Option<(&str, &str)> {
    text.split("${").skip(1).find_map(|variable| {
        let (inside, _) = variable.split_once('}')?;
        let (name, default) = inside.split_once(":-")?;
        (looks_secret(name) && !is_reference(default) && !is_harmless(default)).then_some((name, default))
    })
}

/// The value of a pair such as `password=...` in a URL's query, a connection string or a command.
fn secret_in_pairs(text: &str) -> Option<(&str, &str)> {
    let is_value = |value: &str| !is_reference(value) && !is_shell_variable(value) && !is_harmless(value);
    let in_pair = text.split(|c: char| "?&;".contains(c) || c.is_whitespace()).find_map(|word| {
        let (name, value) = word.split_once('=')?;
        let name = name.trim_start_matches('-');
        (looks_secret(name) && is_value(value)).then_some((name, value))
    });
    in_pair.or_else(|| {
        let mut words = text.split_whitespace().peekable();
        std::iter::from_fn(|| words.next().map(|word| (word, words.peek().copied()))).find_map(
            |(flag, value)| {
                let (name, value) = (flag.strip_prefix("--")?, value?);
                // `--password-stdin` and `--secret-id` are followed by something else.
                let last = name.rsplit('-').next().filter(|last| *last == "key" || looks_secret(last));
                (last.is_some() && looks_secret(name) && !value.starts_with('-') && is_value(value))
                    .then_some((name, value))
            },
        )
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
            "SMTP_PASS",
            "authToken",
            "jwtSecret",
            "AccountKey",
            "JWTSecret",
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
            "tokenTTL",
            "PASS_THROUGH",
            "publicKey",
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
        assert_eq!(password_in_url("postgres://a:hun/ter2@h:5432/x"), Some("hun/ter2"));
        assert_eq!(password_in_url("postgres://a:hunter 2@h"), Some("hunter 2"));
        assert_eq!(
            password_in_url("redis://${USER:-app}:${PASSWORD:-hunter2}@h"),
            Some("${PASSWORD:-hunter2}")
        );
        for url in [
            "postgres://a@h/x",
            "postgres://a:${PW}@h/x",
            "${U:-a:b}",
            "http://h:80/a@b",
            "http://h:${PORT}/a@b",
            "http://[::1]/a@b",
            "mongodb://a,b:c/x@y",
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
        assert_eq!(secret_in_pairs("serve --token hunter2 --port 80"), Some(("token", "hunter2")));
        assert_eq!(secret_in_pairs("libsql://h?authToken=hunter2"), Some(("authToken", "hunter2")));
        for text in [
            "serve --token=${TOKEN}",
            "serve --token=$TOKEN --secret \"$OTHER\"",
            "serve --token ${TOKEN}",
            "serve --token --port 80",
            "login --password-stdin registry",
            "get --secret-id orders",
            "x?token_ttl=5m",
            "a=b",
            "password",
            "token=300",
        ] {
            assert_eq!(secret_in_pairs(text), None, "{text}");
        }
    }

    #[test]
    fn a_default_of_a_secret_is_found() {
        assert_eq!(secret_in_default("x ${A:-b} ${JWT_SECRET:-hunter2}"), Some(("JWT_SECRET", "hunter2")));
        for text in
            ["${JWT_SECRET}", "${JWT_SECRET:-}", "${A:-hunter2}", "${TOKEN_TTL:-5m}", "${JWT_SECRET:-x"]
        {
            assert_eq!(secret_in_default(text), None, "{text}");
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
