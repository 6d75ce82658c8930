//! From master key to working keys (RFC 3711 §4.3, RFC 6188 §3, RFC 7714 §11).

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Aes256Enc, Block};

/// What a working key is for (RFC 3711 §4.3.2, table 3).
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    RtpKey = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// A master key and salt.
pub(super) struct Master {
    cipher: Aes,
    key_length: usize,
    /// A 96-bit salt is filled up with zeros at its end (RFC 7714 §11).
    salt: [u8; 14],
}

enum Aes {
    Bits128(Aes128Enc),
    Bits256(Aes256Enc),
}

impl Master {
    /// Nothing when the key is not 128 or 256 bits or the salt more than 112.
    pub(super) fn new(key: &[u8], salt: &[u8]) -> Option<Self> {
        let cipher = match key.len() {
            16 => Aes::Bits128(Aes128Enc::new_from_slice(key).ok()?),
            32 => Aes::Bits256(Aes256Enc::new_from_slice(key).ok()?),
            _ => return None,
        };
        let mut padded = [0; 14];
        padded.get_mut(..salt.len())?.copy_from_slice(salt);
        Some(Self { cipher, key_length: key.len(), salt: padded })
    }

    /// Bytes of the master key, and of each working key.
    pub(super) fn key_length(&self) -> usize {
        self.key_length
    }

    /// Working material for that purpose: the AES counter-mode key stream, key derivation rate 0.
    pub(super) fn derive<const N: usize>(&self, label: Label) -> [u8; N] {
        let mut input = [0; 16];
        for (octet, salt) in input.iter_mut().zip(self.salt) {
            *octet = salt;
        }
        if let Some(octet) = input.get_mut(7) {
            *octet ^= label as u8;
        }
        let mut material = [0; N];
        for (counter, part) in material.chunks_mut(16).enumerate() {
            if let Some(last) = input.last_mut() {
                *last = counter as u8;
            }
            let mut block = Block::from(input);
            match &self.cipher {
                Aes::Bits128(aes) => aes.encrypt_block(&mut block),
                Aes::Bits256(aes) => aes.encrypt_block(&mut block),
            }
            for (octet, stream) in part.iter_mut().zip(block) {
                *octet = stream;
            }
        }
        material
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3711_appendix_b3() {
        let key = 0xE1F9_7A0D_3E01_8BE0_D64F_A32C_06DE_4139_u128.to_be_bytes();
        let salt = &0x0EC6_75AD_498A_FEEB_B696_0B3A_ABE6_u128.to_be_bytes()[2..];
        let master = Master::new(&key, salt).unwrap();
        let expected = 0xC61E_7A93_744F_39EE_1073_4AFE_3FF7_A087_u128.to_be_bytes();
        assert_eq!(master.derive::<16>(Label::RtpKey), expected);
        let expected = &0x30CB_BC08_863D_8C85_D49D_B34A_9AE1_u128.to_be_bytes()[2..];
        assert_eq!(master.derive::<14>(Label::RtpSalt), expected);
        let authentication = master.derive::<20>(Label::RtpAuthentication);
        let expected = 0xCEBE_321F_6FF7_716B_6FD4_AB49_AF25_6A15_u128.to_be_bytes();
        assert_eq!(authentication[..16], expected);
    }

    #[test]
    fn odd_lengths_are_refused() {
        assert!(Master::new(&[0; 24], &[0; 12]).is_none());
        assert!(Master::new(&[0; 16], &[0; 15]).is_none());
    }
}
