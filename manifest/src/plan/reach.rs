//! State that must be shared, on engines that not everyone can reach.

use bedplate_core::{Capability, Reach};

use super::choose::Chosen;
use super::engines::offering;
use super::planner::{Planner, Subject};
use crate::codes;
use crate::manifest::Span;
use crate::problem::Problem;
use crate::read::names;

impl<'a> Planner<'a> {
    /// State that must outlive a process and be the same for all of them.
    pub(super) fn check_reach(&mut self, subject: Subject<'a>, chosen: &Chosen) {
        let needed = self.needed(subject, chosen.capability);
        if chosen.reach() >= needed {
            return;
        }
        let place = subject.service.need(chosen.capability).map_or(0..0, |choice| choice.span.clone());
        self.unreachable(subject, chosen, needed, place);
    }

    /// A cache whose values all processes of a service must see.
    pub(super) fn check_shared_cache(&mut self, subject: Subject<'a>, chosen: &Chosen, place: Span) {
        let needed = self.needed(subject, chosen.capability);
        if chosen.reach() >= needed {
            return;
        }
        if chosen.reach() > Reach::Process {
            return self.unreachable(subject, chosen, needed, place);
        }
        let service = &subject.service.name;
        let message = format!(
            "`{service}` shares its cache between {} processes, and {} is private to each of them",
            subject.replicas, chosen.engine.title
        );
        self.problems.push(
            Problem::error(codes::PRIVATE_CACHE_SHARED, message)
                .at(place)
                .with_related(chosen.span.clone(), format!("{} is chosen here", chosen.engine.title))
                .with_help(format!(
                    "choose one of: {}; or run one process: `replicas = 1`",
                    reaching(Capability::Cache, needed)
                )),
        );
    }

    fn unreachable(&mut self, subject: Subject<'a>, chosen: &Chosen, needed: Reach, place: Span) {
        let (title, capability, service) = (chosen.engine.title, chosen.capability, &subject.service.name);
        let message = match (chosen.reach(), needed) {
            (Reach::Machine, _) => format!(
                "`{service}` runs on {} machines, and the `{capability}` of {title} stays on the disk of one of them",
                self.machines
            ),
            (_, Reach::Network) => {
                format!(
                    "`{service}` runs on {} machines, and the `{capability}` of {title} stays in one process",
                    self.machines
                )
            }
            _ if capability == Capability::Bus => {
                format!("several processes use the `bus`, and that of {title} stays in one process")
            }
            _ => format!(
                "`{service}` runs {} processes, and the `{capability}` of {title} stays in one of them",
                subject.replicas
            ),
        };
        self.problems.push(
            Problem::error(codes::UNREACHABLE_STATE, message)
                .at(place)
                .with_related(chosen.span.clone(), format!("{title} is chosen here"))
                .with_help(format!("choose one of: {}", reaching(capability, needed))),
        );
    }

    /// How far the state of a need has to reach, so that everyone who shares it does.
    fn needed(&mut self, subject: Subject<'a>, capability: Capability) -> Reach {
        let is_shared = subject.replicas > 1 || capability == Capability::Bus && self.bus_services() > 1;
        match (is_shared, self.machines) {
            // One process has its state beside it, wherever it runs.
            (false, _) => Reach::Process,
            (true, ..=1) => Reach::Machine,
            (true, _) => Reach::Network,
        }
    }

    fn bus_services(&mut self) -> usize {
        let services = &self.manifest.services;
        *self
            .bus_services
            .get_or_insert_with(|| services.iter().filter(|service| service.bus.is_some()).count())
    }
}

/// The engines that reach far enough.
fn reaching(capability: Capability, needed: Reach) -> String {
    let far = offering(capability)
        .filter(|engine| engine.promises(capability).is_some_and(|(reach, _)| reach >= needed));
    names(far.map(|engine| engine.name))
}
