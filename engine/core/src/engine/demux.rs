//! Demultiplexes datagrams: which leg one belongs to, and its protocol by the first byte (RFC 7983).

use is::stun::StunMessage;

use super::{Engine, own_stream};
use crate::bridge;
use crate::leg::{Incoming, Payload};
use crate::rtp::is_rtcp;
use crate::srtp::UnprotectError;
use crate::stun::Outcome;
use crate::{IceMode, Route, Time};

impl Engine {
    pub(super) fn datagram(&mut self, now: Time, route: Route, datagram: &mut [u8]) {
        match datagram.first() {
            Some(0..=3) => self.stun(now, route, datagram),
            Some(20..=63) => self.dtls(now, route, datagram),
            Some(128..=191) if is_rtcp(datagram) => self.rtcp(now, route, datagram),
            Some(128..=191) => self.rtp(now, route, datagram),
            _ => self.counters.malformed += 1,
        }
    }

    fn stun(&mut self, now: Time, route: Route, datagram: &[u8]) {
        // A client that asks for its address may share an address with the peer of a leg.
        if self.config.ice == IceMode::Lite {
            match self.binding_server.handle(now, route, datagram, &mut self.transmits) {
                Outcome::Answered => return self.counters.stun_responses += 1,
                Outcome::RateLimited => return self.counters.rate_limited += 1,
                Outcome::NotBinding => {}
            }
        }
        let Ok(message) = StunMessage::parse(datagram) else {
            self.counters.malformed += 1;
            return;
        };
        // A request names its leg, whatever route it takes; an answer comes back on a known route.
        let named = message.split_username().map(|(local, _)| local);
        let slot = match named {
            Some(fragment) => self.table.by_fragment(fragment),
            None => self.requester(route, &message),
        };
        let free = self.table.by_route(route).is_none_or(|owner| Some(owner) == slot);
        let leg = slot.and_then(|slot| self.table.get_mut(slot));
        let (Some(slot), Some(leg)) = (slot, leg) else {
            self.counters.unknown_route += 1;
            return;
        };
        match leg.transport.check(now, route, free, &message, &mut self.transmits) {
            Ok(()) => {
                if !free {
                    self.table.contend(route, slot);
                }
                self.settle(now, slot);
            }
            Err(why) => self.refuse(slot, why),
        }
    }

    /// The leg that waits for that response: the owner of the route, or one that contends for it.
    fn requester(&self, route: Route, message: &StunMessage<'_>) -> Option<usize> {
        let owner = self.table.by_route(route);
        let awaits = |slot: &usize| {
            self.table.get(*slot).is_some_and(|leg| leg.transport.awaits(route, message))
        };
        owner.filter(awaits).or_else(|| self.table.contenders(route).find(awaits)).or(owner)
    }

    fn dtls(&mut self, now: Time, route: Route, datagram: &[u8]) {
        let Some(slot) = self.known(route) else {
            // The peer of a full agent may send before our own checks have succeeded.
            if self.config.ice == IceMode::Lite {
                self.early_records.note(now, route);
            }
            return;
        };
        if let Some(leg) = self.table.get_mut(slot) {
            if self.early_records.came(now, route) {
                leg.transport.had_early_records();
            }
            leg.transport.records(now, route, datagram, &mut self.transmits);
        }
        self.settle(now, slot);
    }

    fn rtcp(&mut self, now: Time, route: Route, datagram: &mut [u8]) {
        let Some(slot) = self.known(route) else { return };
        let Some(leg) = self.table.get_mut(slot) else { return };
        if let Err(why) = leg.receive_rtcp(now, datagram) {
            return self.refuse(slot, why);
        }
        if leg.transport.packet_received(now, route, &mut self.transmits) {
            self.settle(now, slot);
        }
    }

    fn rtp(&mut self, now: Time, route: Route, datagram: &mut [u8]) {
        let Some(slot) = self.table.by_route(route) else {
            return self.stray(now, route, datagram);
        };
        let Some(leg) = self.table.get_mut(slot) else { return };
        let incoming = match leg.receive_rtp(now, datagram) {
            Ok(incoming) => incoming,
            Err(why) => return self.refuse(slot, why),
        };
        let ssrc = incoming.packet.header.ssrc;
        if leg.ssrc != Some(ssrc) {
            self.table.set_ssrc(ssrc, slot);
        }
        let Some(leg) = self.table.get_mut(slot) else { return };
        let moved = leg.transport.media_received(now, route, &mut self.transmits);
        self.pass(now, slot, moved, &incoming, datagram);
    }

    /// RTP by a route that is no leg's: a NAT may have a new mapping, and the peer's next check, which
    /// would show it, is seconds away. Its SSRC names the leg and its tag authenticates it; the route
    /// is used once the peer answers a check there.
    fn stray(&mut self, now: Time, route: Route, datagram: &mut [u8]) {
        let ssrc = datagram.get(8..).and_then(|rest| rest.first_chunk());
        let slot = ssrc.and_then(|ssrc| self.table.by_ssrc(u32::from_be_bytes(*ssrc)));
        let leg = slot.and_then(|slot| self.table.get_mut(slot));
        let received = leg.and_then(|leg| {
            if !leg.strays.take(now) {
                return None;
            }
            let incoming = leg.receive_rtp(now, datagram).ok()?;
            leg.transport.stray(now, route, &mut self.transmits);
            Some(incoming)
        });
        match slot.zip(received) {
            Some((slot, incoming)) => self.pass(now, slot, true, &incoming, datagram),
            None => self.counters.unknown_route += 1,
        }
    }

    /// Pass a received packet to the leg's partner.
    fn pass(&mut self, now: Time, slot: usize, moved: bool, incoming: &Incoming, datagram: &[u8]) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let (partner, mixer) = (leg.output.partner(), leg.output.mixer());
        // A pressed key has a deadline; voice adds none.
        if moved || matches!(incoming.payload, Payload::Event(_)) || leg.has_media_events() {
            self.settle(now, slot);
        }
        if mixer.is_some() {
            return self.member_packet(slot, incoming, datagram);
        }
        let pair = partner.and_then(|partner| self.table.pair_mut(slot, partner));
        if let Some((from, to)) = pair {
            let stream = || own_stream(&mut self.own_streams);
            bridge::pass(now, incoming, datagram, from, to, &mut self.transmits, stream);
        }
    }

    fn known(&mut self, route: Route) -> Option<usize> {
        let slot = self.table.by_route(route);
        if slot.is_none() {
            self.counters.unknown_route += 1;
        }
        slot
    }

    fn refuse(&mut self, slot: usize, why: UnprotectError) {
        if let Some(leg) = self.table.get_mut(slot) {
            leg.refused += 1;
        }
        match why {
            UnprotectError::Malformed => self.counters.malformed += 1,
            UnprotectError::AuthFailed => self.counters.auth_failures += 1,
            UnprotectError::Replayed => self.counters.replayed += 1,
            UnprotectError::RateLimited => self.counters.rate_limited += 1,
        }
    }
}
