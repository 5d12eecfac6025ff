//! The whole of it: every dialect's scripts judged, exceptions taken out, and what is the same in several dialects said once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use bedplate_core::setting::nearest;
use bedplate_core::sql::{Dialect, Migrations};

use crate::allow::{Allow, Scope};
use crate::codes::{ALLOW_UNUSED, ALLOW_WITHOUT_REASON, CODES, Code, explain};
use crate::finding::Finding;
use crate::history::{Found, follow};
use crate::options::Options;
use crate::schema::Place;
use crate::script::Script;
use crate::spot::Lines;

/// A finding without its dialects, in the order in which findings are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    number: u64,
    file: String,
    start: usize,
    end: usize,
    code: &'static str,
    message: String,
    help: Option<String>,
}

/// What became of an exception.
#[derive(Debug, Default)]
struct Use {
    is_used: bool,
    has_reason: bool,
    is_known: bool,
    dialects: Vec<Dialect>,
    end: usize,
}

/// The parser's frames are large in a build without optimization: one that nests as deep as it may needs a few megabytes.
const STACK_BYTES: usize = 32 << 20;

/// Judges the scripts in every dialect of the options. The findings stand in the order of the scripts.
pub fn lint(migrations: &Migrations, options: &Options) -> Vec<Finding> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("lint".to_string()).stack_size(STACK_BYTES);
        match builder.spawn_scoped(scope, || judge(migrations, options)) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => judge(migrations, options),
        }
    })
}

fn judge(migrations: &Migrations, options: &Options) -> Vec<Finding> {
    let mut options = options.clone();
    options.dialects.sort_by_key(|dialect| dialect.as_str());
    options.dialects.dedup();
    let mut findings: BTreeMap<Key, Vec<Dialect>> = BTreeMap::new();
    let mut uses: BTreeMap<(u64, String, usize, String), Use> = BTreeMap::new();
    let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
    for dialect in options.dialects.clone() {
        let scripts: Vec<Script<'_>> =
            migrations.of(dialect).into_iter().map(|migration| Script::new(migration, dialect)).collect();
        for script in &scripts {
            texts.insert(script.file, script.text);
            for allow in &script.allows {
                let uses = uses.entry(use_of(script, allow)).or_default();
                uses.has_reason = allow.has_reason;
                uses.is_known = explain(&allow.code).is_some();
                uses.end = allow.range.end;
                uses.dialects.push(dialect);
            }
        }
        for found in follow(&scripts, &options) {
            let script = &scripts[found.place.script];
            let mut is_allowed = false;
            for allow in script.allows.iter().filter(|allow| covers(allow, script, &found)) {
                is_allowed = true;
                uses.entry(use_of(script, allow)).or_default().is_used = true;
            }
            if !is_allowed {
                let dialects = findings.entry(key(script.number, script.file, found)).or_default();
                if !dialects.contains(&dialect) {
                    dialects.push(dialect);
                }
            }
        }
    }
    for ((number, file, start, code), of) in uses {
        for (found, message, help) in judged(&code, &of) {
            let place = Place { script: 0, range: start..of.end };
            let found = Found { code: found, place, message, help: Some(help) };
            findings.insert(key(number, &file, found), of.dialects.clone());
        }
    }
    let after = |key: &Key| options.after.is_none_or(|after| key.number > after);
    let kept = findings.into_iter().filter(|(key, _)| after(key));
    let mut lines: BTreeMap<&str, Lines<'_>> = BTreeMap::new();
    kept.map(|(key, dialects)| {
        let (file, text) =
            texts.get_key_value(key.file.as_str()).map_or(("", ""), |(file, text)| (*file, *text));
        let lines = lines.entry(file).or_insert_with(|| Lines::new(text));
        finding(key, dialects, lines, text)
    })
    .collect()
}

fn use_of(script: &Script<'_>, allow: &Allow) -> (u64, String, usize, String) {
    (script.number, script.file.to_string(), allow.range.start, allow.code.clone())
}

fn covers(allow: &Allow, script: &Script<'_>, found: &Found) -> bool {
    let is_there = match allow.scope {
        Scope::File => true,
        Scope::Statement(at) => script.statements.get(at).is_some_and(|statement| {
            let Range { start, end } = statement.range;
            (start..end).contains(&found.place.range.start)
        }),
        Scope::Nothing => false,
    };
    is_there && allow.code == found.code.code
}

/// What there is to say about an exception.
fn judged(code: &str, of: &Use) -> Vec<(&'static Code, String, String)> {
    let mut said = Vec::new();
    if !of.is_known {
        let near = nearest(code, CODES.iter().map(|code| code.code));
        let help = near.map_or_else(
            || "write `-- lint: allow CODE: reason`, with a code that stands before a finding".to_string(),
            |near| format!("did you mean `{near}`?"),
        );
        said.push((ALLOW_UNUSED, format!("no finding has the code `{code}`"), help));
        return said;
    }
    if !of.has_reason {
        let message = format!("`{code}` is allowed without a reason");
        said.push((
            ALLOW_WITHOUT_REASON,
            message,
            format!("write `-- lint: allow {code}: why it is right here`"),
        ));
    }
    if !of.is_used {
        let message = format!("`{code}` is allowed, and nothing here is a `{code}`");
        let help = "delete the comment, or move it: directly before its statement, or to the file's head with an empty line after it";
        said.push((ALLOW_UNUSED, message, help.to_string()));
    }
    said
}

fn key(number: u64, file: &str, found: Found) -> Key {
    Key {
        number,
        file: file.to_string(),
        start: found.place.range.start,
        end: found.place.range.end,
        code: found.code.code,
        message: found.message,
        help: found.help,
    }
}

fn finding(key: Key, dialects: Vec<Dialect>, lines: &Lines<'_>, text: &str) -> Finding {
    let (line, column) = lines.line_and_column(key.start);
    Finding {
        code: key.code,
        level: explain(key.code).map_or(crate::Level::Error, |code| code.level),
        file: key.file,
        line,
        column,
        span: key.start..key.end,
        message: respelt(&key.message, text),
        help: key.help.map(|help| respelt(&help, text)),
        dialects: dialects.into_iter().map(Dialect::as_str).collect(),
    }
}

/// Names are compared in lower case, and told as the script writes them.
fn respelt(message: &str, script: &str) -> String {
    let lower = script.to_ascii_lowercase();
    let spell = |(at, part): (usize, &str)| {
        // Every second part stands between backquotes.
        let is_name = at % 2 == 1 && !part.is_empty() && !script.contains(part);
        let found =
            if is_name { lower.find(part).and_then(|at| script.get(at..at + part.len())) } else { None };
        found.unwrap_or(part).to_string()
    };
    message.split('`').enumerate().map(spell).collect::<Vec<_>>().join("`")
}
