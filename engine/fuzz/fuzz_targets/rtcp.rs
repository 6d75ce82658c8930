//! Datagrams that are said to be RTCP.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::rtcp(bytes));
