//! The media engine on threads and sockets: each worker owns one UDP and one TCP port, a clock and an
//! engine. Commands go in through a queue and a waker, events come out in batches behind one file
//! descriptor, and a worker never waits for the reader.

pub mod batch;
mod counts;
mod event_queue;
mod file_writer;
mod framing;
mod links;
mod load;
mod notifier;
mod recording_files;
mod shell;
mod sockets;
mod tcp;
mod udp;
mod worker;

pub use counts::Counts;
pub use recording_files::RecordingFiles;
pub use shell::{Settings, Shell, StartError, Stopped};
