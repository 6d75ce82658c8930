//! The cookie of a `HelloVerifyRequest` (RFC 6347 §4.2.1): shows that the sender of a `ClientHello`
//! receives at its source address.
//!
//! The library computes a cookie from the client's random, so that each `ClientHello` gets another one. A peer
//! continues with the first cookie that reaches it, which may be the response to a forged `ClientHello`. So
//! all of a leg's have the same cookie, which the library is given in place of the one that it computes.

use std::cell::Cell;

use dimpl::CryptoError;
use dimpl::crypto::{CryptoProvider, HashAlgorithm, HmacProvider, aws_lc_rs};

/// The library takes no other length.
pub(crate) type Cookie = [u8; 32];

thread_local! {
    /// The cookie of the leg whose `ClientHello` the library reads.
    static EXPECTED: Cell<Option<Cookie>> = const { Cell::new(None) };
}

/// The library's own cryptography with our cookie.
pub(crate) fn provider() -> CryptoProvider {
    CryptoProvider { hmac_provider: &Cookies, ..aws_lc_rs::default_provider() }
}

/// Run an action in which the library expects that cookie.
pub(crate) fn expect<T>(cookie: Cookie, act: impl FnOnce() -> T) -> T {
    EXPECTED.set(Some(cookie));
    let result = act();
    EXPECTED.set(None);
    result
}

#[derive(Debug)]
struct Cookies;

impl HmacProvider for Cookies {
    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> Result<[u8; 32], CryptoError> {
        match EXPECTED.get() {
            Some(cookie) => Ok(cookie),
            None => aws_lc_rs::default_provider().hmac_provider.hmac_sha256(key, data),
        }
    }

    fn hmac(
        &self,
        hash: HashAlgorithm,
        key: &[u8],
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, CryptoError> {
        aws_lc_rs::default_provider().hmac_provider.hmac(hash, key, data, out)
    }
}
