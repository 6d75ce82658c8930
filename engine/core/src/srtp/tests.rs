//! Against another implementation, against the RFCs' vectors, and against liars.

use proptest::prelude::*;
use rtc_crypto::providers::AwsLcRsCrypto;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;

use super::*;

const PROFILES: [Profile; 3] =
    [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1];

fn rtp(sequence: u16, payload: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 0x6f];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 960).to_be_bytes());
    packet.extend(0xcafe_babe_u32.to_be_bytes());
    packet.extend((0..payload).map(|n| n as u8));
    packet
}

fn rtcp() -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(0xcafe_babe_u32.to_be_bytes());
    packet.extend([0x81, 202, 0, 2, 0xca, 0xfe, 0xba, 0xbe, 1, 1, b'a', 0]);
    packet
}

fn material(profile: Profile) -> Vec<u8> {
    let (key, salt) = profile.lengths();
    (0..2 * (key + salt)).map(|n| (n * 7 + 3) as u8).collect()
}

/// Sender's outbound and receiver's inbound half.
fn pair(profile: Profile) -> (Outbound, Inbound) {
    let material = material(profile);
    let (outbound, _) = from_dtls(profile, &material, true).unwrap();
    let (_, inbound) = from_dtls(profile, &material, false).unwrap();
    (outbound, inbound)
}

fn protect(outbound: &mut Outbound, plain: &[u8]) -> Vec<u8> {
    let mut packet = plain.to_vec();
    packet.resize(plain.len() + MAX_OVERHEAD, 0);
    let length = outbound.protect_rtp(&mut packet, plain.len()).unwrap();
    packet.truncate(length);
    packet
}

fn protect_rtcp(outbound: &mut Outbound, plain: &[u8]) -> Vec<u8> {
    let mut packet = plain.to_vec();
    packet.resize(plain.len() + MAX_OVERHEAD, 0);
    let length = outbound.protect_rtcp(&mut packet, plain.len()).unwrap();
    packet.truncate(length);
    packet
}

/// The other implementation, keyed as the DTLS client's sending half.
fn oracle(profile: Profile) -> Context {
    let (key, salt) = profile.lengths();
    let material = material(profile);
    let theirs = match profile {
        Profile::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        Profile::AeadAes256Gcm => ProtectionProfile::AeadAes256Gcm,
        Profile::Aes128CmSha1 => ProtectionProfile::Aes128CmHmacSha1_80,
    };
    let (key, salt) = (&material[..key], &material[2 * key..2 * key + salt]);
    Context::new(key, salt, theirs, None, None, &AwsLcRsCrypto).unwrap()
}

#[test]
fn another_implementation_protects_the_same_way() {
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        let mut oracle = oracle(profile);
        // Over two rollovers of the sequence number, with a step that skips some.
        for n in 0..700_u32 {
            let plain = rtp((65_000 + n * 200) as u16, 20 + n as usize % 150);
            let ours = protect(&mut outbound, &plain);
            assert_eq!(ours, oracle.encrypt_rtp(&plain).unwrap()[..], "{profile:?} {n}");
        }
    }
}

#[test]
fn another_implementation_reads_our_rtcp_and_we_read_its() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let (mut sender, mut receiver) = (oracle(profile), oracle(profile));
        for _ in 0..3 {
            let ours = protect_rtcp(&mut outbound, &rtcp());
            assert_eq!(receiver.decrypt_rtcp(&ours).unwrap()[..], rtcp(), "{profile:?}");
            let mut theirs = sender.encrypt_rtcp(&rtcp()).unwrap().to_vec();
            let length = inbound.unprotect_rtcp(&mut theirs).unwrap();
            assert_eq!(theirs[..length], rtcp(), "{profile:?}");
        }
    }
}

#[test]
fn rfc_7714_section_16_1_1() {
    // The vector gives working keys, so the cipher is made of them without derivation.
    let packet: Vec<u8> = [
        0x8040_f17b_8041_f8d3_u64.to_be_bytes(),
        0x5501_a0b2_4761_6c6c_u64.to_be_bytes(),
        0x6961_2065_7374_206f_u64.to_be_bytes(),
        0x6d6e_6973_2064_6976_u64.to_be_bytes(),
        0x6973_6120_696e_2070_u64.to_be_bytes(),
    ]
    .concat();
    let plain = [packet, b"artes tres".to_vec()].concat();
    let key: Vec<u8> = (0..16).collect();
    let salt = *b"Quid pro quo";
    let mut sealed = plain.clone();
    sealed.resize(plain.len() + 16, 0);
    let layout = Layout {
        kind: Kind::Rtp,
        header: 12,
        length: plain.len(),
        ssrc: 0x5501_a0b2,
        index: 0xf17b,
    };
    let cipher = gcm::Gcm::of_working_keys(&key, salt);
    assert_eq!(cipher.seal(&mut sealed, layout), Some(plain.len() + 16));
    let expected = [
        0xf24d_e3a3_fb34_de6c_acba_861c_9d7e_4bca_u128,
        0xbe63_3bd5_0d29_4e6f_42a5_f47a_51c7_d19b_u128,
        0x36de_3adf_8833_899d_7f27_beb1_6a91_52cf_u128,
    ];
    assert_eq!(sealed[12..60], expected.map(u128::to_be_bytes).concat()[..]);
}

#[test]
fn packets_come_back_and_do_so_once() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        for order in [0_u16, 1, 5, 3, 2, 4, 60_000, 30, 31] {
            let plain = rtp(order.wrapping_add(65_530), 80);
            let sealed = protect(&mut outbound, &plain);
            let length = inbound.unprotect_rtp(&mut sealed.clone()).map_err(|e| (order, e));
            if order == 60_000 {
                continue; // So far back that the index is guessed to be ahead; both sides agree.
            }
            assert_eq!(length, Ok(plain.len()), "{profile:?}");
            let again = inbound.unprotect_rtp(&mut sealed.clone());
            assert_eq!(again, Err(UnprotectError::Replayed), "{profile:?}");
        }
    }
}

// Threat: rtcp-injection
#[test]
fn a_replayed_rtcp_packet_is_refused() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let sealed = protect_rtcp(&mut outbound, &rtcp());
        assert!(inbound.unprotect_rtcp(&mut sealed.clone()).is_ok());
        let again = inbound.unprotect_rtcp(&mut sealed.clone());
        assert_eq!(again, Err(UnprotectError::Replayed));
    }
}

#[test]
fn many_streams_do_not_grow_the_memory() {
    let (mut outbound, mut inbound) = pair(Profile::AeadAes128Gcm);
    for n in 0..100_u32 {
        let mut plain = rtp(1, 80);
        plain[8..12].copy_from_slice(&n.to_be_bytes());
        outbound.highest = None;
        let mut sealed = protect(&mut outbound, &plain);
        assert!(inbound.unprotect_rtp(&mut sealed).is_ok());
    }
    assert_eq!(inbound.streams.len(), MAX_STREAMS);
}

proptest! {
    #[test]
    fn one_flipped_bit_is_found(which in 0..3_usize, at in 0..1_000_usize, bit in 0..8_u8) {
        let (mut outbound, mut inbound) = pair(PROFILES[which]);
        let mut sealed = protect(&mut outbound, &rtp(7, 60));
        let at = at % sealed.len();
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(inbound.unprotect_rtp(&mut sealed).is_err());
        let mut sealed = protect_rtcp(&mut outbound, &rtcp());
        let at = at % sealed.len();
        sealed[at] ^= 1_u8 << bit;
        prop_assert!(inbound.unprotect_rtcp(&mut sealed).is_err());
    }

    #[test]
    fn noise_is_refused_whatever_it_is(which in 0..3_usize, mut noise: Vec<u8>) {
        let (mut outbound, mut inbound) = pair(PROFILES[which]);
        prop_assert!(inbound.unprotect_rtp(&mut noise.clone()).is_err());
        prop_assert!(inbound.unprotect_rtcp(&mut noise.clone()).is_err());
        let length = noise.len();
        outbound.protect_rtp(&mut noise.clone(), length);
        outbound.protect_rtcp(&mut noise, length);
    }

    #[test]
    fn the_nearest_index_has_the_sequence_number_and_is_near(highest in 0..1_u64 << 40, sequence: u16) {
        let index = nearest_index(Some(highest), sequence);
        prop_assert_eq!(index as u16, sequence);
        prop_assert!(index.abs_diff(highest) <= 0x8000 || highest < 0x8000);
    }
}
