//! Key presses as RFC 4733 telephone events: read, told once each, and sent.

mod keys;
mod payload;
mod receiver;
mod sender;

pub use keys::{BadDigits, Key, Pause, Stroke, strokes};
pub use payload::Payload;
pub use receiver::DigitReceiver;
pub use sender::{DigitSender, EventPacket};
