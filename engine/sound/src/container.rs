//! Formats whose containers and codecs are a library's alone: FLAC, AAC and ALAC in MP4, AAC, Ogg/Vorbis.

use std::io::Cursor;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, OggReader};
use symphonia::default::get_codecs;

use crate::error::DecodeError;
use crate::output::Output;

/// Packets in a row that bring no sound.
const MAX_EMPTY: u32 = 10_000;

/// Which container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Flac,
    Mp4,
    Adts,
    Ogg,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Flac => "a FLAC file",
            Self::Mp4 => "an MP4 file",
            Self::Adts => "an AAC file",
            Self::Ogg => "an Ogg file",
        }
    }

    fn open<'a>(self, file: &'a [u8]) -> Result<Box<dyn FormatReader + 'a>, Error> {
        let source = Box::new(Cursor::new(file));
        let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
        let options = FormatOptions::default();
        Ok(match self {
            Self::Flac => Box::new(FlacReader::try_new(stream, options)?),
            Self::Mp4 => Box::new(IsoMp4Reader::try_new(stream, options)?),
            Self::Adts => Box::new(AdtsReader::try_new(stream, options)?),
            Self::Ogg => Box::new(OggReader::try_new(stream, options)?),
        })
    }
}

pub(crate) fn decode(file: &[u8], kind: Kind, output: &mut Output<'_>) -> Result<(), DecodeError> {
    let damaged = |error: &Error| {
        let sentence = format!("the file is {}, but cannot be read ({error})", kind.name());
        DecodeError::damaged(sentence)
    };
    let mut reader = kind.open(file).map_err(|error| damaged(&error))?;
    let without = || {
        let sentence = format!("the file is {}, but has no sound that can be decoded", kind.name());
        DecodeError::unsupported(sentence)
    };
    let track = reader.default_track(TrackType::Audio).ok_or_else(without)?;
    let track_id = track.id;
    let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
        return Err(without());
    };
    let mut decoder = open_decoder(parameters).map_err(|_| without())?;
    let (mut samples, mut empty) = (Vec::new(), 0);
    loop {
        output.check_time()?;
        empty += 1;
        // What is cut off or damaged further on is played as far as it goes.
        let Ok(Some(packet)) = reader.next_packet() else { break };
        if empty > MAX_EMPTY {
            return Err(DecodeError::damaged("the file is damaged"));
        }
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(decoded) if decoded.frames() > 0 => {
                output.format(decoded.spec().rate(), decoded.spec().channels().count())?;
                decoded.copy_to_vec_interleaved(&mut samples);
                output.push_f32(&samples)?;
                empty = 0;
            }
            Err(Error::ResetRequired) => decoder.reset(),
            _ => {}
        }
    }
    Ok(())
}

fn open_decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
    get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
}
