//! The engine's DTLS identity: one certificate and one DTLS configuration for the process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dimpl::DtlsCertificate;
use dimpl::certificate::generate_self_signed_certificate;

use crate::dtls_cookie;

/// A self-signed certificate and the DTLS settings that go with it. Building the settings checks
/// every cipher once, about a millisecond: make one, share it.
pub struct Identity {
    pub(crate) certificate: DtlsCertificate,
    pub(crate) dtls: Arc<dimpl::Config>,
    /// The same for a server that requests a cookie of ours.
    pub(crate) dtls_with_cookie: Arc<dimpl::Config>,
    fingerprint: String,
}

/// The certificate or the DTLS settings could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityError(String);

impl Identity {
    /// A new ECDSA P-256 certificate. Keys come from the system's generator always; `seed` fixes
    /// what else DTLS draws, for simulations only.
    ///
    /// # Errors
    /// When the cryptographic library refuses, which means it is broken on this machine.
    pub fn generate(seed: Option<u64>) -> Result<Arc<Self>, IdentityError> {
        let certificate =
            generate_self_signed_certificate().map_err(|e| IdentityError(e.to_string()))?;
        let settings = || {
            let settings = dimpl::Config::builder()
                // RFC 6347 §4.2.4.1 says 1 s; a lost flight would be a second of silence.
                .flight_start_rto(Duration::from_millis(50))
                // `Handshake` has a limit of its own, in our time; these only bound the library.
                .flight_retries(30)
                .handshake_timeout(Duration::from_secs(30 * 24 * 3_600));
            match seed {
                Some(seed) => settings.dangerously_set_rng_seed(seed),
                None => settings,
            }
        };
        // Records are taken from ICE-validated routes only, so the source is proven already. It can be forged
        // all the same: see `dtls::server`.
        let without = settings().use_server_cookie(false);
        let with = settings().use_server_cookie(true).with_crypto_provider(dtls_cookie::provider());
        let build = |settings: dimpl::ConfigBuilder| settings.build().map(Arc::new);
        let dtls = build(without).map_err(|e| IdentityError(e.to_string()))?;
        let dtls_with_cookie = build(with).map_err(|e| IdentityError(e.to_string()))?;
        let fingerprint = certificate.fingerprint_str();
        Ok(Arc::new(Self { certificate, dtls, dtls_with_cookie, fingerprint }))
    }

    /// SHA-256 of the certificate as SDP writes it (RFC 8122 §5): `AB:CD:…`.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot make a DTLS identity: {}", self.0)
    }
}

impl std::error::Error for IdentityError {}
