//! The media engine without sockets, threads or clocks: packets, commands and time go in; packets,
//! events and the next deadline come out.

mod command;
mod event;
mod id;
mod io;
mod time;

pub use command::{Cadence, Command, Repeat, Source, Tone};
pub use event::{Digit, Event, MediaReport, PlayEnd, StreamReport, TransportFault};
pub use id::{LegId, PlayId};
pub use io::{Datagram, Input, Route, Transport, Wake, WakeReason};
pub use time::Time;
