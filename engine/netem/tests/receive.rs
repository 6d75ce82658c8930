//! Streams over lossy paths in virtual time, pulled each 20 ms as a mixer does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

mod receive {
    pub(crate) mod stream;
}

use std::time::Duration;

use offhook_core::AudioCodec::{self, Opus, Pcma, Pcmu};
use offhook_core::dsp::purity_db;
use offhook_core::receive::FrameKind;
use offhook_netem::{Burst, Path};
use receive::stream::{Pulled, Stream, is_smooth, run, tone, voice};

fn jitter(ms: u64) -> Path {
    Path { jitter: Duration::from_millis(ms), ..Path::default() }
}

fn late_share(pulled: &Pulled) -> f64 {
    pulled.counts.jitter.late as f64 / pulled.counts.jitter.received as f64
}

#[test]
fn one_packet_in_a_hundred_is_late_and_no_more_delay_than_that_takes() {
    for (ms, most_ms) in [(0, 25), (20, 48), (60, 88), (120, 148)] {
        let pulled = run(&Stream::new(Pcmu, voice), 300, jitter(ms));
        assert!(late_share(&pulled) < 0.012, "{ms} ms: {:.4}", late_share(&pulled));
        let delay = pulled.mean_delay_ms(60);
        assert!(delay <= f64::from(most_ms), "{ms} ms: {delay}");
    }
}

#[test]
fn clocks_that_drift_apart_keep_the_delay() {
    for ppm in [-200, 200] {
        let pulled = run(&Stream { ppm, ..Stream::new(Pcmu, voice) }, 3_600, jitter(10));
        let (least, most) = pulled.delay_range_ms(60);
        let mean = pulled.mean_delay_ms(60);
        println!("{ppm} ppm: {least} to {most} ms, mean {mean}");
        assert!(most - mean <= 20.0 && mean - least <= 20.0, "{ppm}: {least} {mean} {most}");
        assert!(pulled.share(FrameKind::Concealed) < 0.01, "{ppm}");
    }
}

#[test]
fn reordered_and_repeated_packets_are_no_loss() {
    let path = Path { reorder: 0.1, duplicate: 0.1, ..Path::default() };
    let pulled = run(&Stream::new(Pcmu, voice), 120, path);
    assert!(late_share(&pulled) < 0.02, "{:?}", pulled.counts);
    assert!(pulled.share(FrameKind::Concealed) < 0.02);
    assert!(pulled.counts.jitter.duplicates > 500);
}

#[test]
fn numbers_that_wrap_and_streams_that_start_over_are_not_heard() {
    let wrapping =
        Stream { sequence: 65_500, timestamp: u32::MAX - 4_000, ..Stream::new(Pcma, tone) };
    let restart = |n: u64| (n >= 300).then_some((7, 12_345, 99));
    let jump_ahead = |n: u64| (n >= 300).then_some((1, 0, 400_000));
    let jump_back = |n: u64| (n >= 300).then_some((1, 0, 4_000_000_000));
    let streams = [
        wrapping,
        Stream { change: Some(restart), ..Stream::new(Pcma, tone) },
        Stream { change: Some(jump_ahead), ..Stream::new(Pcma, tone) },
        Stream { change: Some(jump_back), ..Stream::new(Pcma, tone) },
    ];
    for (at, stream) in streams.iter().enumerate() {
        let pulled = run(stream, 12, Path::default());
        let after = &pulled.samples[8_000..];
        assert!(purity_db(after, 8_000, 400.0) > 25.0, "{at}: {}", purity_db(after, 8_000, 400.0));
        assert!(pulled.frames[50..].iter().all(|f| f.kind == FrameKind::Speech), "{at}");
        assert_eq!(pulled.counts.jitter.late, 0, "{at}");
    }
}

#[test]
fn the_rtp_time_of_frames_is_that_of_the_stream() {
    for (codec, clock) in [(Pcmu, 8), (Opus, 48)] {
        let pulled = run(&Stream::new(codec, tone), 10, Path::default());
        let times: Vec<u32> = pulled.frames[100..].iter().map(|frame| frame.rtp_time).collect();
        let off = times.windows(2).filter(|w| w[1].wrapping_sub(w[0]) != 20 * clock).count();
        assert!(off < 15, "{codec:?} {off}");
    }
}

#[test]
fn packets_of_10_to_60_ms_are_played_without_a_gap() {
    for codec in [Pcmu, Opus] {
        for ptime in [10, 20, 40, 60] {
            let stream = Stream { ptime, ..Stream::new(codec, tone) };
            let pulled = run(&stream, 20, jitter(5));
            let bad = pulled.frames[50..].iter().filter(|f| f.kind != FrameKind::Speech).count();
            assert!(bad <= 10, "{codec:?} {ptime} ms: {bad}");
            let purity = purity_db(&pulled.samples[40_000..], 8_000, 400.0);
            assert!(purity > 15.0, "{codec:?} {ptime} ms: {purity}");
        }
    }
}

#[test]
fn changes_of_delay_are_not_heard_as_clicks() {
    for codec in [Pcmu, Opus] {
        for ppm in [-3_000, 3_000] {
            let pulled = run(&Stream { ppm, ..Stream::new(codec, tone) }, 60, Path::default());
            assert!(pulled.counts.stretched_us > 100_000, "{codec:?} {ppm} {:?}", pulled.counts);
            assert!(is_smooth(&pulled.samples[16_000..]), "{codec:?} {ppm}");
        }
    }
}

#[test]
fn fec_comes_before_concealment() {
    let path = Path { loss: 0.1, ..Path::default() };
    let pulled = run(&Stream::new(Opus, voice), 60, path.clone());
    let (recovered, concealed) = (pulled.counts.recovered_us, pulled.counts.concealed_us);
    assert!(recovered > 4_000_000 && recovered > 5 * concealed, "{recovered} {concealed}");
    let pulled = run(&Stream::new(Pcmu, voice), 60, path);
    assert!(pulled.counts.concealed_us > 5_000_000 && pulled.counts.recovered_us < 7_000_000);
}

#[test]
fn a_long_loss_fades_out_after_60_ms_and_leaves_no_click() {
    let burst = Some(Burst { enter: 0.01, leave: 0.05, loss: 1.0 });
    for codec in [Pcmu, Opus] {
        let pulled = run(&Stream::new(codec, tone), 60, Path { burst, ..Path::default() });
        let mut lost = 0;
        for frame in &pulled.frames {
            lost = if frame.kind == FrameKind::Speech { 0 } else { lost + 1 };
            assert!(lost < 6 || frame.level_dbov < -80.0, "{codec:?} {lost} {}", frame.level_dbov);
        }
        assert!(pulled.share(FrameKind::Silence) > 0.05);
    }
}

#[test]
fn a_pause_is_no_loss_and_is_filled_with_the_background_where_asked() {
    let talk = |n: u64| n % 200 < 100;
    for fills_pauses in [false, true] {
        let stream = Stream { sends: talk, fills_pauses, ..Stream::new(Pcmu, noisy_voice) };
        let pulled = run(&stream, 60, jitter(20));
        let pause = if fills_pauses { FrameKind::Noise } else { FrameKind::Silence };
        assert!(pulled.share(pause) > 0.4, "{:?}", pulled.counts);
        let of_pause = pulled.frames[1_500..].iter().filter(|frame| frame.kind == pause);
        for frame in of_pause {
            let expected = if fills_pauses { -58.0..-44.0 } else { -128.0..-100.0 };
            assert!(expected.contains(&frame.level_dbov), "{}", frame.level_dbov);
        }
        assert_eq!(pulled.counts.jitter.late, 0);
    }
}

/// A voice over noise of about -50 dBov.
fn noisy_voice(n: u64, rate_hz: u32) -> i16 {
    let noise = (n.wrapping_mul(6_364_136_223_846_793_005) >> 55) as i16 - 256;
    (if (n / u64::from(rate_hz)).is_multiple_of(2) { voice(n, rate_hz) } else { 0 })
        .saturating_add(noise)
}

#[test]
fn a_stall_of_half_a_second_is_caught_up_with() {
    let stream = Stream { stall: Some((400, 25)), ..Stream::new(Pcmu, voice) };
    let pulled = run(&stream, 30, Path::default());
    assert!(pulled.mean_delay_ms(25) < 60.0, "{}", pulled.mean_delay_ms(25));
}

#[test]
fn every_rate_gets_whole_frames_of_every_codec() {
    for codec in [Opus, Pcmu, AudioCodec::Pcma] {
        for rate_hz in [8_000, 16_000, 48_000] {
            let stream = Stream { rate_hz, ..Stream::new(codec, tone) };
            let pulled = run(&stream, 6, Path::default());
            assert_eq!(pulled.samples.len(), 6 * rate_hz as usize);
            let purity = purity_db(&pulled.samples[rate_hz as usize..], rate_hz, 400.0);
            assert!(purity > 20.0, "{codec:?} {rate_hz}: {purity}");
        }
    }
}
