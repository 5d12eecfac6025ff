//! Reads a contract's source: the methods that an engine has to write, and where their types come from.

use std::collections::BTreeMap;

use crate::tidy::{Rust, closing, words};

/// What an engine has to write.
pub(crate) struct Contract {
    name: String,
    methods: Vec<Method>,
    /// Each type of the contract with the path that an engine imports it from.
    paths: BTreeMap<String, String>,
}

struct Method {
    name: String,
    signature: String,
}

impl Contract {
    /// Reads the trait of this name from the text of `core/src/<capability>/contract.rs`.
    pub(crate) fn read(text: &str, capability: &str, name: &str) -> Result<Contract, String> {
        let rust = Rust::read("contract.rs", text);
        let start = rust
            .code
            .find(&format!("pub trait {name}"))
            .ok_or_else(|| format!("there is no trait `{name}`"))?;
        let open = start + rust.code[start..].find('{').ok_or_else(|| format!("`{name}` has no body"))?;
        let end = closing(&rust.code, open);
        let mut methods = Vec::new();
        let mut at = open + 1;
        while let Some((found, _)) = words(&rust.code[at..end]).find(|(_, word)| *word == "fn") {
            let start = at + found;
            let stop = signature_end(&rust.code, start);
            if rust.code[stop..].starts_with('{') {
                at = closing(&rust.code, stop);
                continue;
            }
            let is_async = rust.code[..start].trim_end().ends_with("async");
            methods.push(Method::read(&rust.uncommented[start..stop], is_async));
            at = stop;
        }
        Ok(Contract { name: name.to_string(), methods, paths: paths(&rust.code, capability) })
    }

    /// The methods of an engine that can do nothing yet.
    pub(crate) fn bodies(&self, features: &str) -> String {
        let bodies: Vec<String> = self.methods.iter().map(|method| method.with_body(features)).collect();
        bodies.join("\n")
    }

    /// The paths of what the methods name, and of the contract itself.
    pub(crate) fn imports(&self) -> Vec<&str> {
        let signatures =
            self.methods.iter().flat_map(|method| words(&method.signature).map(|(_, word)| word));
        let named = signatures.chain([self.name.as_str()]).filter_map(|word| self.paths.get(word));
        let mut paths: Vec<&str> = named.map(String::as_str).collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

impl Method {
    fn read(signature: &str, is_async: bool) -> Method {
        let signature = signature.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = words(&signature).nth(1).map_or(String::new(), |(_, name)| name.to_string());
        let signature = if is_async { format!("async {signature}") } else { signature };
        Method { name, signature }
    }

    fn with_body(&self, features: &str) -> String {
        let returns = self.signature.rsplit_once("->").map_or("", |(_, returns)| returns.trim());
        let refusal = format!("Error::unsupported(\"{}\")", self.name.replace('_', " "));
        let body = match (self.name.as_str(), returns) {
            ("features", _) => features.to_string(),
            ("native", _) => "&self.client".to_string(),
            (_, "") => String::new(),
            (_, "Dialect") => "Dialect::Postgres".to_string(),
            (_, "Vec<Result<()>>") => {
                format!("{}.iter().map(|_| Err({refusal})).collect()", self.parameters().join(""))
            }
            (_, returns) if returns.starts_with("Result<") => format!("Err({refusal})"),
            _ => "Default::default()".to_string(),
        };
        let mut signature = self.signature.clone();
        for parameter in
            self.parameters().into_iter().filter(|parameter| !body.contains(&format!("{parameter}.iter()")))
        {
            signature = signature.replacen(&format!("{parameter}:"), &format!("_{parameter}:"), 1);
        }
        format!("    {signature} {{\n        {body}\n    }}\n")
    }

    fn parameters(&self) -> Vec<String> {
        let named = words(&self.signature).filter(|(at, word)| {
            let rest = &self.signature[at + word.len()..];
            rest.starts_with(": ") && *word != "self"
        });
        named.map(|(_, word)| word.to_string()).collect()
    }
}

fn signature_end(code: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(found) = code[at..].find(['{', ';', '(', '[']) {
        at += found;
        if matches!(code.as_bytes()[at], b'{' | b';') {
            return at;
        }
        at = closing(code, at);
    }
    code.len()
}

/// Where an engine finds the types that a contract imports or declares.
fn paths(code: &str, capability: &str) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    for (start, word) in words(code) {
        if word == "trait" {
            let name = words(&code[start..]).nth(1).map_or("", |(_, name)| name);
            paths.insert(name.to_string(), format!("bedplate_core::{capability}::{name}"));
        }
        let end = code[start..].find(';').map_or(code.len(), |end| start + end);
        let Some(import) = code[start..end].strip_prefix("use ").filter(|_| word == "use") else { continue };
        let (path, names) = import.rsplit_once("::").filter(|_| !import.contains('{')).unwrap_or_else(|| {
            let (path, names) = import.split_once("::{").unwrap_or((import, ""));
            (path, names.trim_end_matches('}'))
        });
        let path = match path.split("::").next() {
            Some("super") => format!("bedplate_core::{capability}"),
            Some("crate") => "bedplate_core".to_string(),
            _ => path.to_string(),
        };
        for (_, name) in words(names) {
            paths.insert(name.to_string(), format!("{path}::{name}"));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "use std::any::Any;\nuse async_trait::async_trait;\nuse super::types::{Dialect, Features,\n Message};\n\
        use crate::error::{Error, Result};\n\npub trait BusEngine: Send {\n /// fn docs();\n fn features(&self) -> Features;\n\
        fn dialect(&self) -> Dialect;\n async fn publish(&self, messages: Vec<Message>) -> Vec<Result<()>>;\n\
        async fn subscribe(\n &self,\n group: &str,\n ) -> Result<Box<dyn Other>>;\n\
        async fn scan(&self, _x: u8) -> Result<u8> { if a { b } Err(c) }\n async fn close(&self);\n\
        fn native(&self) -> &dyn Any;\n}\npub trait Other { fn not_this(&self); }";

    #[test]
    fn every_required_method_gets_a_body() {
        let bodies = Contract::read(SOURCE, "bus", "BusEngine").unwrap().bodies("FEATURES");
        let expected = [
            "fn features(&self) -> Features {\n        FEATURES\n",
            "fn dialect(&self) -> Dialect {\n        Dialect::Postgres\n",
            "async fn publish(&self, messages: Vec<Message>) -> Vec<Result<()>> {\n        \
                messages.iter().map(|_| Err(Error::unsupported(\"publish\"))).collect()\n",
            "async fn subscribe( &self, _group: &str, ) -> Result<Box<dyn Other>> {\n        \
                Err(Error::unsupported(\"subscribe\"))\n",
            "async fn close(&self) {\n        \n",
            "fn native(&self) -> &dyn Any {\n        &self.client\n",
        ];
        for part in expected {
            assert!(bodies.contains(part), "{part}\nis missing in\n{bodies}");
        }
        assert!(
            !bodies.contains("scan") && !bodies.contains("not_this") && !bodies.contains("docs"),
            "{bodies}"
        );
    }

    #[test]
    fn types_are_imported_from_where_an_engine_sees_them() {
        let contract = Contract::read(SOURCE, "bus", "BusEngine").unwrap();
        let paths = [
            "bedplate_core::Result",
            "bedplate_core::bus::BusEngine",
            "bedplate_core::bus::Dialect",
            "bedplate_core::bus::Features",
            "bedplate_core::bus::Message",
            "bedplate_core::bus::Other",
            "std::any::Any",
        ];
        assert_eq!(contract.imports(), paths);
    }

    #[test]
    fn a_contract_that_is_not_there_is_said_so() {
        assert_eq!(
            Contract::read(SOURCE, "sql", "SqlEngine").err().unwrap(),
            "there is no trait `SqlEngine`"
        );
    }
}
