//! Runs of packets for a jitter buffer and its decoders.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::jitter(bytes));
