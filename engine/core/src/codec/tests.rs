//! Codecs together: a tone through all of them, and invalid packets.

mod hostile;
mod transcoding;
