//! The sixteen DTMF keys, and strings of them with pauses.

use std::fmt;
use std::time::Duration;

/// Longest string of digits.
const MAX_TONES: usize = 256;

/// A key, by its event number (RFC 4733 §3.2): 0 to 9, 10 `*`, 11 `#`, 12 to 15 A to D.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u8);

/// How long to wait between keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pause(pub Duration);

/// One part of a string of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DtmfTone {
    /// Press that key.
    Press(Key),
    /// Wait.
    Wait(Pause),
}

/// A string that cannot be sent as digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTones(String);

const ALPHABET: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Key {
    /// The key of an event number; events beyond 15 are no keys.
    pub const fn from_event(event: u8) -> Option<Self> {
        if event < 16 { Some(Self(event)) } else { None }
    }

    /// The key with that character, letters in any case.
    pub fn from_char(digit: char) -> Option<Self> {
        let digit = digit.to_ascii_uppercase();
        ALPHABET.iter().position(|known| *known == digit).map(|event| Self(event as u8))
    }

    /// Its event number.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// Its character: `0-9 * # A-D`.
    pub fn character(self) -> char {
        ALPHABET.get(usize::from(self.0)).copied().unwrap_or('?')
    }
}

/// Read a string of digits: `0-9 * # A-D` are keys, `w` waits 0.5 s, `W` 1 s.
///
/// # Errors
/// When it is empty, longer than 256, or holds anything else.
pub fn parse_tones(digits: &str) -> Result<Vec<DtmfTone>, InvalidTones> {
    let count = digits.chars().count();
    if count == 0 || count > MAX_TONES {
        let sentence = format!("digits must be 1 to {MAX_TONES} characters, not {count}");
        return Err(InvalidTones(sentence));
    }
    let tone = |(at, digit): (usize, char)| match digit {
        'w' => Ok(DtmfTone::Wait(Pause(Duration::from_millis(500)))),
        'W' => Ok(DtmfTone::Wait(Pause(Duration::from_secs(1)))),
        // The character itself may be personal; its place is enough to find it.
        _ => Key::from_char(digit).map(DtmfTone::Press).ok_or_else(|| {
            InvalidTones(format!("digits must be 0-9, *, #, A-D, w or W, not character {}", at + 1))
        }),
    };
    digits.chars().enumerate().map(tone).collect()
}

impl fmt::Display for InvalidTones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidTones {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_number_and_character() {
        for event in 0..16 {
            let key = Key::from_event(event).unwrap();
            assert_eq!(Key::from_char(key.character()), Some(key));
            assert_eq!(key.event(), event);
        }
        assert_eq!((Key::from_event(16), Key::from_char('E')), (None, None));
        assert_eq!(Key::from_char('#').map(Key::event), Some(11));
    }

    #[test]
    fn strings_are_read_whole_or_not_at_all() {
        let half = DtmfTone::Wait(Pause(Duration::from_millis(500)));
        let one = DtmfTone::Press(Key::from_char('1').unwrap());
        assert_eq!(parse_tones("1w1"), Ok(vec![one, half, one]));
        let sentence = parse_tones("12x").unwrap_err().to_string();
        assert_eq!(sentence, "digits must be 0-9, *, #, A-D, w or W, not character 3");
        assert!(parse_tones("").is_err() && parse_tones(&"1".repeat(257)).is_err());
    }
}
