//! Features: the promises in which engines differ, declared once per capability and read by everyone.
//!
//! A capability's `Features` is a plain `Copy` struct that [`features!`](crate::features!) declares. The same declaration
//! is what `bedplate engines` prints, what the manifest's `promises = [..]` names, and what conformance picks cases by.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// How an engine keeps one promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Promise {
    /// It doesn't: whoever asks is refused.
    #[default]
    Refused,
    /// Kept by Bedplate on top of the engine, and proven by the same cases.
    Emulated,
    /// Kept by the engine itself.
    Native,
}

impl Promise {
    /// Whether a caller can rely on it.
    pub const fn is_kept(self) -> bool {
        !matches!(self, Self::Refused)
    }

    /// The word that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Emulated => "emulated",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who can share one engine's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Reach {
    /// Only the process that opened it.
    #[default]
    Process,
    /// Every process on the same machine.
    Machine,
    /// Every process that can reach it over the network.
    Network,
}

impl Reach {
    /// The word that tables, JSON and problems show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Machine => "machine",
            Self::Network => "network",
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One promise of a capability, by name, with what it means and how an engine keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromiseRow {
    /// The name in kebab-case, as the manifest writes it.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub doc: &'static str,
    /// How the engine keeps it.
    pub promise: Promise,
}

/// One limit of a capability, by name, with what it means. `None` means that no limit is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitRow {
    /// The name in kebab-case.
    pub name: &'static str,
    /// What it limits, in a sentence.
    pub doc: &'static str,
    /// The limit.
    pub limit: Option<u64>,
}

/// Refuses what is beyond a limit, by the limit's name.
pub(crate) fn within(found: u64, limit: Option<u64>, what: impl fmt::Display, name: &str) -> Result<()> {
    match limit {
        Some(limit) if found > limit => {
            Err(Error::new(ErrorKind::Limited, format!("{what} are {found} and the limit {name} is {limit}")))
        }
        _ => Ok(()),
    }
}

/// Declares a capability's `Features`: its promises and its limits, each with a doc line.
#[macro_export]
macro_rules! features {
    (
        $(#[$meta:meta])*
        pub struct Features {
            promises { $( #[doc = $pdoc:literal] $promise:ident, )* }
            limits { $( #[doc = $ldoc:literal] $limit:ident, )* }
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Features {
            /// Who can share the engine's state.
            pub reach: $crate::Reach,
            $( #[doc = $pdoc] pub $promise: $crate::Promise, )*
            $( #[doc = $ldoc] pub $limit: Option<u64>, )*
        }

        impl Features {
            /// Promises nothing and knows of no limit: what every declaration starts from.
            pub const NONE: Self = Self {
                reach: $crate::Reach::Process,
                $( $promise: $crate::Promise::Refused, )*
                $( $limit: None, )*
            };

            /// Every promise by name, in the order of their declaration.
            pub fn promises(&self) -> Vec<$crate::PromiseRow> {
                vec![ $( $crate::PromiseRow {
                    name: $crate::features::kebab(stringify!($promise)),
                    doc: $pdoc.trim_ascii(),
                    promise: self.$promise,
                }, )* ]
            }

            /// Every limit by name, in the order of their declaration.
            pub fn limits(&self) -> Vec<$crate::LimitRow> {
                vec![ $( $crate::LimitRow {
                    name: $crate::features::kebab(stringify!($limit)),
                    doc: $ldoc.trim_ascii(),
                    limit: self.$limit,
                }, )* ]
            }

            /// A copy that keeps the named promise in another way, or `None` where there is no such promise.
            pub fn with_promise(mut self, name: &str, promise: $crate::Promise) -> Option<Self> {
                $( if name == $crate::features::kebab(stringify!($promise)) {
                    self.$promise = promise;
                    return Some(self);
                } )*
                None
            }
        }
    };
}

/// `snake_case` to `kebab-case`; interned, because the names of features are few and live as long as the program.
#[doc(hidden)]
pub fn kebab(snake: &'static str) -> &'static str {
    use std::collections::HashMap;
    use std::sync::{Mutex, OnceLock, PoisonError};
    static NAMES: OnceLock<Mutex<HashMap<&'static str, &'static str>>> = OnceLock::new();
    if !snake.contains('_') {
        return snake;
    }
    let names = NAMES.get_or_init(Mutex::default);
    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
    names.entry(snake).or_insert_with(|| Box::leak(snake.replace('_', "-").into_boxed_str()))
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares what is public elsewhere")]
mod tests {
    use super::*;

    crate::features! {
        /// For the test.
        pub struct Features {
            promises {
                /// Keeps order.
                key_order,
            }
            limits {
                /// Bytes in a value.
                max_value_bytes,
            }
        }
    }

    #[test]
    fn one_declaration_is_the_struct_and_its_table() {
        let features = Features { key_order: Promise::Native, max_value_bytes: Some(7), ..Features::NONE };
        let row = features.promises()[0];
        assert_eq!((row.name, row.doc, row.promise), ("key-order", "Keeps order.", Promise::Native));
        assert_eq!(features.limits()[0].limit, Some(7));
        assert_eq!(
            features.with_promise("key-order", Promise::Refused).map(|f| f.key_order),
            Some(Promise::Refused)
        );
        assert_eq!(features.with_promise("nothing", Promise::Native), None);
    }
}
