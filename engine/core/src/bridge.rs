//! What one leg says, on its way to the leg that hears it.

use crate::Time;
use crate::dtmf;
use crate::leg::{FEED_ROOM, Feed, Incoming, Leg, Media, Payload};
use crate::negotiation::EventFormat;
use crate::outbox::Outbox;
use crate::rtp::{Origin, StreamKey};

/// Pass on one packet that `from` received: as it is if `to` can read it, else turned into what it
/// can. `line` draws a key for a new transcoder's packets.
pub(crate) fn pass(
    now: Time,
    incoming: &Incoming,
    datagram: &[u8],
    from: &Leg,
    to: &mut Leg,
    out: &mut Outbox,
    line: impl FnOnce() -> StreamKey,
) {
    let busy = to.is_busy();
    let (Some(source), Some(sink)) = (&from.media, &mut to.media) else { return };
    if !source.speaks() || busy || !sink.terms.direction.sends() {
        sink.interrupt();
        return;
    }
    let theirs = match incoming.payload {
        Payload::Audio(format) => format.codec,
        Payload::Event(_) => source.terms.sending.codec,
    };
    if theirs == sink.terms.sending.codec {
        relay(now, incoming, datagram, to, out);
    } else {
        if !sink.feed.as_ref().is_some_and(|feed| feed.fits(theirs, sink.terms.sending.codec)) {
            sink.feed = Feed::new(theirs, incoming.stream, &sink.terms, line());
        }
        transcode(now, incoming, datagram, to, out);
    }
}

fn relay(now: Time, incoming: &Incoming, datagram: &[u8], to: &mut Leg, out: &mut Outbox) {
    let Some(sink) = &mut to.media else { return };
    let payload = incoming.packet.payload(datagram);
    let rescaled;
    let (payload_type, payload) = match (incoming.payload, sink.terms.events_sending) {
        (Payload::Audio(_), _) => (sink.terms.sending.payload_type, payload),
        (Payload::Event(theirs), Some(ours)) => {
            let Some(event) = event(theirs, ours, payload) else { return };
            rescaled = event;
            (ours.payload_type, rescaled.as_slice())
        }
        // Without a number to send it under, its place is closed up.
        (Payload::Event(_), None) => return sink.sender.interrupt(),
    };
    let origin = Media::origin(incoming, payload_type);
    if let Some(header) = sink.sender.place(now, origin) {
        to.way.send_packet(header, payload, out);
    }
}

/// A key press counted in the listener's clock. Its timestamp is on the voice's line and stays.
fn event(theirs: EventFormat, ours: EventFormat, payload: &[u8]) -> Option<[u8; 4]> {
    let event = dtmf::Payload::parse(payload)?;
    Some(event.rescaled(theirs.clock_hz, ours.clock_hz).octets())
}

fn transcode(now: Time, incoming: &Incoming, datagram: &[u8], to: &mut Leg, out: &mut Outbox) {
    let Some(sink) = &mut to.media else { return };
    if let Some(feed) = &mut sink.feed {
        feed.set_complexity(sink.complexity);
        feed.push(incoming, datagram, &sink.terms);
    }
    let mut room = [0; FEED_ROOM];
    while let Some(sink) = &mut to.media
        && let Some(origin) = sink.feed.as_mut().and_then(|f| f.poll(&mut room, &sink.terms))
    {
        let Origin { payload_length, .. } = origin;
        if let Some(header) = sink.sender.place(now, origin) {
            to.way.send_packet(header, room.get(..payload_length).unwrap_or_default(), out);
        }
    }
}
