//! Files as the recorder makes them, decoded again.

use offhook_core::recorder::wav_header;

use super::made::tone;
use super::{assert_tone, decoded};

#[test]
fn a_wav_file_is_whole_at_any_moment() {
    let samples = tone(8_000, 2.0);
    let mut file = wav_header(8_000, 1, 0).to_vec();
    for part in samples.chunks(1_600) {
        file.extend(part.iter().flat_map(|sample| sample.to_le_bytes()));
        let header = wav_header(8_000, 1, file.len() as u64 - 80);
        file[..80].copy_from_slice(&header);
        let lasts = (file.len() - 80) as f64 / 16_000.0;
        assert_tone("wav", &decoded(&file).unwrap(), 440.0, lasts, 30.0);
    }
    // The header is one write behind: what it states is played.
    file.extend([0; 3_200]);
    assert_tone("behind", &decoded(&file).unwrap(), 440.0, 2.0, 30.0);
}
