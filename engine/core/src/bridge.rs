//! What one leg says, on its way to the leg that hears it.

use crate::leg::{Incoming, Leg, Media, Payload};
use crate::outbox::Outbox;
use crate::rtp::HEADER_LENGTH;
use crate::{Time, negotiation::EventFormat};

/// Pass on one packet that `from` received, as it is if `to` can read it.
pub(crate) fn pass(
    now: Time,
    incoming: &Incoming,
    datagram: &[u8],
    from: &mut Leg,
    to: &mut Leg,
    out: &mut Outbox,
) {
    let (Some(source), Some(sink)) = (&from.media, &mut to.media) else { return };
    if !source.speaks() || !sink.terms.direction.sends() {
        sink.sender.interrupt();
        return;
    }
    let payload_type = match incoming.payload {
        Payload::Audio(format) if format.codec == sink.terms.sending.codec => {
            Some(sink.terms.sending.payload_type)
        }
        Payload::Event(event) => event_number(event, sink),
        Payload::Audio(_) => None,
    };
    let Some(payload_type) = payload_type else { return };
    let Some(header) = sink.sender.place(now, Media::origin(incoming, payload_type)) else {
        return;
    };
    let payload = incoming.packet.payload(datagram);
    to.way.send_rtp(HEADER_LENGTH + payload.len(), out, |room| {
        let length = room.len();
        header.write(room);
        room.get_mut(HEADER_LENGTH..)?.copy_from_slice(payload);
        Some(length)
    });
}

/// The number of telephone events on the sink, if its clock is the source's.
fn event_number(event: EventFormat, sink: &Media) -> Option<u8> {
    let ours = sink.terms.events_sending.filter(|ours| ours.clock_hz == event.clock_hz);
    ours.map(|ours| ours.payload_type)
}
