//! Statistics of the audio levels in a peer's packets (RFC 6464).

use crate::LevelReport;
use crate::negotiation::LevelFormat;
use crate::rtp::AudioLevel;

/// The levels of all packets that had one.
#[derive(Debug, Default)]
pub(super) struct LevelMeter {
    last: Option<AudioLevel>,
    packets: u64,
    /// Of all packets, in -dBov.
    sum: u64,
    voice_packets: u64,
}

impl LevelMeter {
    /// Record an authentic audio packet. Returns its level, if one was negotiated and it has one:
    /// without negotiation, this is one comparison and the packet is not read.
    pub(super) fn record(
        &mut self,
        format: Option<LevelFormat>,
        plain: &[u8],
    ) -> Option<AudioLevel> {
        let LevelFormat { id, vad, .. } = format.filter(|format| format.direction.receives())?;
        let level = AudioLevel::read(plain, id)?;
        // RFC 6464 §4: the V bit is ignored where it is not in use.
        let level = if vad { level } else { level.without_vad() };
        self.last = Some(level);
        self.packets += 1;
        self.sum += u64::from(level.minus_dbov());
        self.voice_packets += u64::from(level.is_voice());
        Some(level)
    }

    /// The statistics, once a packet had a level.
    pub(super) fn report(&self) -> Option<LevelReport> {
        let last = self.last?;
        Some(LevelReport {
            last_dbov: -f32::from(last.minus_dbov()),
            mean_dbov: -(self.sum as f32 / self.packets.max(1) as f32),
            is_voice: last.is_voice(),
            voice_packets: self.voice_packets,
        })
    }
}
