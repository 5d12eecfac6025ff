//! Variables to values. What is a secret stays a reference.

use super::planner::Planner;
use crate::codes;
use crate::manifest::{Scalar, Span, Value, Written};
use crate::problem::Problem;
use crate::read::{has_password, looks_secret, variables_in_credentials};
use crate::template::Part;

/// Text whose secrets are still references.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Resolved {
    /// The text, with `${NAME}` for each secret.
    pub(super) text: String,
    /// The secrets in it.
    pub(super) secrets: Vec<String>,
}

/// Which variables stay references.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Those whose name says so, and those in a URL's credentials.
    InUrl,
    /// All of them: the value is a secret.
    All,
}

impl Planner<'_> {
    /// A value with its variables resolved; `None`, and a problem, where that gives no such value.
    pub(super) fn get<T: Scalar>(&mut self, value: &Value<T>) -> Option<T> {
        let (parts, kind) = match &value.written {
            Written::Plain(plain) => return Some(plain.clone()),
            Written::Template { parts, kind } => (parts, kind),
        };
        let text = self.resolve(parts, Secrets::InUrl, &value.span)?.text;
        let parsed = kind.check_text(&text).map(|()| T::from_text(&text));
        match parsed {
            Ok(Some(parsed)) => Some(parsed),
            // Never the value: nobody knows what a variable holds.
            wrong => {
                let expected = wrong.err().unwrap_or_else(|| format!("expected {}", kind.describe()));
                self.problems.push(
                    Problem::error(
                        codes::INVALID_VALUE,
                        format!("with its variables resolved, this value can't be used: {expected}"),
                    )
                    .at(value.span.clone()),
                );
                None
            }
        }
    }

    pub(super) fn get_optional<T: Scalar>(&mut self, value: Option<&Value<T>>) -> Option<T> {
        self.get(value?)
    }

    pub(super) fn get_or<T: Scalar>(&mut self, value: Option<&Value<T>>, default: T) -> T {
        self.get_optional(value).unwrap_or(default)
    }

    pub(super) fn get_all(&mut self, values: &[Value<String>]) -> Vec<String> {
        values.iter().filter_map(|value| self.get(value)).collect()
    }

    /// Text in which secrets stay references.
    pub(super) fn get_text(&mut self, value: &Value<String>, secrets: Secrets) -> Option<Resolved> {
        let parts = match &value.written {
            Written::Plain(plain) => return Some(Resolved { text: plain.clone(), secrets: Vec::new() }),
            Written::Template { parts, .. } => parts,
        };
        self.resolve(parts, secrets, &value.span)
    }

    fn resolve(&mut self, parts: &[Part], secrets: Secrets, span: &Span) -> Option<Resolved> {
        let raw = if secrets == Secrets::InUrl { write(parts) } else { String::new() };
        let in_credentials = variables_in_credentials(&raw);
        let mut resolved = Resolved::default();
        for part in parts {
            match part {
                Part::Text(plain) => resolved.text.push_str(plain),
                // Wherever it stands, what is called a secret is never looked up.
                Part::Variable { name, .. }
                    if secrets == Secrets::All
                        || looks_secret(name)
                        || in_credentials.contains(name.as_str()) =>
                {
                    resolved.text.push_str(&format!("${{{name}}}"));
                    resolved.secrets.push(name.clone());
                }
                Part::Variable { name, default } => {
                    resolved.text.push_str(&self.variable(name, default.as_deref(), span)?);
                }
            }
        }
        // A variable such as `DATABASE_URL` can hold a password without saying so in its name.
        if secrets == Secrets::InUrl && has_password(&resolved.text) {
            return self.resolve(parts, Secrets::All, span);
        }
        Some(resolved)
    }

    fn variable(&mut self, name: &str, default: Option<&str>, span: &Span) -> Option<String> {
        match (self.context.variables)(name)
            .filter(|value| !value.is_empty())
            .or_else(|| default.map(String::from))
        {
            Some(value) => Some(value),
            None => {
                self.problems.push(
                    Problem::error(
                        codes::UNSET_VARIABLE,
                        format!("the variable `{name}` is not set and has no default"),
                    )
                    .at(span.clone())
                    .with_help(format!("set it, or write a default: `${{{name}:-...}}`")),
                );
                None
            }
        }
    }
}

/// The parts as they were written.
fn write(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(plain) => plain.clone(),
            Part::Variable { name, default: None } => format!("${{{name}}}"),
            Part::Variable { name, default: Some(default) } => format!("${{{name}:-{default}}}"),
        })
        .collect()
}
