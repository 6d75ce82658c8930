//! What a worker counts for metrics: written by its thread, read by any.

use offhook_core::Counters;

/// Counts of one worker since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// What the core counts.
    pub core: Counters,
    /// Datagrams longer than 2,048 bytes, dropped.
    pub overlong: u64,
    /// Datagrams dropped because a socket's or a connection's send buffer was full.
    pub send_full: u64,
    /// Datagrams the system refused to send, or whose TCP connection is gone.
    pub send_refused: u64,
    /// TCP connections that are open now.
    pub tcp_connections: u64,
    /// TCP connections refused because there were too many, in all or from one address.
    pub tcp_refused: u64,
    /// TCP connections closed by us: idle, never proven by ICE, or misframed.
    pub tcp_dropped: u64,
    /// Reports dropped because the events were not read.
    pub reports_dropped: u64,
    /// 1 while the worker encodes with reduced complexity because it is busy.
    pub workers_eased: u64,
    /// Inputs on which the engine broke; each cost one leg at most.
    pub bugs: u64,
}

impl Counts {
    /// Every count under its name. `legs`, `tcp_connections` and `workers_eased` rise and fall, all others only rise.
    pub fn by_name(&self) -> [(&'static str, u64); 20] {
        let core = &self.core;
        [
            ("legs", core.legs),
            ("datagrams_in", core.datagrams_in),
            ("bytes_in", core.bytes_in),
            ("datagrams_out", core.datagrams_out),
            ("bytes_out", core.bytes_out),
            ("unknown_route", core.unknown_route),
            ("malformed", core.malformed),
            ("unauthentic", core.unauthentic),
            ("replayed", core.replayed),
            ("flooded", core.flooded),
            ("stun_answered", core.stun_answered),
            ("overlong", self.overlong),
            ("send_full", self.send_full),
            ("send_refused", self.send_refused),
            ("tcp_connections", self.tcp_connections),
            ("tcp_refused", self.tcp_refused),
            ("tcp_dropped", self.tcp_dropped),
            ("reports_dropped", self.reports_dropped),
            ("workers_eased", self.workers_eased),
            ("bugs", self.bugs),
        ]
    }
}
