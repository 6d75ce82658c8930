//! Datagrams that are said to be RTP.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::rtp(bytes));
