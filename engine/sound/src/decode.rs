//! From a file to its samples.

use std::panic::{AssertUnwindSafe, catch_unwind};

use offhook_core::Samples;

use crate::error::DecodeError;
use crate::format::{Format, recognise};
use crate::headerless::{self, Hint};
use crate::output::{Limits, Output};
use crate::{aiff, au, container, mpeg, ogg, wav};

/// Largest file.
pub const MAX_FILE_BYTES: usize = 20_000_000;

/// Decode a whole file. What it is, its content says; `hint` helps with formats that have no header.
///
/// # Errors
/// When it cannot be played, with what it is and why.
pub fn decode(file: &[u8], hint: Hint<'_>, limits: Limits<'_>) -> Result<Samples, DecodeError> {
    if file.len() > MAX_FILE_BYTES {
        let size = file.len();
        let sentence = format!("the file must have at most {MAX_FILE_BYTES} bytes; it has {size}");
        return Err(DecodeError::too_large(sentence));
    }
    // A parser that panics fails its file, not the process.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut output = Output::new(limits);
        let (format, content) = recognise(file, hint)?;
        decode_as(format, content, &mut output)?;
        output.finish()
    }));
    attempt.unwrap_or_else(|_| Err(DecodeError::damaged("the file is damaged")))
}

fn decode_as(format: Format, file: &[u8], output: &mut Output<'_>) -> Result<(), DecodeError> {
    match format {
        Format::Wav => wav::decode(file, output),
        Format::Aiff => aiff::decode(file, output),
        Format::Au => au::decode(file, output),
        Format::Mpeg => mpeg::decode(file, output),
        Format::Ogg => ogg::decode(file, output),
        Format::Container(kind) => container::decode(file, kind, output),
        Format::Headerless(shape) => headerless::decode_headerless(file, shape, output),
    }
}
