//! The verbs as one list, and what runs each of them.

use clap::Subcommand;

use crate::commands::{
    check, completions, conformance, db, engines, env, explain, help_markdown, init, plan, recommend, schema,
};
use crate::exit::Outcome;
use crate::project::ProjectArgs;
use crate::shell::Shell;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Args),
    Recommend(recommend::Args),
    Check(check::Args),
    Plan(plan::Args),
    Env(env::Args),
    Db(db::Args),
    Engines(engines::Args),
    Explain(explain::Args),
    Conformance(conformance::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    HelpMarkdown(help_markdown::Args),
}

impl Command {
    pub(crate) fn run(self, project: &ProjectArgs, shell: &mut Shell) -> Outcome {
        match self {
            Self::Init(args) => init::run(args, project, shell),
            Self::Recommend(args) => recommend::run(args, shell),
            Self::Check(args) => check::run(args, project, shell),
            Self::Plan(args) => plan::run(args, project, shell),
            Self::Env(args) => env::run(args, project, shell),
            Self::Db(args) => db::run(args, project, shell),
            Self::Engines(args) => engines::run(args, shell),
            Self::Explain(args) => explain::run(args, shell),
            Self::Conformance(args) => conformance::run(args, shell),
            Self::Schema(args) => schema::run(args, shell),
            Self::Completions(args) => completions::run(args, shell),
            Self::HelpMarkdown(args) => help_markdown::run(args, shell),
        }
    }
}
