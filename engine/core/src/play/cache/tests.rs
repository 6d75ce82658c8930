//! Listeners of one sound share its packets, and none of them notices.

use super::*;
use crate::codec::StreamDecoder;
use crate::dsp::purity_db;
use crate::play::Playout;
use crate::{Samples, Tone};

const ONCE: Repeat = Repeat::Times(1);
const SPEECH: OpusSettings = OpusSettings::speech(48_000);

/// A sine of 400 Hz for that many samples at that rate.
fn sine(rate_hz: u32, length: u32) -> Source {
    let step = std::f64::consts::TAU * 400.0 / f64::from(rate_hz);
    let all: Vec<i16> =
        (0..length).map(|n| ((f64::from(n) * step).sin() * 12_000.0).round() as i16).collect();
    let mut samples = Samples::new(rate_hz);
    samples.extend(&all);
    Source::Samples(Arc::new(samples))
}

fn tone(hz: f32, millis: u64) -> Source {
    let length = Duration::from_millis(millis);
    Source::Tones(Cadence(vec![Tone { hz: [hz, 0.0], length, level_dbm0: -13.0 }]))
}

/// The next packets of a playout, as many as there are, `most` at most.
fn packets(playout: &mut Playout, most: usize) -> Vec<Vec<u8>> {
    let mut buffer = [0; MAX_PACKET];
    let next = || playout.next_packet(&mut buffer).unwrap().map(|p| buffer[..p.length].to_vec());
    std::iter::from_fn(next).take(most).collect()
}

fn decoded(codec: AudioCodec, packets: &[Vec<u8>]) -> Vec<i16> {
    let mut decoder = StreamDecoder::new(codec, 8_000).unwrap();
    let mut samples = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        let timestamp = n as u32 * codec.clock_hz() / 50;
        decoder.decode(n as u16, timestamp, packet, &mut samples).unwrap();
    }
    samples
}

#[test]
fn listeners_who_begin_at_different_moments_hear_what_one_alone_would() {
    for codec in AudioCodec::ALL {
        let cache = PacketCache::default();
        let open = || Playout::shared(&cache, &sine(16_000, 16_000), ONCE, codec, SPEECH).unwrap();
        let mut alone = Playout::open(&sine(16_000, 16_000), ONCE, codec, SPEECH).unwrap();
        let alone = packets(&mut alone, 1_000);
        let mut listeners = [open(), open(), open()];
        let mut heard = [const { Vec::new() }; 3];
        for tick in 0..200_usize {
            for (n, (listener, heard)) in listeners.iter_mut().zip(&mut heard).enumerate() {
                if tick >= 17 * n {
                    heard.extend(packets(listener, 1));
                }
            }
        }
        assert!(heard.iter().all(|heard| *heard == alone), "{codec:?}");
        assert_eq!(cache.packets(), alone.len(), "each was encoded once");
    }
}

#[test]
fn what_is_repeated_is_encoded_twice_at_most() {
    // Half a second, at a rate that has to be converted, too.
    for (source, codec) in [
        (sine(16_000, 8_000), AudioCodec::Opus),
        (sine(44_100, 22_050), AudioCodec::Opus),
        (sine(44_100, 22_050), AudioCodec::Pcmu),
        (tone(400.0, 500), AudioCodec::Opus),
    ] {
        let cache = PacketCache::default();
        let mut playout = Playout::shared(&cache, &source, Repeat::Forever, codec, SPEECH).unwrap();
        let heard = packets(&mut playout, 250);
        assert_eq!((heard.len(), cache.packets()), (250, 50));
        let samples = decoded(codec, &heard);
        // Over the begin of the third pass and of the fourth, where packets are repeated: as when one sound follows
        // another, which is the same limit.
        for begin in [3_000, 6_000, 7_000, 11_000] {
            let purity = purity_db(&samples[begin..begin + 2_000], 8_000, 400.0);
            assert!(purity > 10.0, "{codec:?} at {begin}: {purity} dB");
        }
        let mut thrice = Playout::shared(&cache, &source, Repeat::Times(3), codec, SPEECH).unwrap();
        assert_eq!(packets(&mut thrice, 1_000), heard[..75]);
        let _also_over = packets(&mut thrice, 1);
        assert_eq!(cache.packets(), 50);
    }
}

#[test]
fn what_does_not_end_with_a_packet_is_repeated_by_an_encoder_of_its_own() {
    let cache = PacketCache::default();
    for source in [sine(8_000, 8_001), tone(400.0, 1_010), tone(401.5, 1_000)] {
        let mut playout =
            Playout::shared(&cache, &source, Repeat::Forever, AudioCodec::Pcmu, SPEECH).unwrap();
        let mut alone = Playout::open(&source, Repeat::Forever, AudioCodec::Pcmu, SPEECH).unwrap();
        assert_eq!(packets(&mut playout, 200), packets(&mut alone, 200));
        assert_eq!(cache.packets(), 0);
    }
}

#[test]
fn only_the_same_sound_in_the_same_encoding_is_shared() {
    let cache = PacketCache::default();
    let (sound, other) = (sine(8_000, 1_600), sine(8_000, 1_760));
    let narrow = SPEECH.within(Some(12_000), true);
    let no_fec = SPEECH.within(None, false);
    let different = [
        (&sound, AudioCodec::Opus, SPEECH),
        (&sound, AudioCodec::Pcmu, SPEECH),
        (&sound, AudioCodec::Pcma, SPEECH),
        (&sound, AudioCodec::Opus, narrow),
        (&sound, AudioCodec::Opus, no_fec),
        (&other, AudioCodec::Opus, SPEECH),
    ];
    let mut expected = 0;
    for (source, codec, settings) in different {
        for _ in 0..2 {
            let mut playout = Playout::shared(&cache, source, ONCE, codec, settings).unwrap();
            let mut alone = Playout::open(source, ONCE, codec, settings).unwrap();
            let heard = packets(&mut playout, 100);
            assert_eq!(heard, packets(&mut alone, 100));
            expected += heard.len();
        }
    }
    assert_eq!(2 * cache.packets(), expected);
}

#[test]
fn what_nobody_hears_makes_space_and_what_is_heard_stays() {
    // Space for two sounds of a second, in PCMU.
    let cache = PacketCache::with_capacity(2 * 51 * (160 + 2 * OVERHEAD));
    let sounds = [8_000, 8_001, 8_002, 8_003].map(|length| sine(8_000, length - 100));
    let open =
        |n: usize| Playout::shared(&cache, &sounds[n], ONCE, AudioCodec::Pcmu, SPEECH).unwrap();
    let mut first = open(0);
    assert_eq!(packets(&mut first, 10).len(), 10);
    packets(&mut open(1), 100);
    assert_eq!(cache.packets(), 60);
    packets(&mut open(2), 100);
    assert_eq!(cache.packets(), 60, "in place of the second one");
    let second = open(3);
    let mut third = open(1);
    assert_eq!(packets(&mut third, 100).len(), 50, "there is no space, so it has its own encoder");
    assert_eq!(cache.packets(), 10);
    assert_eq!(packets(&mut first, 100).len(), 40);
    drop(second);
    // Longer than all there is.
    let mut long =
        Playout::shared(&cache, &sine(8_000, 80_000), ONCE, AudioCodec::Pcmu, SPEECH).unwrap();
    assert_eq!(packets(&mut long, 1_000).len(), 500);
    assert_eq!(cache.packets(), 50);
}

#[test]
fn what_cannot_be_played_says_why() {
    let cache = PacketCache::default();
    let because = |source: &Source| {
        let opened = Playout::shared(&cache, source, ONCE, AudioCodec::Opus, SPEECH);
        let next = opened.and_then(|mut playout| playout.next_packet(&mut [0; MAX_PACKET]));
        next.unwrap_err().to_string()
    };
    assert_eq!(because(&sine(8_000, 0)), "there is no sound to play");
    assert!(because(&tone(3.0, 1_000)).contains("20 to 20,000 Hz"));
    assert_eq!(cache.packets(), 0);
}
