//! Rules and needs: what the tables of the matrix are made of.

use bedplate_core::Capability;
use serde::Serialize;

use super::workload::Workload;

/// The candidate that stands for doing without.
pub const NONE: &str = "none";

/// What an engine is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The database behind the services' requests.
    Database,
    /// What reports and aggregations run on.
    Analytics,
    /// Values with a time to live.
    Cache,
    /// Events and work between services.
    Bus,
    /// Files and archives.
    Objects,
    /// Nearest neighbours of embeddings.
    Vectors,
}

impl Need {
    /// Every need, in the order of the answers.
    pub const ALL: [Need; 6] =
        [Self::Database, Self::Analytics, Self::Cache, Self::Bus, Self::Objects, Self::Vectors];

    /// The word that tables and JSON show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Analytics => "analytics",
            Self::Cache => "cache",
            Self::Bus => "bus",
            Self::Objects => "objects",
            Self::Vectors => "vectors",
        }
    }

    /// The capabilities that serve the need, the first of them where an engine has several.
    pub const fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Database => &[Capability::Sql, Capability::Documents],
            Self::Analytics => &[Capability::Sql],
            Self::Cache => &[Capability::Cache],
            Self::Bus => &[Capability::Bus],
            Self::Objects => &[Capability::Objects],
            Self::Vectors => &[Capability::Vectors],
        }
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a rule says where it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The engine gains this much.
    For(u16),
    /// The engine loses this much.
    Against(u16),
    /// The engine can't do it at all.
    Out,
}

/// One rule of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name; no other rule of the same engine and need has it.
    pub id: &'static str,
    /// The engine that it judges, or [`NONE`].
    pub engine: &'static str,
    /// What the engine is judged for.
    pub need: Need,
    /// What it says.
    pub verdict: Verdict,
    /// When it fires.
    pub when: fn(&Workload) -> bool,
    /// Why, in a sentence.
    pub text: &'static str,
    /// Where that is from.
    pub source: &'static str,
}

/// What belongs to an engine where it is chosen: a companion, or the way to run it.
#[derive(Debug, Clone, Copy)]
pub struct Note {
    /// The engine, or [`NONE`].
    pub engine: &'static str,
    /// What the engine is chosen for.
    pub need: Need,
    /// When it is said.
    pub when: fn(&Workload) -> bool,
    /// What belongs to it.
    pub text: &'static str,
    /// Where that is from.
    pub source: &'static str,
}

type When = fn(&Workload) -> bool;

/// Writing rules: `NEED.gains("sqlite", 30, "simple-data", |w| .., "why", SOURCE)`.
impl Need {
    const fn rule(
        self,
        engine: &'static str,
        verdict: Verdict,
        id: &'static str,
        when: When,
        text: &'static str,
        source: &'static str,
    ) -> Rule {
        Rule { id, engine, need: self, verdict, when, text, source }
    }

    /// The engine gains where the condition holds.
    pub(super) const fn gains(
        self,
        engine: &'static str,
        weight: u16,
        id: &'static str,
        when: When,
        text: &'static str,
        source: &'static str,
    ) -> Rule {
        self.rule(engine, Verdict::For(weight), id, when, text, source)
    }

    /// The engine loses where the condition holds.
    pub(super) const fn loses(
        self,
        engine: &'static str,
        weight: u16,
        id: &'static str,
        when: When,
        text: &'static str,
        source: &'static str,
    ) -> Rule {
        self.rule(engine, Verdict::Against(weight), id, when, text, source)
    }

    /// The engine is out where the condition holds.
    pub(super) const fn out(
        self,
        engine: &'static str,
        id: &'static str,
        when: When,
        text: &'static str,
        source: &'static str,
    ) -> Rule {
        self.rule(engine, Verdict::Out, id, when, text, source)
    }

    /// What is said where the engine is chosen.
    pub(super) const fn note(
        self,
        engine: &'static str,
        when: When,
        text: &'static str,
        source: &'static str,
    ) -> Note {
        Note { engine, need: self, when, text, source }
    }
}
