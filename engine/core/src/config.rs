//! The configuration of an engine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Identity, TransportProtocol};

/// The configuration of an engine. Clones share the identity and the address list.
#[derive(Debug, Clone)]
pub struct Config {
    /// The `Instant` of `Time::ZERO`. The ICE and DTLS libraries count in `Instant`; nothing here
    /// reads a clock.
    pub epoch: Instant,
    /// Certificate and DTLS settings; one for the whole process.
    pub identity: Arc<Identity>,
    /// Where peers may send to, best first; at least one.
    pub addresses: Arc<[HostAddress]>,
    /// How much of ICE the engine does.
    pub ice: IceMode,
    /// Where every random number comes from, except keys and certificates. From the system's
    /// generator in production, fixed in tests. The same for an engine and its negotiations.
    pub seed: [u8; 32],
    /// A leg that received media and then received none for this long has lost it (`MediaLost`);
    /// 1 s to 60 s.
    pub media_lost: Duration,
    /// Legs beyond this count are refused; 1 to 100,000.
    pub max_legs: usize,
    /// How much received audio is kept decoded for `Engine::captured`; zero outside simulations,
    /// because it costs a decoder for each leg.
    pub capture: Duration,
}

/// One address on which peers reach the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostAddress {
    /// How datagrams travel; TCP is passive (RFC 6544 §4.2): peers connect to us.
    pub transport: TransportProtocol,
    /// The socket's address, as it appears in `Route::local`.
    pub bound: SocketAddr,
    /// The address announced to peers: that of a 1:1 NAT, else the same.
    pub announced: SocketAddr,
}

/// How much of ICE (RFC 8445) an engine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IceMode {
    /// Answers checks, never sends any (§2.5): for a server with reachable addresses.
    Lite,
    /// Checks and nominates with host candidates, as a browser does.
    Full,
}
