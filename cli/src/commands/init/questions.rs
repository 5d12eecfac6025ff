//! The questions, in three phases: the core, what may be added, and how databases lie on servers.

use bedplate_catalogue::by_name;
use bedplate_catalogue::matrix::{NONE, Need, recommend};

use super::answers::{
    ANALYTICS, Answers, BUSES, CACHES, DATABASES, Flags, Servers, check_name, check_services, folder_name,
    recommended, workload,
};
use super::prompts::{Choice, Prompts};
use crate::exit::Failure;

/// Asks what the flags don't say.
pub(super) fn ask(flags: &Flags, prompts: &mut dyn Prompts) -> Result<Answers, Failure> {
    let mut flags = flags.clone();
    if flags.name.is_none() {
        flags.name = Some(prompts.text("What is the platform called?", &folder_name(), check_name)?);
    }
    if flags.services.is_empty() {
        let services =
            prompts.text("Which services does it have? (separated by commas)", "orders", check_names)?;
        flags.services = names(&services).map(str::to_string).collect();
    }
    // Phase 1: the core.
    if flags.cache.is_none() {
        flags.cache = Some(engine("Select the cache for production:", Need::Cache, &CACHES, prompts)?);
    }
    if flags.database.is_none() {
        flags.database =
            Some(engine("Select the primary database for production:", Need::Database, &DATABASES, prompts)?);
    }
    if flags.analytics.is_none() && !flags.services.iter().any(|service| service == ANALYTICS) {
        let reason = by_name("duckdb").map_or("", |engine| engine.summary);
        flags.analytics = Some(prompts.confirm("Add a service with DuckDB for analytics?", reason, false)?);
    }
    // Phase 2: what may be added.
    if flags.bus.is_none() {
        flags.bus = Some(engine("Select the event bus for production:", Need::Bus, &BUSES, prompts)?);
    }
    // Phase 3: how databases lie on servers.
    if flags.servers.is_none() && flags.own_server.is_empty() && flags.database.as_deref() == Some("postgres")
    {
        ask_servers(&mut flags, prompts)?;
    }
    Answers::from_flags(&flags)
}

fn ask_servers(flags: &mut Flags, prompts: &mut dyn Prompts) -> Result<(), Failure> {
    let choice = |value: &str, label: &str, reason: &str| Choice {
        value: value.into(),
        label: label.into(),
        reason: reason.into(),
    };
    let choices = vec![
        choice("one", "One server", "simpler; each service has a database and a role of its own on it"),
        choice(
            "per-service",
            "A server per service",
            "isolated; one service's load or failure is no other's",
        ),
        choice("choose", "Let me choose", "one server, and some services have their own"),
    ];
    match prompts.select("One database server, or one for each service?", choices, 0)?.as_str() {
        "per-service" => flags.servers = Some(Servers::PerService),
        "choose" => {
            flags.servers = Some(Servers::One);
            flags.own_server =
                prompts.several("Which services have a server of their own?", &flags.services)?;
        }
        _ => flags.servers = Some(Servers::One),
    }
    Ok(())
}

/// Asks for one of some engines, each with what the decision matrix says for it.
fn engine(
    question: &str,
    need: Need,
    among: &[&'static str],
    prompts: &mut dyn Prompts,
) -> Result<String, Failure> {
    let recommendation = recommend(&workload(), &bedplate::opens);
    let ranking = recommendation.answer(need).map(|answer| answer.ranking.as_slice()).unwrap_or_default();
    let best = recommended(need, among);
    let choices = among.iter().map(|name| {
        let ranked = ranking.iter().find(|ranked| ranked.engine == *name);
        let strongest = ranked.and_then(|ranked| ranked.in_favour.iter().max_by_key(|reason| reason.weight));
        let known = by_name(name);
        let (title, summary) =
            known.map_or(("None", "The services do without."), |engine| (engine.title, engine.summary));
        let reason = strongest.map_or(summary, |reason| reason.text);
        let mark = if *name == best && best != NONE { " (recommended)" } else { "" };
        Choice { value: name.to_string(), label: format!("{title}{mark}"), reason: reason.to_string() }
    });
    let first = among.iter().position(|name| *name == best).unwrap_or(0);
    prompts.select(question, choices.collect(), first)
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn check_names(text: &str) -> Result<(), Failure> {
    if names(text).next().is_none() {
        return Err(Failure::usage("a platform has a service at least"));
    }
    check_services(&names(text).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Answers from a list, and keeps what it was asked.
    #[derive(Default)]
    struct Script {
        answers: VecDeque<&'static str>,
        asked: Vec<String>,
        choices: Vec<Vec<Choice>>,
    }

    impl Script {
        fn next(&mut self, question: &str) -> String {
            self.asked.push(question.to_string());
            self.answers.pop_front().expect(question).to_string()
        }
    }

    impl Prompts for Script {
        fn select(&mut self, question: &str, choices: Vec<Choice>, first: usize) -> Result<String, Failure> {
            let answer = self.next(question);
            let answer = if answer.is_empty() { choices[first].value.clone() } else { answer };
            assert!(choices.iter().any(|choice| choice.value == answer), "{question}: {answer}");
            self.choices.push(choices);
            Ok(answer)
        }

        fn several(&mut self, question: &str, _: &[String]) -> Result<Vec<String>, Failure> {
            Ok(names(&self.next(question)).map(str::to_string).collect())
        }

        fn text(
            &mut self,
            question: &str,
            _: &str,
            check: fn(&str) -> Result<(), Failure>,
        ) -> Result<String, Failure> {
            let answer = self.next(question);
            check(&answer).map(|()| answer)
        }

        fn confirm(&mut self, question: &str, _: &str, _: bool) -> Result<bool, Failure> {
            Ok(self.next(question) == "yes")
        }
    }

    fn answer(answers: &[&'static str]) -> (Answers, Script) {
        let mut script = Script { answers: answers.iter().copied().collect(), ..Script::default() };
        let answers = ask(&Flags::default(), &mut script).unwrap();
        assert!(script.answers.is_empty(), "not asked for {:?}", script.answers);
        (answers, script)
    }

    #[test]
    fn the_three_phases_are_asked_in_their_order() {
        let (answers, script) = answer(&["shop", "orders, users", "", "", "no", "", ""]);
        assert_eq!(
            (answers.name.as_str(), answers.services),
            ("shop", vec!["orders".to_string(), "users".into()])
        );
        assert_eq!(
            (answers.cache.as_str(), answers.database.as_str(), answers.bus.as_str()),
            ("redis", "postgres", "nats")
        );
        let about = ["called", "services", "cache", "database", "DuckDB", "bus", "server"];
        assert_eq!(script.asked.len(), about.len());
        assert!(
            script.asked.iter().zip(about).all(|(question, word)| question.contains(word)),
            "{:?}",
            script.asked
        );
    }

    #[test]
    fn every_choice_has_a_reason() {
        let (_, script) = answer(&["shop", "orders", "none", "postgres", "yes", "kafka", "per-service"]);
        assert!(
            script.choices.iter().flatten().all(|choice| choice.reason.len() > 15),
            "{:?}",
            script.choices
        );
    }

    #[test]
    fn services_can_have_servers_of_their_own() {
        let (answers, _) =
            answer(&["shop", "orders,users", "redis", "postgres", "no", "none", "choose", "users"]);
        assert_eq!((answers.servers, answers.own_server), (Servers::One, vec!["users".to_string()]));
    }

    #[test]
    fn servers_are_asked_for_only_where_there_are_any() {
        let (answers, _) = answer(&["shop", "orders", "redis", "litefs", "no", "redis"]);
        assert_eq!(answers.database, "litefs");
    }

    #[test]
    fn what_flags_say_is_not_asked() {
        let flags = Flags {
            name: Some("shop".into()),
            services: vec!["orders".into()],
            cache: Some("none".into()),
            database: Some("postgres".into()),
            analytics: Some(false),
            bus: Some("none".into()),
            servers: Some(Servers::One),
            own_server: Vec::new(),
        };
        let mut script = Script::default();
        assert_eq!(ask(&flags, &mut script).unwrap(), Answers::from_flags(&flags).unwrap());
        assert!(script.asked.is_empty());
    }
}
