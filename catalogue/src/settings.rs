//! Settings that several engines have, because their handle reads them.

use bedplate_core::{Setting, SettingKind};

/// From when on a statement is told of as slow.
pub const SLOW_STATEMENT: Setting = Setting {
    name: "slow_statement",
    doc: "From when on a statement is told of as slow, with a warning that holds its text without its values, and a count; 0 for never.",
    kind: SettingKind::Duration,
    default: "500ms",
};
