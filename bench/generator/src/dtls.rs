//! A party's DTLS: a library that is not the engine's own, so that each checks the other, and one that can be
//! told which SRTP profile to offer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use rtc_crypto::providers::AwsLcRsProvider;
use rtc_crypto::{HashAlgorithm, RTCCryptoProvider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_shared::TransportProtocol;

use crate::Failure;
use crate::srtp::{Keys, Profile};

/// What all parties of a process have in common: one certificate, one profile.
pub(crate) struct Settings {
    client: Arc<HandshakeConfig>,
    server: Arc<HandshakeConfig>,
    /// SHA-256 of the certificate, as SDP has it (RFC 8122 §5).
    pub(crate) fingerprint: String,
    pub(crate) profile: Profile,
}

/// One association.
pub(crate) struct Dtls {
    endpoint: Endpoint,
    remote: SocketAddr,
    client: bool,
}

impl Settings {
    pub(crate) fn new(profile: Profile) -> Result<Self, Failure> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::default());
        let certificate =
            Certificate::generate_self_signed(vec!["party".to_owned()], provider.crypto())?;
        let der = certificate.certificate.first().ok_or("there is no certificate")?;
        let digest = provider.crypto().hash(HashAlgorithm::Sha256, der)?;
        let octets: Vec<_> = digest.iter().map(|octet| format!("{octet:02X}")).collect();
        let build = |is_client: bool| {
            ConfigBuilder::default()
                .with_crypto_provider(Arc::clone(&provider))
                .with_certificates(vec![certificate.clone()])
                .with_srtp_protection_profiles(vec![profile.offered()])
                .with_extended_master_secret(ExtendedMasterSecretType::Require)
                .with_client_auth(ClientAuthType::RequireAnyClientCert)
                // Who the engine is, this generator knows: it started it.
                .with_insecure_skip_verify(true)
                .with_server_name("engine".to_owned())
                .build(is_client, None)
        };
        let (client, server) = (Arc::new(build(true)?), Arc::new(build(false)?));
        Ok(Self { client, server, fingerprint: octets.join(":"), profile })
    }
}

impl Dtls {
    /// An association with the engine at `remote`; a client's first flight is ready to be sent.
    pub(crate) fn new(
        settings: &Settings,
        local: SocketAddr,
        remote: SocketAddr,
        client: bool,
        now: Instant,
    ) -> Result<Self, Failure> {
        let server = (!client).then(|| Arc::clone(&settings.server));
        let mut endpoint = Endpoint::new(local, TransportProtocol::UDP, server);
        if client {
            endpoint.connect(now, remote, Arc::clone(&settings.client), None)?;
        }
        Ok(Self { endpoint, remote, client })
    }

    /// A datagram came. Returns the keys when the handshake is complete.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        datagram: &[u8],
        profile: Profile,
    ) -> Result<Option<Keys>, Failure> {
        let events = self.endpoint.read(now, self.remote, None, BytesMut::from(datagram))?;
        if !events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
            return Ok(None);
        }
        let state = self.endpoint.get_connection_state(self.remote).ok_or("there is no state")?;
        if state.srtp_protection_profile() != profile.offered() {
            return Err("the engine chose an SRTP profile that was not offered".into());
        }
        // RFC 5764 §4.2.
        let label = "EXTRACTOR-dtls_srtp";
        let material = state.export_keying_material(label, &[], profile.material())?;
        let keys = profile.keys(material.as_ref(), self.client);
        Ok(Some(keys.ok_or("the keys are too short")?))
    }

    /// Time has passed: flights may have to be sent again.
    pub(crate) fn timeout(&mut self, now: Instant) -> Result<(), Failure> {
        if self.endpoint.get_connection_state(self.remote).is_some() {
            self.endpoint.handle_timeout(self.remote, now)?;
        }
        Ok(())
    }

    /// The next datagram to send.
    pub(crate) fn poll(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message)
    }
}
