//! The entry points that are fuzzed; the same that the core's own properties run over.

#[path = "../../core/tests/entries/mod.rs"]
pub mod entries;
