//! A party's SRTP: a library that is not the engine's own, so that each checks the other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rtc_crypto::providers::AwsLcRsCrypto;
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

/// The SRTP contexts of a party.
pub(crate) struct Keys {
    pub(crate) out: Context,
    pub(crate) into: Context,
}

/// A key and a salt of one direction that are written into a description (RFC 4568 §6.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Described([u8; DESCRIBED]);

/// 16 octets of a key and 14 of a salt.
const DESCRIBED: usize = 30;

impl Described {
    /// That of party `n`. It protects made-up sound on this machine, so it need not be secret.
    pub(crate) fn of(n: usize) -> Self {
        let mut chance = n as u32 ^ 0x5bd1_e995;
        Self(std::array::from_fn(|_| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (chance >> 24) as u8
        }))
    }

    pub(crate) fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?))
    }
}

/// The profiles that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Aes128Gcm,
    Aes256Gcm,
    Aes128CmSha1,
}

impl Profile {
    const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes256Gcm, Self::Aes128CmSha1];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Its name as the registry has it, without `SRTP_`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "AEAD_AES_128_GCM",
            Self::Aes256Gcm => "AEAD_AES_256_GCM",
            Self::Aes128CmSha1 => "AES_CM_128_HMAC_SHA1_80",
        }
    }

    pub(crate) const fn offered(self) -> SrtpProtectionProfile {
        match self {
            Self::Aes128Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            Self::Aes256Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm,
            Self::Aes128CmSha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        }
    }

    /// Octets of a key and of a salt.
    const fn lengths(self) -> (usize, usize) {
        match self {
            Self::Aes128Gcm => (16, 12),
            Self::Aes256Gcm => (32, 12),
            Self::Aes128CmSha1 => (16, 14),
        }
    }

    /// Octets of keying material for both directions.
    pub(crate) const fn material(self) -> usize {
        let (key, salt) = self.lengths();
        2 * (key + salt)
    }

    /// Both directions, from what DTLS exported (RFC 5764 §4.2). Nothing when it is too short.
    pub(crate) fn keys(self, material: &[u8], we_are_client: bool) -> Option<Keys> {
        let (key, salt) = self.lengths();
        let profile = match self {
            Self::Aes128Gcm => ProtectionProfile::AeadAes128Gcm,
            Self::Aes256Gcm => ProtectionProfile::AeadAes256Gcm,
            Self::Aes128CmSha1 => ProtectionProfile::Aes128CmHmacSha1_80,
        };
        let part = |from: usize, length: usize| material.get(from..from + length);
        let context = |key: &[u8], salt: &[u8]| {
            Context::new(key, salt, profile, None, None, &AwsLcRsCrypto).ok()
        };
        let client = context(part(0, key)?, part(2 * key, salt)?)?;
        let server = context(part(key, key)?, part(2 * key + salt, salt)?)?;
        let (out, into) = if we_are_client { (client, server) } else { (server, client) };
        Some(Keys { out, into })
    }

    /// Both directions, from what each wrote into its description. Nothing for a profile that those do not have.
    pub(crate) fn described(self, ours: &Described, theirs: &Described) -> Option<Keys> {
        if self != Self::Aes128CmSha1 {
            return None;
        }
        // As DTLS would export them: both keys, then both salts.
        let (key, _) = self.lengths();
        let all = [&ours.0, &theirs.0];
        let keys = all.iter().flat_map(|one| one.iter().take(key));
        let salts = all.iter().flat_map(|one| one.iter().skip(key));
        let material: Vec<u8> = keys.chain(salts).copied().collect();
        self.keys(&material, true)
    }
}

#[cfg(test)]
mod tests {
    use super::{Described, Profile};

    #[test]
    fn what_one_party_protects_with_its_described_key_the_other_can_read() {
        let (a, b) = (Described::of(1), Described::of(2));
        assert_ne!(a, b);
        assert_eq!(Described::read(&a.base64()), Some(Described::of(1)));
        assert_eq!(Described::read("c2hvcnQ="), None);
        let profile = Profile::Aes128CmSha1;
        let (mut one, mut other) =
            (profile.described(&a, &b).unwrap(), profile.described(&b, &a).unwrap());
        let packet = [0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9, 1, 2, 3];
        let protected = one.out.encrypt_rtp(&packet).unwrap();
        assert_eq!(&other.into.decrypt_rtp(&protected).unwrap()[..], packet);
        assert!(Profile::Aes256Gcm.described(&a, &b).is_none());
    }

    #[test]
    fn profiles_are_known_by_their_names_and_need_all_of_their_keys() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(profile.name()), Some(profile));
            let material = vec![7; profile.material()];
            assert!(profile.keys(&material, true).is_some());
            assert!(profile.keys(&material[1..], true).is_none());
        }
        assert_eq!(Profile::named("NULL"), None);
    }
}
