//! AEAD AES-GCM for SRTP (RFC 7714): cheapest of the profiles, and the one we prefer.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};

use super::keys::{Label, Master};
use super::{Cipher, Kind, Layout};

const TAG: usize = 16;

/// One direction's GCM keys.
pub(super) struct Gcm {
    rtp: Half,
    rtcp: Half,
}

struct Half {
    key: LessSafeKey,
    salt: [u8; 12],
}

impl Gcm {
    pub(super) fn new(master: &Master) -> Option<Self> {
        Some(Self {
            rtp: Half::new(master, Label::RtpKey, Label::RtpSalt)?,
            rtcp: Half::new(master, Label::RtcpKey, Label::RtcpSalt)?,
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
    fn new(master: &Master, key: Label, salt: Label) -> Option<Self> {
        let material: [u8; 32] = master.derive(key);
        let algorithm: &'static Algorithm =
            if master.key_length() == 32 { &AES_256_GCM } else { &AES_128_GCM };
        let unbound = UnboundKey::new(algorithm, material.get(..master.key_length())?).ok()?;
        Some(Self { key: LessSafeKey::new(unbound), salt: master.derive(salt) })
    }

    /// RFC 7714 §8.1 and §9.1. Both are two zero octets, the SSRC, then the index: 48 bits of it
    /// for RTP, two zero octets and 32 bits of it for RTCP.
    fn nonce(&self, layout: Layout) -> Nonce {
        let word = u128::from(layout.ssrc) << 48 | u128::from(layout.index);
        let mut nonce = self.salt;
        for (octet, other) in nonce.iter_mut().zip(word.to_be_bytes().into_iter().skip(4)) {
            *octet ^= other;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}

impl Cipher for Gcm {
    fn seal(&self, packet: &mut [u8], layout: Layout) -> Option<usize> {
        let half = self.half(layout.kind);
        let (plain, buffer) = packet.split_at_mut_checked(layout.length)?;
        let (header, body) = plain.split_at_mut_checked(layout.header)?;
        let nonce = half.nonce(layout);
        let word = esrtcp(layout);
        let (tag, trailer) = match layout.kind {
            Kind::Rtp => (half.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), body), 0),
            Kind::Rtcp => {
                let aad = Aad::from(rtcp_aad(header, word)?);
                (half.key.seal_in_place_separate_tag(nonce, aad, body), 4)
            }
        };
        buffer.get_mut(..TAG)?.copy_from_slice(tag.ok()?.as_ref());
        buffer.get_mut(TAG..TAG + trailer)?.copy_from_slice(word.get(..trailer)?);
        Some(layout.length + TAG + trailer)
    }

    fn open(&self, packet: &mut [u8], layout: Layout) -> Option<usize> {
        let half = self.half(layout.kind);
        let trailer = if layout.kind == Kind::Rtcp { 4 } else { 0 };
        let sealed = packet.get_mut(..layout.length.checked_sub(trailer)?)?;
        let (header, body) = sealed.split_at_mut_checked(layout.header)?;
        let nonce = half.nonce(layout);
        let opened = match layout.kind {
            Kind::Rtp => half.key.open_in_place(nonce, Aad::from(&*header), body),
            Kind::Rtcp => {
                let aad = Aad::from(rtcp_aad(header, esrtcp(layout))?);
                half.key.open_in_place(nonce, aad, body)
            }
        };
        Some(layout.header + opened.ok()?.len())
    }

    fn overhead(&self) -> usize {
        TAG
    }

    fn read_ahead(&self) -> u64 {
        self.rtp.salt.first().map_or(0, |octet| u64::from(*octet))
    }
}

/// The SRTCP index behind the E bit, which says that the packet is encrypted.
fn esrtcp(layout: Layout) -> [u8; 4] {
    (layout.index as u32 | 1 << 31).to_be_bytes()
}

/// RFC 7714 §9.2: the first eight octets of the packet and the word with the index.
fn rtcp_aad(header: &[u8], word: [u8; 4]) -> Option<[u8; 12]> {
    let mut aad = [0; 12];
    aad.first_chunk_mut::<8>()?.copy_from_slice(header.first_chunk::<8>()?);
    aad.last_chunk_mut::<4>()?.copy_from_slice(&word);
    Some(aad)
}

#[cfg(test)]
impl Gcm {
    /// A cipher of working keys, for vectors that do not derive them.
    pub(super) fn of_working_keys(key: &[u8], salt: [u8; 12]) -> Self {
        let half =
            || Half { key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap()), salt };
        Self { rtp: half(), rtcp: half() }
    }
}
