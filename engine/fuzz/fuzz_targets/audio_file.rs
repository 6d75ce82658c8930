//! Sound files, as their servers call them: the last byte chooses the content type.

#![no_main]

use std::cell::Cell;

use offhook_sound::{Hint, Limits, decode};

const TYPES: [&str; 6] = ["", "audio/mpeg", "audio/ulaw", "audio/gsm", "audio/wav", "audio/L16"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((last, file)) = bytes.split_last() else { return };
    let content_type = TYPES[usize::from(*last) % TYPES.len()];
    let steps = Cell::new(0_u32);
    let go_on = || {
        steps.set(steps.get() + 1);
        steps.get() < 100_000
    };
    let limits =
        Limits { most_bytes: 1_000_000, most_seconds: 60, go_on: &go_on, ..Limits::default() };
    if let Ok(samples) = decode(file, Hint { content_type, name: "" }, limits) {
        assert!(!samples.is_empty() && samples.size_bytes() <= 1_100_000);
    }
});
