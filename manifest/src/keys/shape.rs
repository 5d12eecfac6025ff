//! The shapes of names: what each looks like, as a check, as a pattern and in words.

use bedplate_core::bus::{Pattern, Topic};
use bedplate_core::sql::NewDatabase;

/// What a name or another piece of text must look like.
#[derive(Debug)]
pub struct Shape {
    /// What it is, in words.
    pub what: &'static str,
    /// The same as a regular expression, for the JSON Schema.
    pub pattern: &'static str,
    holds: fn(&str) -> bool,
    /// Whether it names something: then what doesn't fit is an `invalid-name`.
    pub(crate) is_name: bool,
}

impl Shape {
    /// Checks text; the error says what was expected.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        if (self.holds)(text) { Ok(()) } else { Err(format!("expected {}", self.what)) }
    }
}

fn is_name(text: &str, max: usize, inner: &[u8]) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase();
    text.len() <= max
        && text.bytes().next().is_some_and(letter)
        && text.bytes().all(|byte| letter(byte) || byte.is_ascii_digit() || inner.contains(&byte))
}

/// A service, an environment, a platform, a secret: it becomes part of file names, host names and variables.
pub(super) static NAME: Shape = Shape {
    what: "a name of at most 40 lower-case letters, digits, `-` and `_` that begins with a letter",
    pattern: "^[a-z][a-z0-9_-]{0,39}$",
    holds: |text| is_name(text, 40, b"-_"),
    is_name: true,
};

/// A database, a role, a table, an extension. PostgreSQL cuts longer ones.
pub(super) static IDENTIFIER: Shape = Shape {
    what: "a name of at most 63 letters, digits, `-` and `_` that begins with a letter",
    pattern: "^[A-Za-z][A-Za-z0-9_-]{0,62}$",
    holds: NewDatabase::is_name,
    is_name: true,
};

/// A bucket, by the rules of S3, which are the narrowest.
pub(super) static BUCKET: Shape = Shape {
    what: "a name of 3 to 63 lower-case letters, digits, `-` and `.` that begins with a letter",
    pattern: "^[a-z][a-z0-9.-]{2,62}$",
    holds: |text| text.len() >= 3 && is_name(text, 63, b"-."),
    is_name: true,
};

/// An environment variable.
pub(super) static VARIABLE: Shape = Shape {
    what: "a variable's name of letters, digits and `_` that doesn't begin with a digit",
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,99}$",
    holds: |text| text.len() <= 100 && crate::template::is_variable_name(text),
    is_name: true,
};

/// A topic.
pub(super) static TOPIC: Shape = Shape {
    what: "a topic of words with dots between them, such as `user.created`",
    pattern: "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$",
    holds: |text| Topic::new(text).is_ok(),
    is_name: false,
};

/// A pattern of topics.
pub(super) static PATTERN: Shape = Shape {
    what: "a topic or a pattern such as `user.created`, `user.*` or `user.#`",
    pattern: "^([A-Za-z0-9_-]+|\\*|#)(\\.([A-Za-z0-9_-]+|\\*|#))*$",
    holds: |text| Pattern::new(text).is_ok(),
    is_name: false,
};

/// A promise of a capability, in kebab-case.
pub(super) static PROMISE: Shape = Shape {
    what: "a promise's name such as `key-order`",
    pattern: "^[a-z][a-z-]{0,39}$",
    holds: |text| is_name(text, 40, b"-"),
    is_name: false,
};

/// A namespace or a pattern of cache keys.
pub(super) static CACHE_KEY: Shape = Shape {
    what: "a pattern of cache keys without spaces, such as `user:id:{userId}`",
    pattern: "^\\S{0,250}$",
    holds: |text| text.len() <= 250 && !text.chars().any(|c| c.is_whitespace() || c.is_control()),
    is_name: false,
};

/// A host's name or address.
pub(super) static HOST: Shape = Shape {
    what: "a host's name or address, without a port",
    pattern: "^[A-Za-z0-9._-]+$|^[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*$",
    holds: |text| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
        // With one `:` it is a name and a port, such as `db:5432`.
        let is_address = text.bytes().all(address) && text.matches(':').count() > 1;
        !text.is_empty() && text.len() <= 253 && (text.bytes().all(word) || is_address)
    },
    is_name: false,
};

/// A path relative to the manifest's folder, or absolute.
pub(super) static PATH: Shape = Shape {
    what: "a path",
    pattern: "^[^\\u0000]+$",
    holds: |text| !text.is_empty() && !text.contains('\0'),
    is_name: false,
};

/// A folder on a server, in which the server's own shell commands can name files.
pub(super) static FOLDER: Shape = Shape {
    what: "the absolute path of a folder, of letters, digits, `/`, `.`, `-` and `_`",
    pattern: "^/[A-Za-z0-9/._-]*[A-Za-z0-9._-]$",
    holds: |text| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        text.starts_with('/') && text.len() > 1 && !text.ends_with('/') && text.bytes().all(word)
    },
    is_name: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_file_names_hosts_and_variables() {
        for name in ["orders", "user-service", "a1_b"] {
            assert!(NAME.check(name).is_ok(), "{name}");
        }
        for name in ["", "Orders", "1a", "-a", "a b", "a/b", "ä", "a.b", &"x".repeat(41)] {
            assert!(NAME.check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_folder_is_safe_in_a_shell_command() {
        for folder in ["/backups", "/var/lib/wal-archive/2.0"] {
            assert!(FOLDER.check(folder).is_ok(), "{folder}");
        }
        for folder in ["", "/", "backups", "/a b", "/a'b", "/a;b", "/a%b", "/$HOME", "/a/"] {
            assert!(FOLDER.check(folder).is_err(), "{folder}");
        }
    }

    #[test]
    fn a_host_with_a_port_is_no_address() {
        for host in ["db", "db.internal", "10.0.0.1", "::1", "fe80::a:1"] {
            assert!(HOST.check(host).is_ok(), "{host}");
        }
        for host in ["db:5432", "localhost:5432", "10.0.0.1:80", "a b", "", "http://h"] {
            assert!(HOST.check(host).is_err(), "{host}");
        }
    }
}
