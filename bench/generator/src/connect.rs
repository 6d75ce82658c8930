//! From descriptions to keys: one ICE check that nominates at once (RFC 8445 §8.1.1, the engine is
//! lite), then DTLS.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::stun::{StunMessage, TransId};
use is::{DefaultSha1HmacProvider, Sha1HmacProvider};
use serde_json::{Value, json};

use crate::Failure;
use crate::dtls::{Dtls, Settings};
use crate::party::{Parties, Party};
use crate::socket::{Socket, address_of};

/// Between attempts to reach the engine.
const AGAIN: Duration = Duration::from_millis(200);
/// A host candidate's priority (RFC 8445 §5.1.2).
const PRIORITY: u32 = 1_845_501_695;

impl Parties {
    /// Checks and handshakes until every party has keys or the limit has passed.
    pub(crate) fn connect(&mut self, limit: Duration) -> Result<Value, Failure> {
        let begin = Instant::now();
        let waiting = self.all.iter().filter(|party| party.keys.is_none()).count();
        let mut next_check = begin;
        while begin.elapsed() < limit && self.all.iter().any(|party| party.keys.is_none()) {
            let now = Instant::now();
            if now >= next_check {
                next_check = now + AGAIN;
                self.check_and_wait(now)?;
            }
            self.take_in(now)?;
            self.socket.rest(Duration::from_millis(1));
        }
        let seconds = begin.elapsed().as_secs_f64();
        let missing = self.all.iter().filter(|party| party.keys.is_none()).count();
        let connected = waiting - missing;
        let profile = self.dtls.profile.name();
        Ok(json!({
            "connected": connected, "missing": missing, "seconds": seconds, "profiles": [profile],
        }))
    }

    /// Checks of those not reached yet, timers of those that shake hands.
    fn check_and_wait(&mut self, now: Instant) -> Result<(), Failure> {
        for (n, party) in self.all.iter_mut().enumerate() {
            if party.keys.is_none() {
                if !party.reached {
                    party.check(n, &mut self.socket)?;
                } else if let Some(dtls) = &mut party.dtls {
                    dtls.timeout(now)?;
                    party.drain(n, &mut self.socket);
                }
            }
        }
        self.socket.flush();
        Ok(())
    }

    fn take_in(&mut self, now: Instant) -> Result<(), Failure> {
        let mut arrived = Vec::new();
        while self.socket.receive(|n, bytes| arrived.push((n, bytes.to_vec()))) > 0 {}
        for (n, bytes) in arrived {
            let Some(party) = self.all.get_mut(n) else { continue };
            match bytes.first() {
                Some(0..=3) => party.receive_stun(n, &bytes, &mut self.socket)?,
                Some(20..=63) => {
                    if party.dtls.is_none() {
                        party.begin(n, &self.dtls, self.socket.port, now)?;
                    }
                    if let Some(dtls) = &mut party.dtls
                        && let Some(keys) = dtls.receive(now, &bytes, self.dtls.profile)?
                    {
                        party.keys = Some(keys);
                    }
                    party.drain(n, &mut self.socket);
                }
                _ => {}
            }
            if party.reached && party.dtls.is_none() && party.is_client() {
                party.begin(n, &self.dtls, self.socket.port, now)?;
                party.drain(n, &mut self.socket);
            }
        }
        self.socket.flush();
        Ok(())
    }
}

impl Party {
    /// Sends a check that nominates; later ones are requests for consent (RFC 7675).
    pub(crate) fn check(&self, n: usize, socket: &mut Socket) -> Result<(), Failure> {
        let Some(theirs) = &self.theirs else { return Ok(()) };
        let username = format!("{}:{}", theirs.ufrag, self.ufrag);
        let check =
            StunMessage::binding_request(&username, TransId::new(), true, n as u64, PRIORITY, true);
        let mut bytes = [0; 256];
        let length = check.to_bytes(Some(theirs.password.as_bytes()), &mut bytes, hmac)?;
        socket.send(n, theirs.address, bytes.get(..length).unwrap_or_default());
        Ok(())
    }

    /// Answers an engine's checks, for not every one is lite; notes its answers to ours.
    pub(crate) fn receive_stun(
        &mut self,
        n: usize,
        bytes: &[u8],
        socket: &mut Socket,
    ) -> Result<(), Failure> {
        let message = StunMessage::parse(bytes)?;
        if message.is_successful_binding_response() {
            self.reached = true;
        } else if message.is_binding_request()
            && let Some(remote) = self.remote()
        {
            let answer = StunMessage::binding_reply(message.trans_id(), remote);
            let mut bytes = [0; 256];
            let length = answer.to_bytes(Some(self.password.as_bytes()), &mut bytes, hmac)?;
            socket.send(n, remote, bytes.get(..length).unwrap_or_default());
        }
        Ok(())
    }

    fn begin(
        &mut self,
        n: usize,
        settings: &Settings,
        port: u16,
        now: Instant,
    ) -> Result<(), Failure> {
        let Some(remote) = self.remote() else { return Ok(()) };
        let local = SocketAddr::from((address_of(n), port));
        self.dtls = Some(Dtls::new(settings, local, remote, self.is_client(), now)?);
        Ok(())
    }

    fn drain(&mut self, n: usize, socket: &mut Socket) {
        let (Some(remote), Some(dtls)) = (self.remote(), &mut self.dtls) else { return };
        while let Some(record) = dtls.poll() {
            socket.send(n, remote, &record);
        }
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
    DefaultSha1HmacProvider.sha1_hmac(key, parts)
}
