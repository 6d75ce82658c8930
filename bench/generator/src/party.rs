//! The simulated parties, and what each has learned of the engine.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use crate::Failure;
use crate::dtls::{Dtls, Settings};
use crate::gaps::Gaps;
use crate::key::Key;
use crate::rtp::Arrived;
use crate::scene::{dbov, silent_share};
use crate::sdp::{self, Kind, Own, Setup, Theirs};
use crate::socket::{Socket, address_of};
use crate::speech::Codec;
use crate::srtp::{Described, Keys, Profile};
use crate::timeline::{ReceivedFrames, SentFrames};

/// Parties of one process: their addresses are 127.1.0.0 to 127.1.255.255.
const MOST: usize = 65_536;

/// One simulated browser.
pub(crate) struct Party {
    pub(crate) codec: Codec,
    pub(crate) setup: Setup,
    pub(crate) ufrag: String,
    pub(crate) password: String,
    pub(crate) ssrc: u32,
    pub(crate) theirs: Option<Theirs>,
    /// The engine answered our check.
    pub(crate) reached: bool,
    pub(crate) dtls: Option<Dtls>,
    pub(crate) keys: Option<Keys>,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) sent: u64,
    /// Which of 16 consecutive packets that arrive carries the moment it was sent.
    pub(crate) marked: Option<u64>,
    pub(crate) sent_frames: SentFrames,
    pub(crate) received_frames: ReceivedFrames,
    pub(crate) gaps: Gaps,
    /// All that arrives, where that is asked for.
    pub(crate) record: Option<Vec<Arrived>>,
    /// Whether its packets say how loud they are.
    pub(crate) announces_level: bool,
    /// When it sent the packets that a burst begins with.
    pub(crate) onsets: Vec<u64>,
    /// A key that it presses.
    pub(crate) key: Option<Key>,
    /// Its own SRTP key and salt, where keys are not agreed on by DTLS.
    pub(crate) described_key: Option<Described>,
}

/// All parties and their socket.
pub(crate) struct Parties {
    pub(crate) all: Vec<Party>,
    pub(crate) socket: Socket,
    pub(crate) dtls: Settings,
}

impl Parties {
    pub(crate) fn new(profile: Profile) -> Result<Self, Failure> {
        Ok(Self { all: Vec::new(), socket: Socket::new()?, dtls: Settings::new(profile)? })
    }

    /// New parties; their descriptions.
    pub(crate) fn add(&mut self, count: usize, kind: Kind) -> Result<Vec<String>, Failure> {
        if self.all.len() + count > MOST {
            return Err(io::Error::other(format!("there can be {MOST} parties at most")).into());
        }
        let first = self.all.len();
        self.all.extend((first..first + count).map(|n| Party::new(n, kind)));
        let describe = |(n, party): (usize, &Party)| {
            sdp::write(&Own {
                ip: address_of(n),
                port: self.socket.port,
                kind,
                key: party.described_key.as_ref(),
                ufrag: &party.ufrag,
                password: &party.password,
                fingerprint: &self.dtls.fingerprint,
                ssrc: party.ssrc,
            })
        };
        Ok(self.all.iter().enumerate().skip(first).map(describe).collect())
    }

    /// Assigns the engine's descriptions to the parties that have none yet, in order.
    pub(crate) fn accept(&mut self, descriptions: &[&str]) -> Result<(), Failure> {
        let waiting = self.all.iter_mut().filter(|party| party.theirs.is_none());
        for (party, description) in waiting.zip(descriptions) {
            let unusable =
                || io::Error::other(format!("cannot use this description:\n{description}"));
            let theirs = sdp::read(description).ok_or_else(unusable)?;
            if let Some(ours) = &party.described_key {
                let key = theirs.key.as_ref().ok_or_else(unusable)?;
                party.keys = Some(self.dtls.profile.described(ours, key).ok_or_else(unusable)?);
                party.reached = true;
            }
            party.theirs = Some(theirs);
        }
        Ok(())
    }

    /// The level of what those parties recorded, in dBov, and the largest share of silent frames.
    pub(crate) fn sound_of(
        &mut self,
        listen: &[usize],
    ) -> Result<(BTreeMap<String, f64>, f64), Failure> {
        let (mut levels, mut silent) = (BTreeMap::new(), 0.0_f64);
        for n in listen {
            let Some(Party { record, codec, .. }) = self.all.get_mut(*n) else { continue };
            let samples = codec.decode(&record.take().unwrap_or_default())?;
            levels.insert(n.to_string(), (dbov(&samples) * 10.0).round() / 10.0);
            silent = silent.max(silent_share(&samples));
        }
        Ok((levels, silent))
    }
}

impl Party {
    fn new(n: usize, kind: Kind) -> Self {
        let Kind { codec, setup, level, .. } = kind;
        Self {
            codec,
            setup,
            ufrag: format!("party{n:05}"),
            password: format!("passwordOfParty{n:08}"),
            ssrc: 0x1000_0000 + n as u32,
            theirs: None,
            reached: false,
            dtls: None,
            keys: None,
            sequence: (n * 7) as u16,
            timestamp: n as u32,
            sent: 0,
            marked: None,
            sent_frames: SentFrames::new(),
            received_frames: ReceivedFrames::default(),
            gaps: Gaps::default(),
            record: None,
            announces_level: level,
            onsets: Vec::new(),
            key: None,
            described_key: kind.described_keys.then(|| Described::of(n)),
        }
    }

    pub(crate) fn remote(&self) -> Option<SocketAddr> {
        self.theirs.as_ref().map(|theirs| theirs.address)
    }

    /// Whether we begin the DTLS handshake.
    pub(crate) fn is_client(&self) -> bool {
        self.setup == Setup::Active || self.theirs.as_ref().is_some_and(|theirs| !theirs.active)
    }
}
