//! A virtual network with a seed: whole engines exchange datagrams over lossy paths in virtual time,
//! and the same seed gives the same run. No sockets, no clock.

mod nat;
mod network;
mod path;
mod rng;
mod world;

pub use nat::Nat;
pub use network::{Arrival, Network};
pub use path::{Burst, Path};
pub use rng::Rng;
pub use world::{Host, HostError, HostId, World};
