//! The scripts against their records: what has become of each.

use std::collections::BTreeMap;

use super::record::{Record, Stage};
use super::script::Script;
use super::scripts::{Migration, Migrations};
use super::status::{MigrationState, MigrationStatus};
use crate::sql::types::Dialect;

/// What an engine has to do with how scripts are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engine {
    pub(super) dialect: Dialect,
    pub(super) transactional_ddl: bool,
}

impl Engine {
    pub(super) fn script(self, migration: &Migration) -> Script<'_> {
        Script::new(migration, self.dialect, self.transactional_ddl)
    }
}

impl Migrations {
    /// What has become of every migration, in their order.
    pub(super) fn compare(&self, engine: Engine, records: &[Record]) -> Vec<MigrationStatus> {
        let scripts: BTreeMap<u64, &Migration> =
            self.of(engine.dialect).into_iter().map(|migration| (migration.number, migration)).collect();
        let last = records.iter().filter(|record| record.has_effect()).map(|record| record.number).max();
        let mut status: BTreeMap<u64, MigrationStatus> = scripts
            .values()
            .map(|migration| (migration.number, self.untouched(engine, migration, last)))
            .collect();
        for record in records {
            let script = scripts.get(&record.number).copied();
            if record.has_effect() {
                status.insert(record.number, self.touched(engine, script, record));
            } else if let Some(status) = status.get_mut(&record.number) {
                // It failed, and nothing of it is there: it is as good as new, but for the reason.
                if status.state == MigrationState::Pending {
                    status.state = MigrationState::Failed;
                }
                status.stopped_at = Some(record.changed_at);
                status.elapsed_ms = Some(record.elapsed_ms);
                status.error.clone_from(&record.error);
            }
        }
        status.into_values().collect()
    }

    fn untouched(&self, engine: Engine, migration: &Migration, last: Option<u64>) -> MigrationStatus {
        let is_late = last > Some(migration.number);
        MigrationStatus {
            number: migration.number,
            name: migration.name.clone(),
            state: if is_late { MigrationState::OutOfOrder } else { MigrationState::Pending },
            applied_at: None,
            elapsed_ms: None,
            stopped_at: None,
            done: 0,
            statements: engine.script(migration).statements.len(),
            error: None,
            has_down: self.down_of(engine.dialect, migration.number).is_some(),
            undoing: false,
        }
    }

    fn touched(&self, engine: Engine, script: Option<&Migration>, record: &Record) -> MigrationStatus {
        let down = self.down_of(engine.dialect, record.number);
        let undoing = record.state.is_undoing();
        let running = if undoing { down } else { script }.map(|migration| engine.script(migration));
        let is_same = script.is_some_and(|script| script.checksum() == record.checksum);
        // Of a script that stopped, what has happened must still be there; what hasn't may be repaired.
        let has_prefix = running
            .as_ref()
            .is_some_and(|script| script.prefix(record.done).is_some_and(|prefix| prefix == record.prefix));
        let state = match record.state {
            _ if script.is_none() => MigrationState::Missing,
            Stage::Applied if is_same => MigrationState::Applied,
            Stage::Applying if has_prefix => MigrationState::Interrupted,
            Stage::Failed if has_prefix => MigrationState::Failed,
            // Without the script that undoes it nothing tells what was changed; the rollback says that it is gone.
            Stage::Undoing if is_same && (has_prefix || down.is_none()) => MigrationState::Interrupted,
            Stage::UndoFailed if is_same && (has_prefix || down.is_none()) => MigrationState::Failed,
            _ => MigrationState::Edited,
        };
        let is_applied = record.state == Stage::Applied;
        MigrationStatus {
            number: record.number,
            name: script.map_or(&record.name, |script| &script.name).clone(),
            state,
            applied_at: is_applied.then_some(record.changed_at),
            elapsed_ms: Some(record.elapsed_ms),
            stopped_at: (!is_applied).then_some(record.changed_at),
            done: record.done,
            statements: running.map_or(record.done, |script| script.statements.len()),
            error: record.error.clone(),
            has_down: down.is_some(),
            undoing,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::scripts::sha256;
    use super::*;
    use MigrationState::{Applied, Edited, Failed, Interrupted, Missing, OutOfOrder, Pending};

    fn record(number: u64, script: &str, state: Stage, done: usize) -> Record {
        let script = Migration { number, name: "x".into(), script: script.into(), file: String::new() };
        let engine = Engine { dialect: Dialect::Sqlite, transactional_ddl: false };
        Record {
            number,
            name: "x".into(),
            checksum: sha256(&script.script),
            state,
            changed_at: Timestamp::UNIX_EPOCH,
            elapsed_ms: 3,
            done,
            prefix: engine.script(&script).prefix(done).unwrap(),
            error: None,
            run: "r".into(),
        }
    }

    fn states(files: &[(&str, &str)], records: &[Record]) -> Vec<(u64, MigrationState)> {
        let migrations = Migrations::from_files(files.iter().copied()).unwrap();
        let engine = Engine { dialect: Dialect::Sqlite, transactional_ddl: false };
        migrations.compare(engine, records).iter().map(|status| (status.number, status.state)).collect()
    }

    #[test]
    fn tells_what_has_become_of_each() {
        let files =
            [("1_a.sql", "a"), ("2_b.sql", "b"), ("3_c.sql", "c"), ("5_e.sql", "e; f"), ("6_f.sql", "f")];
        let records = [
            record(1, "a", Stage::Applied, 1),
            record(2, "changed", Stage::Applied, 1),
            record(4, "d", Stage::Applied, 1),
            record(5, "e; f", Stage::Applying, 1),
        ];
        let expected =
            [(1, Applied), (2, Edited), (3, OutOfOrder), (4, Missing), (5, Interrupted), (6, Pending)];
        assert_eq!(states(&files, &records), expected);
    }

    #[test]
    fn what_stopped_may_be_repaired_behind_what_has_happened() {
        for (now, stage, done, expected) in [
            ("a; b; c", Stage::Failed, 1, Failed),
            ("a; x", Stage::Failed, 1, Failed),
            ("a", Stage::Applying, 1, Interrupted),
            ("x; b; c", Stage::Failed, 1, Edited),
            ("a; x; c", Stage::Applying, 2, Edited),
            ("a", Stage::Applying, 2, Edited),
            ("x", Stage::Failed, 0, Failed),
            ("x", Stage::Applying, 0, Interrupted),
        ] {
            let found = states(&[("1_a.sql", now)], &[record(1, "a; b; c", stage, done)]);
            assert_eq!(found, [(1, expected)], "{now} {stage:?} {done}");
        }
    }

    #[test]
    fn what_failed_without_a_trace_is_in_nobodys_way() {
        let failed = record(2, "b", Stage::Failed, 0);
        assert_eq!(states(&[("1_a.sql", "a")], std::slice::from_ref(&failed)), [(1, Pending)]);
        let files = [("2_b.sql", "b"), ("3_c.sql", "c")];
        let found = states(&files, &[failed, record(3, "c", Stage::Applied, 1)]);
        assert_eq!(found, [(2, OutOfOrder), (3, Applied)]);
    }

    #[test]
    fn one_that_is_being_undone_says_so() {
        let record = |stage, down: &str| {
            let mut found = record(1, "a", stage, 1);
            found.prefix = record(1, down, stage, 1).prefix;
            found
        };
        for (stage, down, expected) in [
            (Stage::Undoing, "c; d", Interrupted),
            (Stage::UndoFailed, "c", Failed),
            (Stage::Undoing, "d; c", Edited),
        ] {
            let files = [("1_a.sql", "a"), ("1_a.down.sql", down)];
            let migrations = Migrations::from_files(files).unwrap();
            let engine = Engine { dialect: Dialect::Sqlite, transactional_ddl: false };
            let status = migrations.compare(engine, &[record(stage, "c")]);
            assert_eq!((status[0].state, status[0].undoing), (expected, true), "{down}");
        }
    }
}
