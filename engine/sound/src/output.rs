//! Collects decoded samples: one channel, one rate, never more than the limits allow.

use offhook_core::Samples;
use offhook_core::dsp::Resampler;

use crate::error::DecodeError;

/// Longest sound, in seconds.
pub const MAX_SECONDS: u32 = 30 * 60;
/// A sound that would take too much memory at its own rate is kept at this one. Half an hour of it
/// takes 57.6 MB.
const LONG_SOUND_HZ: u32 = 16_000;
const MIN_HZ: u32 = 4_000;
const MAX_HZ: u32 = 48_000;
const MAX_SOURCE_HZ: u32 = 192_000;
const MAX_CHANNELS: usize = 8;
/// Changes of rate within one file. Each builds a filter.
const MAX_CHANGES: u32 = 1_000;

/// How much a file may take.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Highest rate that is kept, 8,000 to 48,000 Hz.
    pub most_hz: u32,
    /// Most bytes of decoded sound. What is longer than fits is kept at 16,000 Hz.
    pub most_bytes: usize,
    /// Longest sound, in seconds.
    pub most_seconds: u32,
    /// Asked again and again while a file is decoded: false ends it, because it took too much
    /// computation.
    pub go_on: &'a dyn Fn() -> bool,
}

impl Default for Limits<'_> {
    fn default() -> Self {
        Self { most_hz: MAX_HZ, most_bytes: 64_000_000, most_seconds: MAX_SECONDS, go_on: &|| true }
    }
}

impl std::fmt::Debug for Limits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("most_bytes", &self.most_bytes).finish_non_exhaustive()
    }
}

/// Where a decoder puts what it decodes.
pub(crate) struct Output<'a> {
    limits: Limits<'a>,
    samples: Samples,
    /// The rate that sources are brought to: that of `samples`, unless those are reduced.
    stage_hz: u32,
    /// Of a sound that takes too much memory: from that rate to the one that is kept.
    reduction: Option<Resampler>,
    source: Option<Source>,
    changes: u32,
    mixed: Vec<i16>,
    resampled: Vec<i16>,
}

struct Source {
    rate_hz: u32,
    channels: usize,
    resampler: Option<Resampler>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(limits: Limits<'a>) -> Self {
        Self {
            limits,
            samples: Samples::new(0),
            stage_hz: 0,
            reduction: None,
            source: None,
            changes: 0,
            mixed: Vec::new(),
            resampled: Vec::new(),
        }
    }

    /// What follows has this rate and so many interleaved channels.
    pub(crate) fn format(&mut self, rate_hz: u32, channels: usize) -> Result<(), DecodeError> {
        if let Some(source) = &mut self.source
            && source.rate_hz == rate_hz
            && (1..=MAX_CHANNELS).contains(&channels)
        {
            source.channels = channels;
            return Ok(());
        }
        check_shape(rate_hz, channels)?;
        self.changes += 1;
        if self.changes > MAX_CHANGES {
            return Err(DecodeError::damaged("the file changes its sampling rate too often"));
        }
        self.flush()?;
        let wanted = rate_hz.min(self.limits.most_hz.clamp(8_000, MAX_HZ));
        if self.stage_hz == 0 {
            self.samples = Samples::new(wanted);
            self.stage_hz = wanted;
        } else if wanted > self.stage_hz && self.reduction.is_none() && self.fits(wanted) {
            // A file of joined parts: the part with the highest rate decides.
            let mut resampler = self.convert(wanted)?;
            let mut rest = Vec::new();
            resampler.finish(&mut rest);
            self.samples.extend(&rest);
            self.stage_hz = wanted;
        }
        let resampler = (self.stage_hz != rate_hz).then(|| Resampler::new(rate_hz, self.stage_hz));
        self.source = Some(Source { rate_hz, channels, resampler });
        Ok(())
    }

    /// Interleaved samples.
    pub(crate) fn push_i16(&mut self, frames: &[i16]) -> Result<(), DecodeError> {
        let Some(source) = &self.source else { return Ok(()) };
        let mut mixed = std::mem::take(&mut self.mixed);
        mixed.clear();
        match source.channels {
            1 => mixed.extend_from_slice(frames),
            2 => mixed.extend(frames.chunks_exact(2).map(|pair| {
                let sum: i32 = pair.iter().map(|side| i32::from(*side)).sum();
                (sum / 2) as i16
            })),
            channels => {
                let weights = weights(channels);
                mixed.extend(frames.chunks_exact(channels).map(|frame| {
                    let sides = frame.iter().map(|side| f32::from(*side));
                    sides.zip(weights).map(|(side, weight)| side * weight).sum::<f32>().round()
                        as i16
                }));
            }
        }
        let added = self.append(&mixed);
        self.mixed = mixed;
        added
    }

    /// Interleaved samples, 1.0 being full scale.
    pub(crate) fn push_f32(&mut self, frames: &[f32]) -> Result<(), DecodeError> {
        let Some(source) = &self.source else { return Ok(()) };
        let weights = weights(source.channels);
        let mut mixed = std::mem::take(&mut self.mixed);
        mixed.clear();
        mixed.extend(frames.chunks_exact(source.channels).map(|frame| {
            let sum: f32 = frame.iter().zip(weights).map(|(side, weight)| side * weight).sum();
            // Saturates; what is no number becomes silence.
            (sum * 32_768.0).round() as i16
        }));
        let added = self.append(&mixed);
        self.mixed = mixed;
        added
    }

    /// So many frames of silence.
    pub(crate) fn push_silence(&mut self, frames: usize) -> Result<(), DecodeError> {
        self.append(&vec![0; frames])
    }

    /// Whether the limits allow to go on.
    pub(crate) fn check_time(&self) -> Result<(), DecodeError> {
        if (self.limits.go_on)() {
            return Ok(());
        }
        Err(DecodeError::too_large("the file takes too much computation to decode"))
    }

    /// All that was collected.
    pub(crate) fn finish(mut self) -> Result<Samples, DecodeError> {
        self.flush()?;
        if let Some(mut reduction) = self.reduction.take() {
            let mut rest = Vec::new();
            reduction.finish(&mut rest);
            self.keep(&rest)?;
        }
        if self.samples.is_empty() {
            return Err(DecodeError::damaged("the file has no sound in it"));
        }
        self.samples.shrink();
        Ok(self.samples)
    }

    fn append(&mut self, mono: &[i16]) -> Result<(), DecodeError> {
        self.check_time()?;
        let Some(Source { resampler: Some(resampler), .. }) = &mut self.source else {
            return self.store(mono);
        };
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        resampler.push(mono, &mut resampled);
        let stored = self.store(&resampled);
        self.resampled = resampled;
        stored
    }

    fn flush(&mut self) -> Result<(), DecodeError> {
        let Some(mut source) = self.source.take() else { return Ok(()) };
        let Some(resampler) = &mut source.resampler else { return Ok(()) };
        let mut rest = Vec::new();
        resampler.finish(&mut rest);
        self.store(&rest)
    }

    /// Take samples at the rate of the stage.
    fn store(&mut self, samples: &[i16]) -> Result<(), DecodeError> {
        let Some(reduction) = &mut self.reduction else { return self.keep(samples) };
        let mut reduced = Vec::new();
        reduction.push(samples, &mut reduced);
        self.keep(&reduced)
    }

    /// Keep samples, at a lower rate from now on if they are too many.
    fn keep(&mut self, samples: &[i16]) -> Result<(), DecodeError> {
        let length = self.samples.len() + samples.len();
        if length as u64 > u64::from(self.limits.most_seconds) * u64::from(self.samples.rate_hz()) {
            let minutes = self.limits.most_seconds / 60;
            let sentence = format!("the sound must last at most {minutes} minutes");
            return Err(DecodeError::too_large(sentence));
        }
        if length * 2 > self.limits.most_bytes && self.samples.rate_hz() <= LONG_SOUND_HZ {
            let sentence = "the sound takes too much memory: make it shorter";
            return Err(DecodeError::too_large(sentence));
        }
        self.samples.extend(samples);
        if length * 2 > self.limits.most_bytes {
            self.reduction = Some(self.convert(LONG_SOUND_HZ)?);
        }
        Ok(())
    }

    /// Whether what is kept would fit at another rate.
    fn fits(&self, rate_hz: u32) -> bool {
        let length = self.samples.len() as u64 * u64::from(rate_hz);
        length * 2 <= self.limits.most_bytes as u64 * u64::from(self.samples.rate_hz().max(1))
    }

    /// Bring what is kept to another rate. What is still inside the resampler comes later.
    fn convert(&mut self, rate_hz: u32) -> Result<Resampler, DecodeError> {
        let old = std::mem::replace(&mut self.samples, Samples::new(rate_hz));
        let mut resampler = Resampler::new(old.rate_hz(), rate_hz);
        let mut resampled = Vec::new();
        // Block by block, so that what is converted is freed.
        for block in old.into_blocks() {
            self.check_time()?;
            resampled.clear();
            resampler.push(&block, &mut resampled);
            self.samples.extend(&resampled);
        }
        Ok(resampler)
    }
}

/// Whether sound of this shape is played at all.
pub(crate) fn check_shape(rate_hz: u32, channels: usize) -> Result<(), DecodeError> {
    if !(1..=MAX_CHANNELS).contains(&channels) {
        let sentence =
            format!("the file must have 1 to {MAX_CHANNELS} channels; it has {channels}");
        return Err(DecodeError::unsupported(sentence));
    }
    if !(MIN_HZ..=MAX_SOURCE_HZ).contains(&rate_hz) {
        let sentence = format!(
            "the file's sampling rate must be {MIN_HZ} to {MAX_SOURCE_HZ} Hz; it is {rate_hz} Hz"
        );
        return Err(DecodeError::unsupported(sentence));
    }
    Ok(())
}

/// The weight of each channel in the mix, in the order of WAVE files: front left, right, centre, low
/// frequencies, back or side pairs. As ITU-R BS.775 mixes down to two channels, and these to one.
fn weights(channels: usize) -> &'static [f32] {
    match channels {
        1 => &[1.0],
        2 => &[0.5, 0.5],
        3 => &[0.293, 0.293, 0.414],
        4 => &[0.293, 0.293, 0.207, 0.207],
        5 => &[0.207, 0.207, 0.293, 0.1465, 0.1465],
        6 => &[0.207, 0.207, 0.293, 0.0, 0.1465, 0.1465],
        7 => &[0.181, 0.181, 0.255, 0.0, 0.127, 0.128, 0.128],
        _ => &[0.16, 0.16, 0.228, 0.0, 0.113, 0.113, 0.113, 0.113],
    }
}
