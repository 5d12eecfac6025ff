//! The name of an engine and its capability, in the spellings that files and code need.

use crate::command::Failure;

/// The capabilities that have a contract.
pub(crate) const CAPABILITIES: &[&str] = &["sql", "cache", "bus", "objects"];

/// An engine's name and the capability that it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// As in the catalogue and in `engines/`: `nats`.
    pub(crate) engine: String,
    /// One of [`CAPABILITIES`].
    pub(crate) capability: String,
}

impl Name {
    /// Checks both words.
    pub(crate) fn new(engine: &str, capability: &str) -> Result<Name, Failure> {
        let is_plain = engine.starts_with(|c: char| c.is_ascii_lowercase())
            && engine.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_plain {
            let help = "spell it as its makers do, in lower case letters, digits and `_`";
            return Err(Failure::Usage(format!("`{engine}` can't be the name of an engine: {help}")));
        }
        if !CAPABILITIES.contains(&capability) {
            let known = CAPABILITIES.join("`, `");
            return Err(Failure::Usage(format!("`{capability}` has no contract: there are `{known}`")));
        }
        Ok(Name { engine: engine.into(), capability: capability.into() })
    }

    /// The engine as a constant: `NATS`.
    pub(crate) fn constant(&self) -> String {
        self.engine.to_ascii_uppercase()
    }

    /// The crate in Rust: `bedplate_engine_nats`.
    pub(crate) fn library(&self) -> String {
        format!("bedplate_engine_{}", self.engine)
    }

    /// The crate in Cargo: `bedplate-engine-nats`.
    pub(crate) fn package(&self) -> String {
        format!("bedplate-engine-{}", self.engine)
    }

    /// The contract: `BusEngine`.
    pub(crate) fn contract(&self) -> String {
        format!("{}Engine", pascal(&self.capability))
    }

    /// The type that implements the contract: `NatsBus`.
    pub(crate) fn implementor(&self) -> String {
        pascal(&self.engine) + &pascal(&self.capability)
    }
}

fn pascal(word: &str) -> String {
    let mut text = String::new();
    for part in word.split('_') {
        let mut letters = part.chars();
        text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        text += letters.as_str();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelt_for_every_place() {
        let name = Name::new("azure_queue", "bus").unwrap();
        assert_eq!((name.constant(), name.implementor()), ("AZURE_QUEUE".into(), "AzureQueueBus".into()));
        assert_eq!(
            (name.package(), name.contract()),
            ("bedplate-engine-azure_queue".into(), "BusEngine".into())
        );
    }

    #[test]
    fn other_names_and_capabilities_are_refused() {
        for (engine, capability) in
            [("NATS", "bus"), ("", "bus"), ("../x", "bus"), ("9p", "bus"), ("nats", "queue")]
        {
            assert!(matches!(Name::new(engine, capability), Err(Failure::Usage(_))), "{engine} {capability}");
        }
    }
}
