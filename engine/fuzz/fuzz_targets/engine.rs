//! Runs of datagrams and pauses, as a stranger could send them.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::engine(bytes));
