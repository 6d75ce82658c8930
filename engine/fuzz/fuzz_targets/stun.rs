//! STUN messages, alone and for a leg that waits for checks.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::stun(bytes));
