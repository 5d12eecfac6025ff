//! The core names no engine: whatever is true of one product stands in its catalogue entry or in its own crate.

use super::Rule;
use crate::tidy::breach::Breach;
use crate::tidy::rust::words;
use crate::tidy::tree::Tree;

pub(crate) const RULE: Rule = Rule {
    name: "engine-names",
    says: "Code and texts under core/src/ name no engine; tests and documentation may",
    check,
};

const CORE: &str = "core/src/";

/// Where the catalogue has one file for each product.
const CATALOGUE: &str = "catalogue/src/engines/";

/// Names that may stand in the files whose path begins like this.
struct Allowed {
    path: &'static str,
    names: &'static [&'static str],
}

const ALLOWED: &[Allowed] = &[
    // Words of the English language as well as engines.
    Allowed { path: "", names: &["memory", "files"] },
    // `Dialect` says in which SQL a statement or a migration is written, whatever product reads it.
    Allowed { path: "core/src/sql/", names: &["sqlite", "postgres", "mysql"] },
    // A help line shows what a URL looks like.
    Allowed { path: "core/src/address.rs", names: &["sqlite", "postgres"] },
];

fn check(tree: &Tree) -> Vec<Breach> {
    let engines = engines(tree);
    let mut breaches = Vec::new();
    for (path, rust) in tree.rust().filter(|(path, _)| path.starts_with(CORE)) {
        for (offset, word) in words(&rust.uncommented) {
            if rust.is_test_at(offset) {
                continue;
            }
            let named = engines.iter().find(|engine| names(word, engine) && !is_allowed(path, engine));
            if let Some(engine) = named {
                let help = "say it as a promise, a limit or a setting of the engine's entry in the catalogue";
                let message = format!("`{word}` names the engine `{engine}`");
                breaches.push(Breach::new(path, rust.line_at(offset), message, help));
            }
        }
    }
    breaches
}

fn engines(tree: &Tree) -> Vec<String> {
    let files =
        tree.ending(".rs").filter_map(|(path, _)| path.strip_prefix(CATALOGUE)?.split(['.', '/']).next());
    let mut engines: Vec<String> =
        files.filter(|name| *name != "mod" && *name != "tests").map(String::from).collect();
    engines.dedup();
    engines
}

fn is_allowed(path: &str, engine: &str) -> bool {
    ALLOWED.iter().any(|allowed| path.starts_with(allowed.path) && allowed.names.contains(&engine))
}

/// Whether a word is the engine's name or has it as one of its parts: `redis`, `Redis`, `REDIS_URL`, `RedisClient`.
fn names(word: &str, engine: &str) -> bool {
    word.eq_ignore_ascii_case(engine) || contains_in_order(&parts(word), &parts(engine))
}

fn contains_in_order(parts: &[String], name: &[String]) -> bool {
    !name.is_empty() && parts.windows(name.len()).any(|window| window == name)
}

fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for piece in word.split('_') {
        let mut before = 'A';
        for c in piece.chars() {
            match parts.last_mut() {
                Some(part) if !(part.is_empty() || c.is_uppercase() && before.is_lowercase()) => {
                    part.extend(c.to_lowercase());
                }
                _ => parts.push(c.to_lowercase().collect()),
            }
            before = c;
        }
        parts.push(String::new());
    }
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::super::broken;
    use super::*;

    const ENGINES: [(&str, &str); 4] = [
        ("catalogue/src/engines/mod.rs", ""),
        ("catalogue/src/engines/redis.rs", ""),
        ("catalogue/src/engines/azure_blob.rs", ""),
        ("catalogue/src/engines/sqlite.rs", ""),
    ];

    fn breaches(path: &str, text: &str) -> Vec<String> {
        let mut files = ENGINES.to_vec();
        files.push((path, text));
        broken(&RULE, &files)
    }

    #[test]
    fn an_engine_is_found_in_names_and_in_texts() {
        for text in [
            "fn redis() {}",
            "struct RedisClient;",
            "const REDIS_URL: u8 = 1;",
            "f(\"use Redis here\")",
            "AzureBlob",
        ] {
            assert_eq!(breaches("core/src/a.rs", text), ["core/src/a.rs:1"], "{text}");
        }
    }

    #[test]
    fn documentation_tests_and_other_words_are_fine() {
        let text = "//! As redis does.\nfn f() { predisposed() } // redis\n#[cfg(test)]\nmod tests { fn redis() {} }";
        assert_eq!(breaches("core/src/a.rs", text), [""; 0]);
        assert_eq!(breaches("core/src/cache/tests.rs", "fn redis() {}"), [""; 0]);
        assert_eq!(breaches("cli/src/a.rs", "fn redis() {}"), [""; 0]);
    }

    #[test]
    fn a_name_is_allowed_only_in_its_place() {
        assert_eq!(breaches("core/src/sql/types.rs", "enum Dialect { Sqlite }"), [""; 0]);
        assert_eq!(breaches("core/src/bus/types.rs", "Dialect::Sqlite"), ["core/src/bus/types.rs:1"]);
    }

    #[test]
    fn words_have_parts() {
        assert_eq!(parts("RedisHTTPClient_a_B2"), ["redis", "httpclient", "a", "b2"]);
    }
}
