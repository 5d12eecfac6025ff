//! Finds in migrations what hurts in production.
