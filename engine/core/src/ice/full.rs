//! A full ICE agent with host candidates, as simulated browsers and load generators need it.

use std::collections::VecDeque;

use is::stun::{StunMessage, StunPacket};
use is::{Candidate, IceAgent, IceAgentEvent, IceConnectionState, IceCreds, Protocol};

use super::{Checked, IceEvent};
use crate::clock::Clock;
use crate::negotiation::{Agreement, Credentials};
use crate::transmit::TransmitQueue;
use crate::{Config, Route, Time, TransportFault, TransportProtocol};

/// Routes of one peer that are remembered at once.
const MAX_ROUTES: usize = 32;

/// Checks and nominates, by the library.
#[derive(Debug)]
pub(crate) struct FullAgent {
    agent: IceAgent,
    clock: Clock,
    pending: Option<Credentials>,
    begun: bool,
    /// Routes of our checks.
    checked: Vec<Route>,
    /// Routes of authentic messages.
    routes: Vec<Route>,
    selected: Option<Route>,
    failed: bool,
    events: VecDeque<IceEvent>,
}

impl FullAgent {
    pub(super) fn new(config: &Config, tie_breaker: u64) -> Self {
        let mut agent = IceAgent::new(IceCreds { ufrag: String::new(), pass: String::new() });
        agent.set_control_tie_breaker(tie_breaker);
        let udp = config.addresses.iter().filter(|a| a.transport == TransportProtocol::Udp);
        // Addresses the library refuses (unspecified, multicast) cannot be checked from.
        for candidate in udp.filter_map(|a| Candidate::host(a.bound, Protocol::Udp).ok()) {
            agent.add_local_candidate(candidate);
        }
        Self {
            agent,
            clock: super::clock(config),
            pending: None,
            begun: false,
            checked: Vec::new(),
            routes: Vec::new(),
            selected: None,
            failed: false,
            events: VecDeque::new(),
        }
    }

    pub(super) fn open(&mut self, local: Credentials) {
        // Checks that come before the answer are queued by the library.
        if !self.begun {
            self.agent.set_local_credentials(credentials(&local));
        }
        self.pending = Some(local);
    }

    pub(super) fn withdraw(&mut self) {
        self.pending = None;
    }

    pub(super) fn agree(&mut self, now: Time, agreement: &Agreement) {
        self.pending = None;
        let (local, remote) =
            (credentials(&agreement.local), credentials(&agreement.peer.credentials));
        if !self.begun {
            self.agent.set_controlling(agreement.controlling);
            self.agent.set_local_credentials(local);
        } else if *self.agent.local_credentials() != local {
            self.agent.ice_restart(local, true);
            self.checked.clear();
            self.failed = false;
        }
        self.begun = true;
        self.agent.set_remote_credentials(remote);
        let udp =
            agreement.peer.candidates.iter().filter(|c| c.transport == TransportProtocol::Udp);
        for candidate in udp.filter_map(|c| Candidate::from_sdp_string(&c.line).ok()) {
            self.agent.add_remote_candidate(candidate);
        }
        self.agent.handle_timeout(self.clock.instant(now));
    }

    pub(super) fn check(
        &mut self,
        now: Time,
        route: Route,
        message: &StunMessage<'_>,
        out: &mut TransmitQueue,
    ) -> Checked {
        let packet = StunPacket {
            proto: protocol(route.transport),
            source: route.remote,
            destination: route.local,
            message: *message,
        };
        if !self.agent.handle_packet(self.clock.instant(now), packet) {
            return Checked::AuthFailed;
        }
        self.learn(route);
        self.drain(out);
        Checked::Authentic
    }

    pub(super) fn timeout(&mut self, now: Time, out: &mut TransmitQueue) {
        if self.begun {
            self.agent.handle_timeout(self.clock.instant(now));
        }
        self.drain(out);
    }

    pub(super) fn wake(&mut self, now: Time) -> Option<Time> {
        let at = self.agent.poll_timeout().filter(|_| self.begun)?;
        self.clock.time(at, now)
    }

    fn drain(&mut self, out: &mut TransmitQueue) {
        while let Some(transmit) = self.agent.poll_transmit() {
            if let Some(route) = route(transmit.proto, transmit.source, transmit.destination) {
                out.push(route, &transmit.contents);
                self.expect(route);
            }
        }
        while let Some(event) = self.agent.poll_event() {
            match event {
                IceAgentEvent::NominatedSend { proto, source, destination } => {
                    if let Some(route) = route(proto, source, destination) {
                        self.learn(route);
                        self.failed = false;
                        self.selected = Some(route);
                        self.events.push_back(IceEvent::Selected(route));
                        self.events.push_back(IceEvent::Usable(route));
                    }
                }
                IceAgentEvent::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                    self.fail();
                }
                _ => {}
            }
        }
    }

    fn expect(&mut self, route: Route) {
        if !self.checked.contains(&route) && self.checked.len() < MAX_ROUTES {
            self.checked.push(route);
            self.events.push_back(IceEvent::Expected(route));
        }
    }

    fn learn(&mut self, route: Route) {
        if self.routes.contains(&route) {
            return;
        }
        if self.routes.len() >= MAX_ROUTES {
            let oldest = self.routes.remove(0);
            self.events.push_back(IceEvent::Forgotten(oldest));
        }
        self.routes.push(route);
        self.events.push_back(IceEvent::Learnt(route));
    }

    fn fail(&mut self) {
        if !std::mem::replace(&mut self.failed, true) {
            let fault = match self.selected {
                Some(_) => TransportFault::ConsentExpired,
                None => TransportFault::IceTimeout,
            };
            self.events.push_back(IceEvent::Failed(fault));
        }
    }

    pub(super) fn route(&self) -> Option<Route> {
        self.selected.filter(|_| !self.failed)
    }

    pub(super) fn is_validated(&self, route: Route) -> bool {
        self.routes.contains(&route)
    }

    pub(super) fn fragments(&self) -> [Option<&str>; 3] {
        let current = self.agent.local_credentials().ufrag.as_str();
        [Some(current).filter(|word| !word.is_empty()), None, None]
    }

    pub(super) fn poll(&mut self) -> Option<IceEvent> {
        self.events.pop_front()
    }
}

fn credentials(ours: &Credentials) -> IceCreds {
    IceCreds { ufrag: ours.ufrag.clone(), pass: ours.password.clone() }
}

fn protocol(transport: TransportProtocol) -> Protocol {
    match transport {
        TransportProtocol::Udp => Protocol::Udp,
        TransportProtocol::Tcp => Protocol::Tcp,
    }
}

fn route(
    protocol: Protocol,
    local: std::net::SocketAddr,
    remote: std::net::SocketAddr,
) -> Option<Route> {
    let transport = match protocol {
        Protocol::Udp => TransportProtocol::Udp,
        Protocol::Tcp => TransportProtocol::Tcp,
        _ => return None,
    };
    Some(Route { transport, local, remote })
}
