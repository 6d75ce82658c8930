//! SRTP and SRTCP (RFC 3711, RFC 7714): packets are protected and unprotected where they lie.

mod cm;
mod gcm;
mod keys;
mod window;

use window::{Admission, Window};

use self::keys::Master;

/// Streams of one peer that are kept; a peer that uses more loses its oldest.
const MAX_STREAMS: usize = 4;
/// Bytes that protection adds at most: a GCM tag and the SRTCP index.
pub(crate) const MAX_OVERHEAD: usize = 16 + 4;

/// SRTP protection profiles (RFC 5764 §4.1.2, RFC 7714 §14.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    AeadAes128Gcm,
    AeadAes256Gcm,
    Aes128CmSha1,
}

/// Why a packet is not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnprotectError {
    /// Not a packet at all.
    Malformed,
    /// Its tag is wrong.
    AuthFailed,
    /// It was accepted before, or is too old to know.
    Replayed,
    /// It is authentic, but more than one peer may send.
    RateLimited,
}

/// One direction's cipher: knows keys and how to use them, not which packets came before.
trait Cipher: Send {
    /// Encrypt `packet[header..length]` and append the tag. Returns the new length, or nothing when
    /// there is no room for it.
    fn seal(&self, packet: &mut [u8], layout: Layout) -> Option<usize>;
    /// Check the tag of all of `packet`, then decrypt it. Returns the length without the tag.
    fn open(&self, packet: &mut [u8], layout: Layout) -> Option<usize>;
    /// Bytes that `seal` adds.
    fn overhead(&self) -> usize;
    /// Reads something of what it needs for an RTP packet.
    fn read_ahead(&self) -> u64;
}

/// Where a packet's parts are and which key stream is its own.
#[derive(Debug, Clone, Copy)]
struct Layout {
    kind: Kind,
    /// Bytes that stay readable.
    header: usize,
    /// Bytes before the tag, when sealing; the whole packet's, when opening.
    length: usize,
    ssrc: u32,
    /// RTP: rollover counter and sequence number, 48 bits. RTCP: the index, 31 bits.
    index: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rtp,
    Rtcp,
}

/// Protects what we send on one leg.
pub(crate) struct Outbound {
    cipher: Box<dyn Cipher>,
    /// Highest packet index so far, to know the rollover counter.
    highest: Option<u64>,
    rtcp_index: u32,
}

/// Unprotects what one peer sends.
pub(crate) struct Inbound {
    cipher: Box<dyn Cipher>,
    streams: Vec<Stream>,
    /// The last packet let through is newer than all before it in its stream.
    newest: bool,
}

/// One SSRC of a peer.
struct Stream {
    ssrc: u32,
    rtp: Window,
    rtcp: Window,
}

impl Profile {
    /// Its name as the registry has it, without `SRTP_`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Self::Aes128CmSha1 => "AES_CM_128_HMAC_SHA1_80",
        }
    }

    const fn lengths(self) -> (usize, usize) {
        match self {
            Self::AeadAes128Gcm => (16, 12),
            Self::AeadAes256Gcm => (32, 12),
            Self::Aes128CmSha1 => (16, 14),
        }
    }

    fn cipher(self, key: &[u8], salt: &[u8]) -> Option<Box<dyn Cipher>> {
        let master = Master::new(key, salt)?;
        Some(match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => Box::new(gcm::Gcm::new(&master)?),
            Self::Aes128CmSha1 => Box::new(cm::CounterMode::new(&master)?),
        })
    }
}

/// Both directions from what DTLS exported (RFC 5764 §4.2): client key, server key, client salt,
/// server salt. Nothing when the material is too short.
pub(crate) fn from_dtls(
    profile: Profile,
    material: &[u8],
    we_are_client: bool,
) -> Option<(Outbound, Inbound)> {
    let (key, salt) = profile.lengths();
    let keys = material.get(..2 * key)?;
    let salts = material.get(2 * key..2 * (key + salt))?;
    let client = profile.cipher(keys.get(..key)?, salts.get(..salt)?)?;
    let server = profile.cipher(keys.get(key..)?, salts.get(salt..)?)?;
    let (ours, theirs) = if we_are_client { (client, server) } else { (server, client) };
    Some((Outbound::new(ours), Inbound::new(theirs)))
}

impl Outbound {
    fn new(cipher: Box<dyn Cipher>) -> Self {
        Self { cipher, highest: None, rtcp_index: 0 }
    }

    /// Reads something of what protecting a packet needs.
    pub(crate) fn read_ahead(&self) -> u64 {
        self.cipher.read_ahead() ^ self.highest.unwrap_or(0)
    }

    /// Protect the RTP packet in `packet[..length]`; the rest is room for the tag.
    pub(crate) fn protect_rtp(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        let header = rtp_header(packet.get(..length)?)?;
        let (sequence, ssrc) = (u16_at(packet, 2)?, u32_at(packet, 8)?);
        let index = nearest_index(self.highest, sequence);
        let layout = Layout { kind: Kind::Rtp, header, length, ssrc, index };
        let sealed = self.cipher.seal(packet, layout)?;
        self.highest = Some(self.highest.map_or(index, |highest| highest.max(index)));
        Some(sealed)
    }

    /// Protect the compound RTCP packet in `packet[..length]`; the rest is room for tag and index.
    pub(crate) fn protect_rtcp(&mut self, packet: &mut [u8], length: usize) -> Option<usize> {
        let ssrc = u32_at(packet, 4)?;
        // RFC 3711 §3.4: 31 bits that must never repeat under one key.
        let index = self.rtcp_index.checked_add(1).filter(|index| index >> 31 == 0)?;
        self.rtcp_index = index;
        let layout = Layout { kind: Kind::Rtcp, header: 8, length, ssrc, index: u64::from(index) };
        self.cipher.seal(packet, layout)
    }
}

impl Inbound {
    fn new(cipher: Box<dyn Cipher>) -> Self {
        Self { cipher, streams: Vec::with_capacity(1), newest: false }
    }

    /// Whether the last packet that was let through is newer than all before it.
    pub(crate) fn newest(&self) -> bool {
        self.newest
    }

    /// Reads something of what unprotecting a packet needs.
    pub(crate) fn read_ahead(&self) -> u64 {
        let stream = self.streams.first().map_or(0, |stream| u64::from(stream.ssrc));
        self.cipher.read_ahead() ^ stream
    }

    /// Unprotect an SRTP packet. Returns its length without the tag.
    pub(crate) fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let header = rtp_header(packet).ok_or(UnprotectError::Malformed)?;
        let fields = u16_at(packet, 2).zip(u32_at(packet, 8));
        let (sequence, ssrc) = fields.ok_or(UnprotectError::Malformed)?;
        let stream = self.streams.iter().find(|stream| stream.ssrc == ssrc);
        let index = nearest_index(stream.and_then(|s| s.rtp.highest()), sequence);
        let layout = Layout { kind: Kind::Rtp, header, length: packet.len(), ssrc, index };
        self.admit(packet, layout)
    }

    /// Unprotect an SRTCP packet. Returns its length without tag and index.
    pub(crate) fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let ssrc = u32_at(packet, 4).ok_or(UnprotectError::Malformed)?;
        let trailer = match self.cipher.overhead() {
            // RFC 7714 §9.1: the index is the last word. RFC 3711 §3.4: before the 10-byte tag.
            16 => 4,
            tag => tag + 4,
        };
        let at = packet.len().checked_sub(trailer).ok_or(UnprotectError::Malformed)?;
        let word = u32_at(packet, at).ok_or(UnprotectError::Malformed)?;
        // Encryption is not optional here: the E bit must be set.
        let index = word.checked_sub(1 << 31).ok_or(UnprotectError::Malformed)?;
        let layout = Layout {
            kind: Kind::Rtcp,
            header: 8,
            length: packet.len(),
            ssrc,
            index: u64::from(index),
        };
        self.admit(packet, layout)
    }

    /// Replay is looked at first because it is cheap, remembered last because only an authentic
    /// packet may move the window (RFC 3711 §3.3).
    fn admit(&mut self, packet: &mut [u8], layout: Layout) -> Result<usize, UnprotectError> {
        self.newest = false;
        let known = self.streams.iter().position(|stream| stream.ssrc == layout.ssrc);
        let fresh = known.and_then(|at| self.streams.get(at)).is_none_or(|stream| {
            let window = stream.window(layout.kind);
            window.judge(layout.index) == Admission::Fresh
        });
        if !fresh {
            return Err(UnprotectError::Replayed);
        }
        let length = self.cipher.open(packet, layout).ok_or(UnprotectError::AuthFailed)?;
        let at = known.unwrap_or_else(|| self.begin(layout.ssrc));
        if let Some(stream) = self.streams.get_mut(at) {
            let window = match layout.kind {
                Kind::Rtp => &mut stream.rtp,
                Kind::Rtcp => &mut stream.rtcp,
            };
            self.newest = window.highest().is_none_or(|highest| layout.index > highest);
            window.remember(layout.index);
        }
        Ok(length)
    }

    fn begin(&mut self, ssrc: u32) -> usize {
        if self.streams.len() == MAX_STREAMS {
            self.streams.remove(0);
        }
        self.streams.push(Stream { ssrc, rtp: Window::default(), rtcp: Window::default() });
        self.streams.len() - 1
    }
}

impl Stream {
    fn window(&self, kind: Kind) -> &Window {
        match kind {
            Kind::Rtp => &self.rtp,
            Kind::Rtcp => &self.rtcp,
        }
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").field("highest", &self.highest).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound").field("streams", &self.streams.len()).finish_non_exhaustive()
    }
}

/// The packet index whose low bits are `sequence` and that is nearest to `highest` (RFC 3711
/// §3.3.1). The first packet's rollover counter is 0.
fn nearest_index(highest: Option<u64>, sequence: u16) -> u64 {
    let Some(highest) = highest else {
        return u64::from(sequence);
    };
    let ahead = sequence.wrapping_sub(highest as u16);
    if ahead < 0x8000 {
        highest + u64::from(ahead)
    } else {
        // Before the very first packet there is nothing: take it as one rollover later.
        highest.checked_sub(0x1_0000 - u64::from(ahead)).unwrap_or(highest + u64::from(ahead))
    }
}

/// Length of a packet's RTP header with contributing sources and extension (RFC 3550 §5.1, §5.3.1).
fn rtp_header(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut length = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        length += 4 + 4 * usize::from(u16_at(packet, length + 2)?);
    }
    (length <= packet.len()).then_some(length)
}

fn u16_at(packet: &[u8], at: usize) -> Option<u16> {
    packet.get(at..)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

fn u32_at(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

#[cfg(test)]
mod tests;
