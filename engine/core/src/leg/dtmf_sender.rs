//! DTMF to the peer.

use crate::dtmf::{DigitSender, parse_tones};
use crate::negotiation::EventFormat;
use crate::rtp::{Header, Sender};
use crate::{PlayId, Time};

/// One string of digits that is being sent.
#[derive(Debug)]
pub(crate) struct DtmfSender {
    pub(crate) play: PlayId,
    payload_type: u8,
    digits: DigitSender,
}

impl DtmfSender {
    /// Send `digits` from `now` on.
    ///
    /// # Errors
    /// A sentence when they cannot be sent.
    pub(crate) fn new(
        now: Time,
        play: PlayId,
        digits: &str,
        events: Option<EventFormat>,
    ) -> Result<Self, String> {
        let Some(EventFormat { payload_type, clock_hz }) = events else {
            return Err("cannot send digits to a peer that takes no telephone events: \
                        negotiate telephone-event with it"
                .to_owned());
        };
        let tones = parse_tones(digits).map_err(|error| error.to_string())?;
        Ok(Self { play, payload_type, digits: DigitSender::new(now, tones, clock_hz) })
    }

    /// When [`poll`](Self::poll) is due.
    pub(crate) fn due(&self) -> Option<Time> {
        self.digits.due()
    }

    /// Whether all was sent.
    pub(crate) fn is_done(&self) -> bool {
        self.digits.is_done()
    }

    /// Whether a key is down; nothing else is sent meanwhile.
    pub(crate) fn is_pressing(&self) -> bool {
        self.digits.is_pressing()
    }

    /// The packet that is due, if one is.
    pub(crate) fn poll(&mut self, now: Time, sender: &mut Sender) -> Option<(Header, [u8; 4])> {
        let event = self.digits.poll(now, sender.timestamp(now))?;
        let length = event.payload.len();
        let header = sender.insert(now, event.marker, event.timestamp, self.payload_type, length);
        Some((header, event.payload))
    }
}
