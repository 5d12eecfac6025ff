//! One thing wrong with a manifest: a code, a place, a message and what to do about it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::codes;
use crate::source::{Source, position};

/// How many problems one reading reports at most; the last one then says that there are more.
pub const MAX_PROBLEMS: usize = 500;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing starts as long as it stands.
    Error,
    /// It works, and it is probably not what was meant.
    Warning,
}

impl Severity {
    /// The word that is shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Another place that belongs to a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where, in bytes of the source's text.
    pub span: Range<usize>,
    /// What is there.
    pub label: String,
}

/// One thing wrong with a manifest. It never contains a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What `bedplate explain` knows it by, in kebab-case.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where, in bytes of the source's text; `None` for what concerns the whole file.
    pub span: Option<Range<usize>>,
    /// A few words beside the place.
    pub label: Option<String>,
    /// The environments that have it; empty for what all of them have.
    pub environments: Vec<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// Places whose text an excerpt must not show.
    pub(crate) hidden: Arc<[Range<usize>]>,
}

impl Problem {
    /// An error.
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: None,
            span: None,
            label: None,
            environments: Vec::new(),
            related: Vec::new(),
            hidden: Arc::default(),
        }
    }

    /// A warning.
    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Says where. An empty place is none: what is implied stands nowhere.
    #[must_use]
    pub(crate) fn at(mut self, span: Range<usize>) -> Self {
        self.span = (!span.is_empty()).then_some(span);
        self
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub(crate) fn with_related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        if !span.is_empty() {
            self.related.push(Related { span, label: label.into() });
        }
        self
    }

    /// Whether only this build has it: the manifest is fine where the engine can be opened.
    pub fn is_of_this_build(&self) -> bool {
        self.code == codes::ENGINE_NOT_IN_BUILD
    }

    /// The problem as machines read it, with lines and columns in place of offsets.
    pub fn to_json(&self, source: &Source) -> serde_json::Value {
        let text = source.text();
        let place = |span: &Range<usize>| {
            let (start, end) = (position(&text, span.start), position(&text, span.end));
            serde_json::json!({
                "file": source.name, "line": start.line, "column": start.column,
                "end": { "line": end.line, "column": end.column },
            })
        };
        let mut json = serde_json::json!({
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "help": self.help,
            "file": source.name,
            "line": null,
            "column": null,
            "end": null,
            "environments": self.environments,
            "related": self.related.iter().map(|related| {
                let mut json = place(&related.span);
                json["label"] = related.label.clone().into();
                json
            }).collect::<Vec<_>>(),
        });
        if let Some(span) = &self.span {
            let place = place(span);
            for key in ["line", "column", "end"] {
                json[key] = place[key].clone();
            }
        }
        json
    }
}

/// Collects problems up to [`MAX_PROBLEMS`].
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    seen: HashSet<(&'static str, Option<Range<usize>>, String)>,
    beyond: usize,
}

impl Problems {
    /// Adds a problem, unless the same one was found on another way.
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.is_full() {
            self.beyond += 1;
        } else if self.seen.insert((problem.code, problem.span.clone(), problem.message.clone())) {
            self.list.push(problem);
        }
    }

    /// Whether another problem would only be counted: then its words needn't be found.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= MAX_PROBLEMS
    }

    /// The problems in the order of their places, those of the whole file first.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        sort(&mut self.list);
        if self.beyond > 0 {
            let count = self.beyond;
            self.list.push(
                Problem::error(crate::codes::TOO_MANY, format!("there are {count} more problems"))
                    .with_help("put the first ones right and check again"),
            );
        }
        self.list
    }
}

/// By place, then by code and message: the same manifest gives the same order.
pub(crate) fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| {
        let key = |p: &Problem| p.span.as_ref().map_or((0, 0), |span| (span.start + 1, span.end));
        key(a).cmp(&key(b)).then_with(|| a.code.cmp(b.code)).then_with(|| a.message.cmp(&b.message))
    });
}
