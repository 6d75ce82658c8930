//! WAV files that grow: PCM of 16 bits (Multimedia Programming Interface 1.0), and RF64 beyond 4 GiB
//! (EBU Tech 3306 §3).

/// Octets in front of the samples, the same for a WAV and an RF64 file.
pub const WAV_HEADER_BYTES: usize = 80;

/// A chunk of that length is kept free where RF64 needs its `ds64` (EBU Tech 3306 §3.5).
const DS64_BYTES: u32 = 28;
const SAMPLE_BYTES: u32 = 2;

/// The header of a file with `channels` channels at `rate_hz` and `data_bytes` octets of samples behind it.
///
/// Write it once before the samples and again over itself as the file grows: at any moment it states what is
/// there. A file whose length does not fit 32 bits becomes RF64, with the lengths in `ds64`.
pub fn wav_header(rate_hz: u32, channels: u16, data_bytes: u64) -> [u8; WAV_HEADER_BYTES] {
    let riff_bytes = data_bytes + WAV_HEADER_BYTES as u64 - 8;
    let frame_bytes = u32::from(channels) * SAMPLE_BYTES;
    let fits = u32::try_from(riff_bytes).is_ok_and(|length| length < u32::MAX);
    let mut header = Header::default();
    if fits {
        header.put(b"RIFF");
        header.put(&(riff_bytes as u32).to_le_bytes());
        header.put(b"WAVEJUNK");
        header.put(&DS64_BYTES.to_le_bytes());
        header.put(&[0; DS64_BYTES as usize]);
    } else {
        header.put(b"RF64");
        header.put(&u32::MAX.to_le_bytes());
        header.put(b"WAVEds64");
        header.put(&DS64_BYTES.to_le_bytes());
        header.put(&riff_bytes.to_le_bytes());
        header.put(&data_bytes.to_le_bytes());
        header.put(&(data_bytes / u64::from(frame_bytes.max(1))).to_le_bytes());
        // No table of other chunks with long lengths.
        header.put(&[0; 4]);
    }
    header.put(b"fmt ");
    header.put(&16_u32.to_le_bytes());
    // WAVE_FORMAT_PCM.
    header.put(&1_u16.to_le_bytes());
    header.put(&channels.to_le_bytes());
    header.put(&rate_hz.to_le_bytes());
    header.put(&(rate_hz * frame_bytes).to_le_bytes());
    header.put(&(frame_bytes as u16).to_le_bytes());
    header.put(&(SAMPLE_BYTES as u16 * 8).to_le_bytes());
    header.put(b"data");
    header.put(&(if fits { data_bytes as u32 } else { u32::MAX }).to_le_bytes());
    header.octets
}

struct Header {
    octets: [u8; WAV_HEADER_BYTES],
    length: usize,
}

impl Default for Header {
    fn default() -> Self {
        Self { octets: [0; WAV_HEADER_BYTES], length: 0 }
    }
}

impl Header {
    fn put(&mut self, octets: &[u8]) {
        let end = self.length + octets.len();
        if let Some(free) = self.octets.get_mut(self.length..end) {
            free.copy_from_slice(octets);
        }
        self.length = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(header: &[u8], at: usize) -> u64 {
        u64::from(u32::from_le_bytes(header[at..at + 4].try_into().unwrap()))
    }

    #[test]
    fn a_header_states_what_is_behind_it() {
        let header = wav_header(8_000, 2, 32_000);
        assert_eq!(
            (&header[..4], &header[8..12], &header[12..16]),
            (&b"RIFF"[..], &b"WAVE"[..], &b"JUNK"[..])
        );
        assert_eq!(number(&header, 4), 32_000 + 72);
        assert_eq!((&header[48..52], &header[72..76]), (&b"fmt "[..], &b"data"[..]));
        assert_eq!(number(&header, 76), 32_000);
        // Octets a second, then octets a frame and bits a sample.
        assert_eq!((number(&header, 64), number(&header, 68)), (32_000, 16 << 16 | 4));
    }

    #[test]
    fn a_file_whose_length_does_not_fit_becomes_rf64() {
        let most = u64::from(u32::MAX) - 73;
        assert_eq!(&wav_header(8_000, 1, most)[..4], b"RIFF");
        let header = wav_header(8_000, 1, most + 1);
        assert_eq!((&header[..4], &header[12..16]), (&b"RF64"[..], &b"ds64"[..]));
        assert_eq!((number(&header, 4), number(&header, 76)), (0xffff_ffff, 0xffff_ffff));
        assert_eq!(u64::from_le_bytes(header[28..36].try_into().unwrap()), most + 1);
        assert_eq!(u64::from_le_bytes(header[36..44].try_into().unwrap()), most.div_ceil(2));
    }
}
