//! Signal processing: level, spectrum, tones, resampling.

mod level;
mod resample;
mod spectrum;
mod tone;

pub use level::{amplify, dbov};
pub use resample::Resampler;
pub use spectrum::{purity_db, tone_db};
pub use tone::Oscillator;
