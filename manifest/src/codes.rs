//! Every code that a problem can have, with its title and its page for `bedplate explain`.

/// A code with what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code in kebab-case.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The explanation in Markdown: what it means, an example that is wrong, and how to put it right.
    pub page: &'static str,
}

macro_rules! codes {
    ($( $name:ident $code:literal $title:literal, )*) => {
        $( #[doc = $title] pub(crate) const $name: &str = $code; )*

        /// Every code, in the order in which a manifest meets them.
        pub const CODES: &[Code] = &[
            $( Code { code: $code, title: $title, page: include_str!(concat!("codes/", $code, ".md")) }, )*
        ];
    };
}

codes! {
    MANIFEST_TOO_LARGE "manifest-too-large" "The file is too large to be a manifest",
    NOT_UTF8 "not-utf8" "The file is not UTF-8 text",
    TOO_DEEP "too-deep" "Tables are nested too deep",
    SYNTAX "syntax" "The file is not valid TOML",
    TOO_MANY "too-many" "There is more of something than is read",
    UNKNOWN_KEY "unknown-key" "A key that does not exist",
    WRONG_TYPE "wrong-type" "A value of the wrong type",
    MISSING_KEY "missing-key" "A value that must be given is missing",
    INVALID_NAME "invalid-name" "A name that can't be used",
    INVALID_VALUE "invalid-value" "A value that is not allowed here",
    NO_SERVICES "no-services" "A platform without services",
    DUPLICATE_SERVICE "duplicate-service" "Two services with one name",
    UNKNOWN_SERVICE "unknown-service" "An environment changes a service that does not exist",
    UNKNOWN_ENVIRONMENT "unknown-environment" "An environment that does not exist",
    UNSET_VARIABLE "unset-variable" "A variable that is not set",
    PLAIN_SECRET "plain-secret" "A secret written in plain text",
    UNKNOWN_ENGINE "unknown-engine" "An engine that nobody knows",
    BAD_URL "bad-url" "A URL that is none",
    UNKNOWN_SCHEME "unknown-scheme" "A URL scheme that no engine has",
    ENGINE_LACKS_CAPABILITY "engine-lacks-capability" "An engine that is not made for this",
    ENGINE_NOT_IN_BUILD "engine-not-in-build" "An engine that this build can't open",
    UNUSED_ENGINE "unused-engine" "An engine that no service needs",
    UNKNOWN_PROMISE "unknown-promise" "A promise that does not exist",
    PROMISE_NOT_KEPT "promise-not-kept" "A promise that the engine can't keep",
    BEYOND_LIMIT "beyond-limit" "More than the engine's limit",
    PRIVATE_CACHE_SHARED "private-cache-shared" "Shared state on a private cache",
    UNREACHABLE_STATE "unreachable-state" "State that not every process can reach",
    DATABASE_SHARED "database-shared" "One database for two services",
    NAMESPACE_SHARED "namespace-shared" "Two services whose cache keys can collide",
    NOBODY_PUBLISHES "nobody-publishes" "An event that nobody publishes",
    TOO_MANY_CONNECTIONS "too-many-connections" "More connections than the server allows",
    PORT_TAKEN "port-taken" "A port used twice",
}

/// What a code stands for, or `None` where there is no such code.
pub fn explain(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code == code)
}
