//! AES counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1), which every peer has.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Block};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::keys::{Label, Master};
use super::{Cipher, Kind, Layout};

/// Bytes of the truncated tag.
const TAG: usize = 10;
/// Blocks ciphered at once: a 20 ms packet has 2 to 12, and the hardware likes 8 in flight.
const AT_ONCE: usize = 8;

/// One direction's counter-mode keys.
pub(super) struct CounterMode {
    rtp: Half,
    rtcp: Half,
}

struct Half {
    aes: Aes128Enc,
    salt: [u8; 14],
    /// Already keyed; cloned for each packet.
    mac: Hmac<Sha1>,
}

impl CounterMode {
    pub(super) fn new(master: &Master) -> Option<Self> {
        use Label::{RtcpAuthentication, RtcpKey, RtcpSalt, RtpAuthentication, RtpKey, RtpSalt};
        Some(Self {
            rtp: Half::new(master, RtpKey, RtpSalt, RtpAuthentication)?,
            rtcp: Half::new(master, RtcpKey, RtcpSalt, RtcpAuthentication)?,
        })
    }

    fn half(&self, kind: Kind) -> &Half {
        match kind {
            Kind::Rtp => &self.rtp,
            Kind::Rtcp => &self.rtcp,
        }
    }
}

impl Half {
    fn new(master: &Master, key: Label, salt: Label, authentication: Label) -> Option<Self> {
        Some(Self {
            aes: Aes128Enc::new(&master.derive::<16>(key).into()),
            salt: master.derive(salt),
            mac: Hmac::new_from_slice(&master.derive::<20>(authentication)).ok()?,
        })
    }

    /// XOR the key stream onto `body`.
    fn apply(&self, body: &mut [u8], layout: Layout) {
        // RFC 3711 §4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16, then count in the low bits.
        let mut salt = [0; 16];
        for (octet, other) in salt.iter_mut().zip(self.salt) {
            *octet = other;
        }
        let first = u128::from_be_bytes(salt)
            ^ (u128::from(layout.ssrc) << 64)
            ^ (u128::from(layout.index) << 16);
        let mut counter = first;
        for part in body.chunks_mut(16 * AT_ONCE) {
            let count = part.len().div_ceil(16);
            let mut stream = [Block::default(); AT_ONCE];
            let used = stream.get_mut(..count).unwrap_or_default();
            for block in used.iter_mut() {
                *block = counter.to_be_bytes().into();
                counter = counter.wrapping_add(1);
            }
            self.aes.encrypt_blocks(used);
            for (octet, other) in part.iter_mut().zip(used.iter().flatten()) {
                *octet ^= other;
            }
        }
    }

    /// The keyed digest of the packet and, for RTP, the rollover counter that is not sent.
    fn digest(&self, packet: &[u8], layout: Layout) -> Hmac<Sha1> {
        let mut mac = self.mac.clone();
        mac.update(packet);
        if layout.kind == Kind::Rtp {
            mac.update(&((layout.index >> 16) as u32).to_be_bytes());
        }
        mac
    }
}

impl Cipher for CounterMode {
    fn seal(&self, packet: &mut [u8], layout: Layout) -> Option<usize> {
        let half = self.half(layout.kind);
        half.apply(packet.get_mut(layout.header..layout.length)?, layout);
        let mut length = layout.length;
        if layout.kind == Kind::Rtcp {
            let word = (layout.index as u32 | 1 << 31).to_be_bytes();
            packet.get_mut(length..length + 4)?.copy_from_slice(&word);
            length += 4;
        }
        let digest = half.digest(packet.get(..length)?, layout).finalize().into_bytes();
        packet.get_mut(length..length + TAG)?.copy_from_slice(digest.get(..TAG)?);
        Some(length + TAG)
    }

    fn open(&self, packet: &mut [u8], layout: Layout) -> Option<usize> {
        let half = self.half(layout.kind);
        let signed = layout.length.checked_sub(TAG)?;
        let tag = packet.get(signed..layout.length)?;
        half.digest(packet.get(..signed)?, layout).verify_truncated_left(tag).ok()?;
        let end = if layout.kind == Kind::Rtcp { signed.checked_sub(4)? } else { signed };
        half.apply(packet.get_mut(layout.header..end)?, layout);
        Some(end)
    }

    fn overhead(&self) -> usize {
        TAG
    }

    fn read_ahead(&self) -> u64 {
        self.rtp.salt.first().map_or(0, |octet| u64::from(*octet))
    }
}
