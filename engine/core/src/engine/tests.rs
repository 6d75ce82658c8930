//! Whole engines joined back to back in virtual time.

mod abandon;
mod hostile;
mod lab;
mod playing;
mod relay;
mod routes;
mod scene;
mod sound;
mod transport;
