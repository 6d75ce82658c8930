//! The media engine on threads and sockets: each worker owns one UDP and one TCP port, a clock and an
//! engine. Commands go in by a queue and a wake-up, news comes out in batches behind one file
//! descriptor, and no worker ever waits for whoever reads it.

pub mod batch;
mod bell;
mod counts;
mod framing;
mod load;
mod news;
mod shell;
mod sockets;
mod tcp;
mod udp;
mod worker;

pub use counts::Counts;
pub use shell::{Settings, Shell, StartError, Stopped};
