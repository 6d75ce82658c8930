//! What a worker counts for metrics: written by its thread, read by any.

use offhook_core::Counters;

/// Counts of one worker since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// What the core counts.
    pub core: Counters,
    /// Datagrams longer than 2,048 bytes, dropped.
    pub oversized: u64,
    /// Datagrams dropped because a socket's or a connection's send buffer was full.
    pub send_buffer_full: u64,
    /// Datagrams the system refused to send, or whose TCP connection is gone.
    pub send_errors: u64,
    /// TCP connections that are open now.
    pub tcp_connections: u64,
    /// TCP connections refused because there were too many, in all or from one address.
    pub tcp_refused: u64,
    /// TCP connections closed by us: idle, never proven by ICE, or misframed.
    pub tcp_dropped: u64,
    /// Reports dropped because the events were not read.
    pub reports_dropped: u64,
    /// Frames of conferences dropped because another worker did not take them.
    pub links_dropped: u64,
    /// Batches of tapped audio dropped because the events were not read.
    pub taps_dropped: u64,
    /// Blocks of recordings dropped because the disk was too slow: silence in their files.
    pub recordings_dropped: u64,
    /// 1 while the worker encodes with reduced complexity because it is busy.
    pub workers_low_complexity: u64,
    /// Inputs on which the engine broke; each cost one leg at most.
    pub panics: u64,
}

impl Counts {
    /// Every count under its name. `legs`, `tcp_connections` and `workers_low_complexity` rise and fall, all others only rise.
    pub fn by_name(&self) -> [(&'static str, u64); 23] {
        let core = &self.core;
        [
            ("legs", core.legs),
            ("datagrams_in", core.datagrams_in),
            ("bytes_in", core.bytes_in),
            ("datagrams_out", core.datagrams_out),
            ("bytes_out", core.bytes_out),
            ("unknown_route", core.unknown_route),
            ("malformed", core.malformed),
            ("auth_failures", core.auth_failures),
            ("replayed", core.replayed),
            ("rate_limited", core.rate_limited),
            ("stun_responses", core.stun_responses),
            ("oversized", self.oversized),
            ("send_buffer_full", self.send_buffer_full),
            ("send_errors", self.send_errors),
            ("tcp_connections", self.tcp_connections),
            ("tcp_refused", self.tcp_refused),
            ("tcp_dropped", self.tcp_dropped),
            ("reports_dropped", self.reports_dropped),
            ("links_dropped", self.links_dropped),
            ("taps_dropped", self.taps_dropped),
            ("recordings_dropped", self.recordings_dropped),
            ("workers_low_complexity", self.workers_low_complexity),
            ("panics", self.panics),
        ]
    }
}
