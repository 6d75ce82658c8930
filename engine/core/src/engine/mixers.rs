//! The conferences of an engine: their ticks, and the packets between them and their members.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::Engine;
use crate::leg::{Incoming, Leg, Party};
use crate::mixer::{Decoded, Encoding, Mixer, MixerEvent, SPEAKERS, TICK};
use crate::receive::{Frame, FrameKind};
use crate::rtp::SourcePacket;
use crate::transmit::TransmitQueue;
use crate::{Event, LegId, LinkFrame, MixerId, Role, Time, Wake, WakeReason};

/// Behind by more than this, missed ticks are skipped rather than made at once.
const MAX_BEHIND: Duration = Duration::from_millis(100);
/// Frames for other workers that wait to be taken; the oldest are dropped.
const MOST_LINKED: usize = 4_096;

/// All conferences with members on this worker.
#[derive(Debug, Default)]
pub(super) struct Mixers {
    all: BTreeMap<MixerId, Entry>,
    next: Option<Time>,
    /// Counts ticks; the packets of mixes are numbered by it.
    ticks: u32,
    linked: VecDeque<(usize, MixerId, LinkFrame)>,
}

#[derive(Debug)]
struct Entry {
    mixer: Mixer,
    /// Workers with other members.
    workers: Vec<usize>,
}

impl Mixers {
    pub(super) fn join(&mut self, now: Time, mixer: MixerId, leg: LegId, role: Role) {
        let new = || Entry { mixer: Mixer::new(SPEAKERS), workers: Vec::new() };
        self.all.entry(mixer).or_insert_with(new).mixer.join(now, leg, role);
        self.next.get_or_insert(now + TICK);
    }

    pub(super) fn leave(&mut self, mixer: MixerId, leg: LegId) {
        if let Some(mixer) = self.get_mut(mixer) {
            mixer.leave(leg);
        }
    }

    pub(super) fn get_mut(&mut self, mixer: MixerId) -> Option<&mut Mixer> {
        self.all.get_mut(&mixer).map(|entry| &mut entry.mixer)
    }

    pub(super) fn set_links(&mut self, mixer: MixerId, workers: Vec<usize>) {
        if let Some(entry) = self.all.get_mut(&mixer) {
            entry.workers = workers;
        }
    }

    pub(super) fn link(&mut self, now: Time, mixer: MixerId, frame: LinkFrame) {
        if let Some(mixer) = self.get_mut(mixer) {
            mixer.link(now, frame);
        }
    }

    pub(super) fn poll_link(&mut self) -> Option<(usize, MixerId, LinkFrame)> {
        self.linked.pop_front()
    }

    /// The earlier of the next tick and another deadline.
    pub(super) fn wake(&self, other: Wake) -> Wake {
        let Some(next) = self.next else { return other };
        if other.at.is_some_and(|at| at <= next) {
            return other;
        }
        Wake { at: Some(next), reason: WakeReason::Media }
    }

    fn send_links(&mut self, mixer: MixerId) {
        let Some(entry) = self.all.get(&mixer).filter(|entry| !entry.workers.is_empty()) else {
            return;
        };
        for frame in entry.mixer.links() {
            for worker in &entry.workers {
                if self.linked.len() == MOST_LINKED {
                    self.linked.pop_front();
                }
                self.linked.push_back((*worker, mixer, frame.clone()));
            }
        }
    }
}

impl Engine {
    /// A member's packet came: its conference learns how loud it is.
    pub(super) fn member_packet(
        &mut self,
        now: Time,
        slot: usize,
        incoming: &Incoming,
        datagram: &[u8],
    ) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let (id, Some(mixer)) = (leg.id, leg.output.mixer()) else { return };
        let Some(media) = leg.media.as_mut().filter(|media| media.is_audible()) else { return };
        let Some((level, fullband)) = media.receive_audio(now, incoming, datagram) else { return };
        if let Some(mixer) = self.mixers.get_mut(mixer) {
            mixer.arrived(id, incoming.packet.header.timestamp, level, fullband);
        }
    }

    /// All ticks that are due.
    pub(super) fn mix_all(&mut self, now: Time) {
        while let Some(due) = self.mixers.next.filter(|due| *due <= now) {
            let ids: Vec<MixerId> = self.mixers.all.keys().copied().collect();
            for id in ids {
                self.mix(now, id);
            }
            self.mixers.ticks = self.mixers.ticks.wrapping_add(1);
            let next = if now.since(due) > MAX_BEHIND { now + TICK } else { due + TICK };
            self.mixers.next = (!self.mixers.all.is_empty()).then_some(next);
        }
    }

    fn mix(&mut self, now: Time, id: MixerId) {
        let complexity = self.complexity;
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        let members: Vec<LegId> = mixer.members().collect();
        for leg in &members {
            self.decode_member(now, id, *leg);
        }
        let ticks = self.mixers.ticks;
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        mixer.mix(now, complexity);
        for id in &members {
            let slot = self.table.slot(*id);
            let Some(leg) = slot.and_then(|slot| self.table.get_mut(slot)) else { continue };
            if leg.is_to_hear_mix()
                && let Some(packet) = mixer.packet(*id, complexity)
            {
                send_mix(now, leg, ticks, packet, &mut self.transmits);
            }
        }
        self.mixers.send_links(id);
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        mixer.end();
        let is_empty = mixer.is_empty();
        self.collect_mixer_events(id);
        if is_empty {
            self.mixers.all.remove(&id);
        }
    }

    /// Hand a member's frame of this tick to its conference, if it is needed there.
    fn decode_member(&mut self, now: Time, id: MixerId, leg: LegId) {
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        let slot = self.table.slot(leg);
        let Some(slot) = slot
            .filter(|slot| self.table.get(*slot).is_some_and(|leg| leg.output.mixer() == Some(id)))
        else {
            return mixer.leave(leg);
        };
        let Some(media) = self.table.get_mut(slot).and_then(|leg| leg.media.as_mut()) else {
            return;
        };
        let sending = media.params.sending;
        let encoding = Encoding::new(sending.codec, sending.fec, sending.max_bit_rate);
        mixer.set_encoding(leg, encoding, media.reports.remote_loss());
        let is_wanted = mixer.wanted(leg);
        let clock_hz = media.receive_clock_hz();
        let Some(frame) = media.receive_frame(now, is_wanted).filter(|_| is_wanted) else { return };
        mixer.push(leg, decoded(frame, clock_hz));
    }

    /// Pass on what happened in a conference.
    pub(super) fn collect_mixer_events(&mut self, id: MixerId) {
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        while let Some(event) = mixer.poll() {
            self.events.push_back(match event {
                MixerEvent::Speaking(leg, speaking) => Event::Speaking(leg, speaking),
                MixerEvent::PromptFinished(play, end) => Event::MixerPlayFinished(id, play, end),
            });
        }
    }
}

fn decoded(frame: &Frame, clock_hz: u32) -> Decoded<'_> {
    let received = matches!(frame.kind, FrameKind::Speech);
    Decoded {
        samples: frame.samples(),
        rate_hz: frame.rate_hz(),
        level_dbov: frame.level_dbov,
        received: received.then_some((frame.rtp_time, clock_hz / 50)),
    }
}

/// Send one member his packet of this tick.
fn send_mix(now: Time, leg: &mut Leg, ticks: u32, packet: &[u8], out: &mut TransmitQueue) {
    let Party::Mixer(_, stream) = leg.output.party() else { return };
    let Leg { media: Some(media), transport, .. } = leg else { return };
    let sending = media.params.sending;
    let source = SourcePacket {
        stream,
        marker: false,
        sequence: ticks as u16,
        timestamp: ticks.wrapping_mul(sending.codec.clock_hz() / 50),
        payload_type: sending.payload_type,
        payload_length: packet.len(),
    };
    if let Some(header) = media.sender.rewrite(now, source) {
        transport.send_packet(header, packet, out);
    }
}
