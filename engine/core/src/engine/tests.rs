//! Whole engines joined back to back in virtual time.

mod forged_flights;
mod forged_records;
mod hostile;
mod lab;
mod levels;
mod moves;
mod panic_recovery;
mod playback;
mod recordings;
mod relay;
mod routes;
mod scene;

mod taps;
mod transcoding;
mod transport;
