//! Finds voice by its level over the background, which is tracked by its minima.

/// Frames of 20 ms in one part of the window: 0.2 s.
const PART: u32 = 10;
/// Parts: 1.6 s. A voice is softer between syllables more often than that; a steady tone never is.
const PARTS: usize = 8;
/// Voice stands out by this much, and is at least this loud.
const ABOVE_DB: f32 = 9.0;
const LEAST_DBOV: f32 = -55.0;
/// The background is not taken as softer.
const LOWEST_DBOV: f32 = -75.0;
/// Frames for which voice is reported after it was found: 200 ms.
const HANG: u32 = 10;

/// Voice activity of one stream.
#[derive(Debug, Clone)]
pub struct Vad {
    minima: [f32; PARTS],
    part: usize,
    frames: u32,
    hang: u32,
}

impl Vad {
    /// No background known: it is taken as soft.
    pub const fn new() -> Self {
        Self { minima: [LOWEST_DBOV; PARTS], part: 0, frames: 0, hang: 0 }
    }

    /// The level of the next frame of 20 ms. Returns whether it is voice, or follows closely on voice.
    pub fn update(&mut self, level_dbov: f32) -> bool {
        let level = level_dbov.max(LOWEST_DBOV);
        if self.frames == 0 {
            self.part = (self.part + 1) % PARTS;
        }
        if let Some(minimum) = self.minima.get_mut(self.part) {
            *minimum = if self.frames == 0 { level } else { minimum.min(level) };
        }
        self.frames = (self.frames + 1) % PART;
        if level >= LEAST_DBOV && level > self.floor_dbov() + ABOVE_DB {
            self.hang = HANG;
        } else {
            self.hang = self.hang.saturating_sub(1);
        }
        self.is_voice()
    }

    /// What the last frame was.
    pub fn is_voice(&self) -> bool {
        self.hang > 0
    }

    /// The stream pauses: no voice follows on the last one.
    pub fn pause(&mut self) {
        self.hang = 0;
    }

    /// Level of the background in dBov.
    pub fn floor_dbov(&self) -> f32 {
        self.minima.iter().copied().fold(0.0, f32::min)
    }
}

impl Default for Vad {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 500 frames after the first 100 are voice.
    fn voiced(level: impl Fn(u32) -> f32) -> usize {
        let mut vad = Vad::new();
        let found: Vec<bool> = (0..600).map(|n| vad.update(level(n))).collect();
        found[100..].iter().filter(|voice| **voice).count()
    }

    #[test]
    fn syllables_are_voice_over_a_soft_and_a_loud_background() {
        for background in [-80.0, -60.0, -40.0] {
            let syllables = |n: u32| if n % 12 < 8 { -25.0 } else { background };
            assert!(voiced(syllables) > 490);
        }
    }

    #[test]
    fn background_and_steady_tones_are_not() {
        assert_eq!(voiced(|n| -40.0 + (n % 3) as f32), 0);
        assert_eq!(voiced(|_| -15.0), 0);
        assert_eq!(voiced(|n| if n % 12 < 8 { -58.0 } else { -90.0 }), 0);
    }

    #[test]
    fn voice_ends_shortly_after_its_last_syllable() {
        let mut vad = Vad::new();
        let voiced = (0..50).filter(|n| vad.update(if *n < 40 { -70.0 } else { -20.0 })).count();
        assert_eq!(voiced, 10);
        let after = (0..50).filter(|_| vad.update(-70.0)).count();
        assert_eq!(after, HANG as usize - 1);
        assert!((vad.floor_dbov() + 70.0).abs() < 0.1);
    }
}
