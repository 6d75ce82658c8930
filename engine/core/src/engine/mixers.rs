//! The conferences of an engine: their ticks, and the packets between them and their members.

use std::collections::{BTreeMap, VecDeque};

use super::Engine;
use crate::leg::{AudioUser, Incoming, Leg, Media, Party, Payload};
use crate::mixer::{Decoded, Encoding, Mixer, MixerEvent};
use crate::receive::{Frame, FrameKind};
use crate::rtp::{AudioLevel, SourcePacket};
use crate::transmit::TransmitQueue;
use crate::{AudioCodec, Event, LegId, LinkFrame, MixerId, Role, Time};

/// Frames for other workers that wait to be taken; the oldest are dropped.
const MOST_LINKED: usize = 4_096;

/// All conferences with members on this worker.
#[derive(Debug, Default)]
pub(super) struct Mixers {
    all: BTreeMap<MixerId, Entry>,
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
    pub(super) fn join(
        &mut self,
        now: Time,
        mixer: MixerId,
        (leg, role): (LegId, Role),
        speakers: usize,
    ) {
        let new = || Entry { mixer: Mixer::new(speakers), workers: Vec::new() };
        let mixer = &mut self.all.entry(mixer).or_insert_with(new).mixer;
        mixer.set_speakers(speakers);
        mixer.join(now, leg, role);
    }

    pub(super) fn leave(&mut self, mixer: MixerId, leg: LegId) {
        if let Some(mixer) = self.get_mut(mixer) {
            mixer.leave(leg);
        }
    }

    pub(super) fn get(&self, mixer: MixerId) -> Option<&Mixer> {
        self.all.get(&mixer).map(|entry| &entry.mixer)
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

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
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
    pub(super) fn member_packet(&mut self, slot: usize, incoming: &Incoming, datagram: &[u8]) {
        let Some(leg) = self.table.get_mut(slot) else { return };
        let (id, Some(mixer)) = (leg.id, leg.output.mixer()) else { return };
        let Payload::Audio(format) = incoming.payload else { return };
        if !leg.media.as_ref().is_some_and(Media::is_audible) {
            return;
        }
        let level = leg.reception.as_ref().and_then(|reception| reception.level()?.dbov());
        let fullband = is_fullband(format.codec, incoming.packet.payload(datagram));
        if let Some(mixer) = self.mixers.get_mut(mixer) {
            mixer.arrived(id, incoming.packet.header.timestamp, level, fullband);
        }
    }

    /// A tick is due: mix all conferences.
    pub(super) fn mix_all(&mut self, now: Time, tick: (Time, u64)) {
        let ids: Vec<MixerId> = self.mixers.all.keys().copied().collect();
        for id in ids {
            self.mix(now, tick, id);
        }
        self.mixers.ticks = self.mixers.ticks.wrapping_add(1);
    }

    fn mix(&mut self, now: Time, tick: (Time, u64), id: MixerId) {
        let complexity = self.complexity;
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        let members: Vec<LegId> = mixer.members().collect();
        for leg in &members {
            self.decode_member(tick, id, *leg);
        }
        let ticks = self.mixers.ticks;
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        mixer.mix(tick.0, complexity);
        for id in &members {
            let slot = self.table.slot(*id);
            let Some(leg) = slot.and_then(|slot| self.table.get_mut(slot)) else { continue };
            let level = mixer.level(*id);
            if leg.is_due_for_mix()
                && let Some(packet) = mixer.packet(*id, complexity)
            {
                send_mix(now, leg, (ticks, level), packet, &mut self.transmits);
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
    fn decode_member(&mut self, (at, tick): (Time, u64), id: MixerId, leg: LegId) {
        let Some(mixer) = self.mixers.get_mut(id) else { return };
        let slot = self.table.slot(leg);
        let Some(slot) = slot
            .filter(|slot| self.table.get(*slot).is_some_and(|leg| leg.output.mixer() == Some(id)))
        else {
            return mixer.leave(leg);
        };
        let Some(member) = self.table.get_mut(slot) else { return };
        let Some(media) = &member.media else { return };
        let sending = media.params.sending;
        let encoding = Encoding::new(sending.codec, sending.fec, sending.max_bit_rate);
        mixer.set_encoding(leg, encoding, media.reports.remote_loss());
        let rate_hz = match sending.codec {
            AudioCodec::Opus => mixer.rate_hz(),
            AudioCodec::Pcmu | AudioCodec::Pcma => 8_000,
        };
        member.use_audio(AudioUser::Mixer(id.0), rate_hz);
        if !mixer.wanted(leg) {
            return;
        }
        let Some(reception) = &mut member.reception else { return };
        let clock_hz = sending.codec.clock_hz();
        let frame = reception.frame(at, tick);
        // In a pause the conference's own background is heard.
        if matches!(frame.kind, FrameKind::Speech | FrameKind::Concealed) {
            mixer.push(leg, decoded(frame, clock_hz));
        }
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

/// Send one member its packet of this tick.
fn send_mix(
    now: Time,
    leg: &mut Leg,
    (ticks, level): (u32, Option<(f32, bool)>),
    packet: &[u8],
    out: &mut TransmitQueue,
) {
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
    // We know who speaks, so that a receiver that relies on the V bit is served as well (RFC 6464 §4).
    let extension = level.zip(media.params.level.filter(|ours| ours.direction.sends()));
    let extension = extension.map(|((dbov, is_voice), ours)| {
        let level = AudioLevel::new(dbov, is_voice);
        if ours.vad { level } else { level.without_vad() }.write(ours.id)
    });
    match (media.sender.rewrite(now, source), extension) {
        (Some(header), Some(extension)) => {
            transport.send_extended(header, extension, packet, out);
        }
        (Some(header), None) => transport.send_packet(header, packet, out),
        (None, _) => {}
    }
}

/// Whether an Opus packet holds frequencies above 12 kHz (RFC 6716 §3.1, table 2).
fn is_fullband(codec: AudioCodec, payload: &[u8]) -> bool {
    let configuration = payload.first().map_or(0, |toc| toc >> 3);
    codec == AudioCodec::Opus && matches!(configuration, 14 | 15 | 28..=31)
}
