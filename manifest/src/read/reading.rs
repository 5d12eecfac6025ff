//! The steps of reading a manifest, in their order.

use std::sync::Arc;

use super::{collisions, extract, secrets, syntax, walk};
use crate::codes;
use crate::manifest::{Manifest, Span};
use crate::problem::{Problem, Problems};
use crate::source::Source;

/// What reading a manifest came to.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What could be read of it; `None` where it isn't a manifest at all. With errors among the problems it is incomplete.
    pub manifest: Option<Manifest>,
    /// Everything wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads a manifest. Any bytes are read or give problems; nothing panics.
pub fn read(source: &Source) -> Reading {
    let mut problems = Problems::default();
    let text = match source.decode() {
        Ok(text) => text,
        Err(problem) => return Reading { manifest: None, problems: vec![*problem] },
    };
    let (mut tree, sound) = match syntax::parse(text, &mut problems) {
        Some(parsed) => parsed,
        None => return Reading { manifest: None, problems: problems.into_sorted() },
    };
    let hidden = secrets::find(text, &mut tree, &mut problems);
    let mut manifest = None;
    if sound {
        walk::check(&tree, &mut problems);
        let read = extract::manifest(&tree, hidden.clone());
        collisions::check(&read, &mut problems);
        if read.services.is_empty() {
            problems.push(
                Problem::error(codes::NO_SERVICES, "the platform has no services")
                    .with_help("add a table such as `[services.orders]` with what it needs: `sql = true`"),
            );
        }
        manifest = Some(read);
    }
    let mut problems = problems.into_sorted();
    let broken = problems.iter().filter(|problem| problem.code == codes::SYNTAX);
    let in_broken = broken.filter_map(|problem| secrets::in_broken_line(text, problem.span.as_ref()?));
    let hidden: Arc<[Span]> = hidden.iter().cloned().chain(in_broken).collect();
    for problem in &mut problems {
        problem.hidden = hidden.clone();
    }
    Reading { manifest, problems }
}
