//! Descriptions, as offers and as answers.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::sdp(bytes));
