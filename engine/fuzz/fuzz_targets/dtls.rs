//! DTLS records with the page's address while a call is set up.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| offhook_fuzz::entries::dtls(bytes));
