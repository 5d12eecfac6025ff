//! Cases: one promise each, and what they are given.

use std::fmt;
use std::sync::{Arc, Mutex};

use bedplate_core::{BoxFuture, Capability, Error, ErrorKind, PromiseRow, Result};

use crate::fresh::{Fresh, Maker};
use crate::target::{Opener, Target};

/// A capability's contract as its suite sees it.
pub trait Contract: Clone + Send + Sync + 'static {
    /// The capability.
    const CAPABILITY: Capability;
    /// The suite.
    const CASES: &'static [Case<Self>];

    /// How handles of this kind are opened at a target; `None` where it has none.
    fn opener(target: &Target) -> Option<Opener<Self>>;

    /// The promises as the opened handle declares them.
    fn promises(&self) -> Vec<PromiseRow>;

    /// Removes what a case left behind in its namespace.
    fn clean(subject: &Subject<Self>) -> impl Future<Output = Result<()>> + Send;
}

/// When a case applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// To every engine.
    Always,
    /// To every engine where empty databases can be made beside the one that is tested.
    Apart,
    /// Where the promise of this name is kept.
    Kept(&'static str),
    /// Where the promise of this name is refused.
    Refused(&'static str),
}

impl When {
    /// Whether it applies to an engine with these promises.
    pub fn applies(self, promises: &[PromiseRow]) -> bool {
        let kept = |name| promises.iter().any(|row| row.name == name && row.promise.is_kept());
        match self {
            Self::Always | Self::Apart => true,
            Self::Kept(name) => kept(name),
            Self::Refused(name) => !kept(name),
        }
    }
}

/// One promise, and the steps that check it.
pub struct Case<H: 'static> {
    /// The promise as a sentence in snake_case, for example `a_rollback_undoes_everything`.
    pub name: &'static str,
    /// When it applies.
    pub when: When,
    /// The steps.
    pub run: fn(Arc<Subject<H>>) -> BoxFuture<Verdict>,
}

/// What a case returns: nothing, or why the promise isn't kept.
pub type Verdict = std::result::Result<(), Failure>;

/// Why a promise isn't kept.
#[derive(Debug, Clone)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(format!("{error:?}"))
    }
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// What a case is given: a freshly opened handle, a way to open more at the same address, and names that nobody else uses.
pub struct Subject<H> {
    /// A freshly opened handle.
    pub handle: H,
    /// What the names of everything that the case makes begin with: lower-case letters and digits.
    pub namespace: String,
    pub(crate) open: Opener<H>,
    pub(crate) make: Option<Maker>,
    pub(crate) made: Mutex<Vec<Fresh>>,
}

impl<H> Subject<H> {
    /// Opens another handle at the same address, as another process would.
    pub async fn open_another(&self) -> Result<H> {
        (self.open)().await
    }

    /// A name that nobody else uses, of letters, digits and `_`.
    pub fn name(&self, what: &str) -> String {
        format!("{}_{what}", self.namespace)
    }
}

/// The promise holds only if this is true.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($why:tt)+) => {
        if !$condition {
            return Err($crate::Failure(format!($($why)+)));
        }
    };
}

/// The promise holds only if these two are equal.
#[macro_export]
macro_rules! ensure_eq {
    ($found:expr, $expected:expr, $($why:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) if *found == *expected => {}
            (found, expected) => {
                let why = format!($($why)+);
                return Err($crate::Failure(format!("{why}: expected {expected:?}, found {found:?}")));
            }
        }
    };
}

/// Lists cases: `always a_name`, `apart a_name`, `kept "promise" a_name` or `refused "promise" a_name`, each an `async fn(&Subject<_>) -> Verdict`.
#[macro_export]
macro_rules! cases {
    (@when always) => { $crate::When::Always };
    (@when apart) => { $crate::When::Apart };
    (@when kept $promise:literal) => { $crate::When::Kept($promise) };
    (@when refused $promise:literal) => { $crate::When::Refused($promise) };
    ($( $when:ident $($promise:literal)? $($path:ident)::+ ; )*) => {
        &[ $( $crate::Case {
            name: $crate::cases!(@last $($path)+),
            when: $crate::cases!(@when $when $($promise)?),
            run: |subject| Box::pin(async move { $($path)::+(&subject).await }),
        }, )* ]
    };
    (@last $name:ident) => { stringify!($name) };
    (@last $first:ident $($rest:ident)+) => { $crate::cases!(@last $($rest)+) };
}

/// Checks that a call failed with this kind, and returns its error for a further look.
pub(crate) fn refused<T>(
    result: Result<T>,
    kind: ErrorKind,
    what: &str,
) -> std::result::Result<Error, Failure> {
    match result {
        Err(error) if error.kind() == kind => Ok(error),
        Err(error) => Err(Failure(format!("{what}: expected the error {kind}, found {error:?}"))),
        Ok(_) => Err(Failure(format!("{what}: expected the error {kind}, and it succeeded"))),
    }
}

/// Waits until a condition holds, but no longer than ten seconds.
pub(crate) async fn eventually<F>(what: &str, mut holds: impl FnMut() -> F) -> Verdict
where
    F: Future<Output = Result<bool>>,
{
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        if holds().await? {
            return Ok(());
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Failure(format!("{what}: not within 10 s")));
        }
        // waits: between two looks at the condition.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
