//! What the tables of the manifest have in common: kinds by name, and what makes a key.

use super::kind::{Key, Kind};
use super::shape;

pub(super) const PORT: Kind = Kind::Count { min: 1, max: 65_535 };
pub(super) const NAME: Kind = Kind::Shaped(&shape::NAME);
pub(super) const TOPIC: Kind = Kind::Shaped(&shape::TOPIC);
pub(super) const HOST: Kind = Kind::Shaped(&shape::HOST);
pub(super) const PATH: Kind = Kind::Shaped(&shape::PATH);
pub(super) const IDENTIFIER: Kind = Kind::Shaped(&shape::IDENTIFIER);
pub(super) const REPLICAS: Kind = Kind::Count { min: 1, max: 1_000 };
pub(super) const PROMISES: Kind = Kind::List(&Kind::Shaped(&shape::PROMISE));
pub(super) const TOPICS: Kind = Kind::List(&TOPIC);
pub(super) const PATTERNS: Kind = Kind::List(&Kind::Shaped(&shape::PATTERN));

pub(super) const fn key(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    default: &'static str,
    example: &'static str,
) -> Key {
    Key { name, kind, doc, default, example, required: false }
}

pub(super) const fn required(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    example: &'static str,
) -> Key {
    Key { name, kind, doc, default: "", example, required: true }
}
