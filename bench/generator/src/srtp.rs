//! A party's SRTP: a library that is not the engine's own, so that each checks the other.

use dimpl::SrtpProfile;
use rtc_crypto::providers::AwsLcRsCrypto;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

/// Both directions, from what DTLS exported (RFC 5764 §4.2). Nothing for a profile we do not measure.
pub(crate) fn contexts(
    profile: SrtpProfile,
    material: &[u8],
    we_are_client: bool,
) -> Option<(Context, Context)> {
    let (profile, key, salt) = match profile {
        SrtpProfile::AEAD_AES_128_GCM => (ProtectionProfile::AeadAes128Gcm, 16, 12),
        SrtpProfile::AEAD_AES_256_GCM => (ProtectionProfile::AeadAes256Gcm, 32, 12),
        SrtpProfile::AES128_CM_SHA1_80 => (ProtectionProfile::Aes128CmHmacSha1_80, 16, 14),
        _ => return None,
    };
    let part = |from: usize, length: usize| material.get(from..from + length);
    let context =
        |key: &[u8], salt: &[u8]| Context::new(key, salt, profile, None, None, &AwsLcRsCrypto).ok();
    let client = context(part(0, key)?, part(2 * key, salt)?)?;
    let server = context(part(key, key)?, part(2 * key + salt, salt)?)?;
    Some(if we_are_client { (client, server) } else { (server, client) })
}
