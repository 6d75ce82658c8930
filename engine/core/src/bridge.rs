//! Passes media from one leg to its partner: relayed, or transcoded where their codecs differ.

use crate::Time;
use crate::dtmf;
use crate::leg::{Incoming, Leg, LegTranscoder, MAX_PACKET, Payload};
use crate::negotiation::{EventFormat, LevelFormat, MediaParams};
use crate::rtp::{LEVEL_LENGTH, StreamKey};
use crate::transmit::TransmitQueue;

/// Pass on one packet that `from` received: relayed if `to` can read it, else transcoded. `stream`
/// makes a key for the packets of a new transcoder.
pub(crate) fn pass(
    now: Time,
    incoming: &Incoming,
    datagram: &[u8],
    from: &Leg,
    to: &mut Leg,
    out: &mut TransmitQueue,
    stream: impl FnOnce() -> StreamKey,
) {
    let outputs = to.outputs_partner();
    let (Some(source), Some(sink)) = (&from.media, &mut to.media) else { return };
    if !source.is_audible() || !outputs || !sink.params.direction.sends() {
        sink.interrupt();
        return;
    }
    let theirs = match incoming.payload {
        Payload::Audio(format) => format.codec,
        // The other leg negotiated none: the peer gets a pause.
        Payload::ComfortNoise => return sink.interrupt(),
        Payload::Event(_) => source.params.sending.codec,
    };
    if theirs == sink.params.sending.codec {
        let level = relayed_level(incoming, &source.params, &sink.params);
        relay(now, incoming, datagram, level, to, out);
    } else {
        if !sink
            .transcoder
            .as_ref()
            .is_some_and(|transcoder| transcoder.fits(theirs, sink.params.sending.codec))
        {
            sink.transcoder = LegTranscoder::new(theirs, incoming.stream, &sink.params, stream());
        }
        let level = source.params.level;
        transcode(now, incoming, datagram, level, to, out);
    }
}

fn relay(
    now: Time,
    incoming: &Incoming,
    datagram: &[u8],
    level: Option<[u8; LEVEL_LENGTH]>,
    to: &mut Leg,
    out: &mut TransmitQueue,
) {
    let Some(sink) = &mut to.media else { return };
    let payload = incoming.packet.payload(datagram);
    let rescaled;
    let (payload_type, payload) = match (incoming.payload, sink.params.events_sending) {
        (Payload::Audio(_), _) => (sink.params.sending.payload_type, payload),
        (Payload::Event(theirs), Some(ours)) => {
            let Some(event) = event(theirs, ours, payload) else { return };
            rescaled = event;
            (ours.payload_type, rescaled.as_slice())
        }
        // The receiver takes no events: the packet is dropped and leaves no gap.
        (Payload::Event(_), None) | (Payload::ComfortNoise, _) => return sink.sender.interrupt(),
    };
    if let Some(header) = sink.sender.rewrite(now, incoming.source_packet(payload_type)) {
        match level {
            Some(extension) => to.transport.send_extended(header, extension, payload, out),
            None => to.transport.send_packet(header, payload, out),
        }
    }
}

/// The header extension with the packet's audio level for the other leg, where both negotiated one:
/// each leg has its own identifier (RFC 8285 §5).
fn relayed_level(
    incoming: &Incoming,
    from: &MediaParams,
    to: &MediaParams,
) -> Option<[u8; LEVEL_LENGTH]> {
    let level = incoming.level?;
    let (theirs, ours) = from.level.zip(to.level)?;
    theirs.can_relay_to(ours).then(|| level.write(ours.id))
}

/// A telephone event in the listener's clock. Its timestamp is that of the voice stream and stays.
fn event(theirs: EventFormat, ours: EventFormat, payload: &[u8]) -> Option<[u8; 4]> {
    let event = dtmf::Payload::parse(payload)?;
    Some(event.rescaled(theirs.clock_hz, ours.clock_hz).octets())
}

fn transcode(
    now: Time,
    incoming: &Incoming,
    datagram: &[u8],
    theirs: Option<LevelFormat>,
    to: &mut Leg,
    out: &mut TransmitQueue,
) {
    let Some(sink) = &mut to.media else { return };
    if let Some(transcoder) = &mut sink.transcoder {
        transcoder.set_complexity(sink.complexity);
        transcoder.push(incoming, datagram, &sink.params);
    }
    let mut buffer = [0; MAX_PACKET];
    while let Some(sink) = &mut to.media
        && let Some((source_packet, level)) =
            sink.transcoder.as_mut().and_then(|f| f.poll(&mut buffer, &sink.params))
    {
        let payload = buffer.get(..source_packet.payload_length).unwrap_or_default();
        let extension = level.zip(sink.params.level).and_then(|(level, ours)| {
            LevelFormat::can_measure(theirs, ours).then(|| level.write(ours.id))
        });
        match (sink.sender.rewrite(now, source_packet), extension) {
            (Some(header), Some(extension)) => {
                to.transport.send_extended(header, extension, payload, out);
            }
            (Some(header), None) => to.transport.send_packet(header, payload, out),
            (None, _) => {}
        }
    }
}
