//! The media engine without sockets, threads or clocks: packets, commands and time go in; packets,
//! events and the next deadline come out.

mod bridge;
mod clock;
pub mod codec;
mod command;
mod config;
pub mod dsp;
mod dtls;
mod dtls_cookie;
pub mod dtmf;
mod engine;
mod event;
mod ice;
mod id;
mod identity;
mod io;
pub mod jitter;
mod leg;
mod mixer;
mod negotiation;
pub mod play;
mod rate_limit;
pub mod receive;
pub mod recorder;
mod recording;
mod rng;
mod route;
pub mod rtp;
mod samples;
mod sdp;
mod sdp_error;
mod session;
mod srtp;
mod stun;
mod time;
mod transmit;

pub use command::{
    Cadence, Coached, Command, Detection, RecordCommand, Repeat, Role, Source, Tone,
};
pub use config::{Config, HostAddress, IceMode};
pub use engine::{Counters, Engine};
pub use event::{
    Beep, Digit, Event, Figure, LevelReport, MediaReport, PlayEnd, StreamReport, TapBatch,
    TransportFault,
};
pub use id::{LegId, MixerId, PlayId, RecordingId};
pub use identity::{Identity, IdentityError};
pub use io::{Datagram, Input, LinkFrame, Wake, WakeReason};
pub use negotiation::{Agreement, AudioCodec, Direction, LocalCredentials};
pub use route::{Route, TransportProtocol};
pub use samples::Samples;
pub use sdp_error::{SdpError, SdpErrorReason};
pub use session::{OfferOptions, Session, offered};
pub use time::Time;
