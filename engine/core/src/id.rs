//! Names for what the engine holds.

/// One party's media: a transport, what it sends and what it receives. Chosen by whoever opens it,
/// never used twice in one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u64);

/// One thing that is played to a leg. Chosen by whoever asks, never used twice on one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayId(pub u64);
