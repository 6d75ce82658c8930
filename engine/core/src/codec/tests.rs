//! Codecs together: a tone through all of them, and what nobody would send.

mod hostile;
mod transcoding;
