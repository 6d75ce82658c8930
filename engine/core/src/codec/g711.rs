//! G.711 (ITU-T G.711, 11/88): eight bits a sample on a curve, mu-law or A-law.

/// Which curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// PCMU (RFC 3551 §4.5.14): North America and Japan.
    Mu,
    /// PCMA (RFC 3551 §4.5.14): elsewhere.
    A,
}

/// What is added before the logarithm in mu-law, in 16-bit units.
const MU_BIAS: u16 = 132;
/// The largest magnitude of mu-law.
const MU_CLIP: u16 = 32_635;

static MU_DECODE: [i16; 256] = decode_table(Law::Mu);
static A_DECODE: [i16; 256] = decode_table(Law::A);
static MU_TO_A: [u8; 256] = translate_table(Law::Mu, Law::A);
static A_TO_MU: [u8; 256] = translate_table(Law::A, Law::Mu);

impl Law {
    /// The octet nearest to a sample.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => encode_mu(sample),
            Self::A => encode_a(sample),
        }
    }

    /// The sample an octet stands for.
    pub fn decode(self, octet: u8) -> i16 {
        let table = match self {
            Self::Mu => &MU_DECODE,
            Self::A => &A_DECODE,
        };
        table.get(usize::from(octet)).copied().unwrap_or(0)
    }

    /// Append the octets of `samples`.
    pub fn encode_into(self, samples: &[i16], octets: &mut Vec<u8>) {
        octets.extend(samples.iter().map(|sample| self.encode(*sample)));
    }

    /// Append the samples of `octets`.
    pub fn decode_into(self, octets: &[u8], samples: &mut Vec<i16>) {
        samples.extend(octets.iter().map(|octet| self.decode(*octet)));
    }

    /// Translate octets of this law into the other law, in place.
    pub fn translate(self, octets: &mut [u8]) {
        let table = match self {
            Self::Mu => &MU_TO_A,
            Self::A => &A_TO_MU,
        };
        for octet in octets {
            *octet = table.get(usize::from(*octet)).copied().unwrap_or(*octet);
        }
    }
}

const fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs();
    let magnitude = if magnitude > MU_CLIP { MU_CLIP } else { magnitude } + MU_BIAS;
    // The bias puts the leading one at bit 7 to 14: eight segments.
    let segment = 8 - magnitude.leading_zeros() as u8;
    let step = (magnitude >> (segment + 3)) as u8 & 0x0f;
    !(sign | segment << 4 | step)
}

const fn decode_mu(octet: u8) -> i16 {
    let octet = !octet;
    let magnitude = ((octet as i16 & 0x0f) << 3) + MU_BIAS as i16;
    let magnitude = (magnitude << (octet >> 4 & 7)) - MU_BIAS as i16;
    if octet & 0x80 != 0 { -magnitude } else { magnitude }
}

const fn encode_a(sample: i16) -> u8 {
    // One's complement for negatives, twelve bits of magnitude (G.711 table 1a).
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let magnitude = magnitude as u16 >> 4;
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 12 - magnitude.leading_zeros() as u8;
        (segment << 4) + ((magnitude >> (segment - 1)) as u8 & 0x0f)
    };
    (sign | code) ^ 0x55
}

const fn decode_a(octet: u8) -> i16 {
    let octet = octet ^ 0x55;
    let (segment, step) = (octet >> 4 & 7, (octet & 0x0f) as i16);
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 264) << (segment - 1),
    };
    if octet & 0x80 != 0 { magnitude } else { -magnitude }
}

const fn decode_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        #[allow(clippy::indexing_slicing, reason = "in range, and checked when it is compiled")]
        {
            table[octet] = match law {
                Law::Mu => decode_mu(octet as u8),
                Law::A => decode_a(octet as u8),
            };
        }
        octet += 1;
    }
    table
}

const fn translate_table(from: Law, to: Law) -> [u8; 256] {
    let samples = decode_table(from);
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        #[allow(clippy::indexing_slicing, reason = "in range, and checked when it is compiled")]
        {
            table[octet] = to.encode(samples[octet]);
        }
        octet += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_are_those_of_the_recommendation() {
        // G.711 tables 1 and 2 in 16-bit units: 4032 * 8 for A-law, 8031 * 4 for mu-law.
        assert_eq!((Law::A.decode(0xaa), Law::A.decode(0x2a)), (32_256, -32_256));
        assert_eq!((Law::Mu.decode(0x80), Law::Mu.decode(0x00)), (32_124, -32_124));
        assert_eq!((Law::A.decode(0xd5), Law::A.decode(0x55)), (8, -8));
        assert_eq!((Law::Mu.decode(0xff), Law::Mu.decode(0x7f)), (0, 0));
        for law in [Law::Mu, Law::A] {
            assert_eq!(law.decode(law.encode(i16::MAX)), law.decode(law.encode(32_000)));
            assert_eq!(law.decode(law.encode(i16::MIN)), -law.decode(law.encode(i16::MAX)));
        }
        assert_eq!((Law::Mu.encode(0), Law::A.encode(0), Law::A.encode(-1)), (0xff, 0xd5, 0x55));
    }

    #[test]
    fn every_octet_round_trips_and_samples_are_half_a_step_off() {
        for law in [Law::Mu, Law::A] {
            for octet in 0..=255 {
                let again = law.encode(law.decode(octet));
                // mu-law has two zeros.
                assert!(again == octet || law == Law::Mu && octet == 0x7f && again == 0xff);
            }
            for sample in i16::MIN..=i16::MAX {
                let chosen = law.decode(law.encode(sample));
                let off = i32::from(sample).abs_diff(i32::from(chosen));
                // Half a step: a 32nd of where the segment begins, 8 at least.
                let allowed = ((u32::from(sample.unsigned_abs()) + 132) / 32).max(8);
                assert!(off <= allowed, "{law:?} {sample}: {chosen}");
            }
        }
    }

    #[test]
    fn translation_is_decoding_and_encoding() {
        let mut octets: Vec<u8> = (0..=255).collect();
        Law::Mu.translate(&mut octets);
        let plain: Vec<u8> = (0..=255).map(|octet| Law::A.encode(Law::Mu.decode(octet))).collect();
        assert_eq!(octets, plain);
        Law::A.translate(&mut octets);
        let far = (0..=255_u8).zip(&octets).filter(|(before, after)| {
            let (before, after) = (Law::Mu.decode(*before), Law::Mu.decode(**after));
            (i32::from(before) - i32::from(after)).abs() > i32::from(before).abs() / 16 + 16
        });
        assert_eq!(far.count(), 0);
    }
}
