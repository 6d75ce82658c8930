//! DTMF as RFC 4733 telephone events: received, reported once each, and sent.

mod payload;
mod receiver;
mod sender;
mod tones;

pub use payload::Payload;
pub use receiver::DigitReceiver;
pub use sender::{DigitSender, EventPacket};
pub use tones::{DtmfTone, InvalidTones, Key, Pause, parse_tones};
