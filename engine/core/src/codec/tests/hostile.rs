//! Arbitrary packets: the decoders accept anything and return a bounded amount of audio.

use crate::AudioCodec;
use crate::codec::{InputPacket, OpusSettings, StreamDecoder, Transcoder};
use proptest::prelude::*;

fn packets() -> impl Strategy<Value = Vec<(u16, u32, Vec<u8>)>> {
    let step = prop_oneof![4 => 0..4_u16, 1 => any::<u16>()];
    let time = prop_oneof![4 => Just(960_u32), 1 => any::<u32>()];
    let payload = proptest::collection::vec(any::<u8>(), 0..200);
    proptest::collection::vec((step, time, payload), 1..60)
}

proptest! {
    #[test]
    fn a_stream_decoder_gives_at_most_180_ms_a_packet(packets in packets(), codec in 0..3_usize) {
        let mut decoder = StreamDecoder::new(AudioCodec::ALL[codec], 8_000).unwrap();
        let (mut sequence, mut timestamp) = (0_u16, 0_u32);
        for (step, time, payload) in packets {
            sequence = sequence.wrapping_add(step);
            timestamp = timestamp.wrapping_add(time);
            let mut samples = Vec::new();
            decoder.decode(sequence, timestamp, &payload, &mut samples);
            prop_assert!(samples.len() <= 1_440, "{}", samples.len());
        }
    }

    #[test]
    fn a_transcoder_gives_at_most_ten_frames_a_packet(packets in packets(), pair in 0..9_usize) {
        let (from, to) = (AudioCodec::ALL[pair / 3], AudioCodec::ALL[pair % 3]);
        let mut transcoder = Transcoder::new(from, to, OpusSettings::speech(8_000)).unwrap();
        let (mut sequence, mut timestamp) = (0_u16, 0_u32);
        let mut buffer = [0; 1_275];
        for (n, (step, time, payload)) in packets.iter().enumerate() {
            sequence = sequence.wrapping_add(*step);
            timestamp = timestamp.wrapping_add(*time);
            let input = InputPacket { sequence, timestamp, marker: false, payload };
            if n % 5 == 4 {
                transcoder.push_event(input, 8_000, 48_000);
            } else {
                transcoder.push(input);
            }
            let mut frames = 0;
            while let Some(sent) = transcoder.poll(&mut buffer) {
                prop_assert!(sent.length <= buffer.len());
                frames += 1;
            }
            prop_assert!(frames <= 10, "{frames}");
        }
    }
}
