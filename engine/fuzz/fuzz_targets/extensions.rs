//! RTP packets with header extensions.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::extensions(bytes));
