//! Datagrams over a stream: two bytes of length before each (RFC 4571). Only plain STUN has none: its
//! messages contain their length (RFC 8489 §6.2.2).

use std::collections::VecDeque;

use crate::batch::LONGEST;

/// Bytes of length before each frame.
const PREFIX: usize = 2;
/// How a stream of plain STUN begins: a Binding request. As a length it is too short for the check that
/// an ICE stream begins with.
const BINDING_REQUEST: [u8; 2] = [0, 1];
/// Bytes of a STUN message before its attributes, and up to the end of its length.
const STUN_HEADER: usize = 20;
const STUN_LENGTH: usize = 4;

/// A frame was announced that is longer than anything a call needs; the stream cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong;

/// How a stream says where its frames end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By a prefix (RFC 4571).
    Prefixed,
    /// As STUN messages do (RFC 8489).
    Stun,
}

/// Cuts a stream into frames, whatever pieces it comes in. Holds one frame at most.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    partial: Vec<u8>,
    /// Not known before the first two bytes.
    framing: Option<Framing>,
}

impl Deframer {
    /// Takes the next piece of the stream and hands each frame that is complete to `frame`.
    ///
    /// # Errors
    /// When a frame is too long; the stream is over then.
    pub(crate) fn feed(
        &mut self,
        mut piece: &[u8],
        mut frame: impl FnMut(&mut [u8]),
    ) -> Result<(), Overlong> {
        while !piece.is_empty() {
            let (wanted, _) = self.wanted()?;
            let (taken, rest) = piece.split_at(piece.len().min(wanted - self.partial.len()));
            self.partial.extend_from_slice(taken);
            piece = rest;
            let (wanted, prefix) = self.wanted()?;
            if self.partial.len() == wanted && self.partial.len() >= PREFIX {
                // An empty frame is legal and says nothing (RFC 4571 §2).
                if let Some(whole) = self.partial.get_mut(prefix..)
                    && !whole.is_empty()
                {
                    frame(whole);
                }
                self.partial.clear();
            }
        }
        Ok(())
    }

    /// How the stream is cut, once it has begun.
    pub(crate) fn framing(&self) -> Option<Framing> {
        self.framing
    }

    /// How many bytes the next frame has, as far as is known, and how many of them are none of the
    /// datagram.
    fn wanted(&mut self) -> Result<(usize, usize), Overlong> {
        let Some(first) = self.partial.first_chunk() else { return Ok((PREFIX, PREFIX)) };
        let begun = if *first == BINDING_REQUEST { Framing::Stun } else { Framing::Prefixed };
        let length = |bytes| usize::from(u16::from_be_bytes(bytes));
        let (wanted, prefix) = match *self.framing.get_or_insert(begun) {
            Framing::Prefixed => (PREFIX + length(*first), PREFIX),
            Framing::Stun => match *self.partial {
                [_, _, l0, l1, ..] => (STUN_HEADER + length([l0, l1]), 0),
                _ => (STUN_LENGTH, 0),
            },
        };
        if wanted <= PREFIX + LONGEST { Ok((wanted, prefix)) } else { Err(Overlong) }
    }
}

/// Frames that wait for a slow reader: bounded, and full frames are dropped rather than cut.
#[derive(Debug)]
pub(crate) struct Queue {
    bytes: VecDeque<u8>,
    most: usize,
}

impl Queue {
    /// A queue that holds `most` bytes.
    pub(crate) const fn new(most: usize) -> Self {
        Self { bytes: VecDeque::new(), most }
    }

    /// Adds a frame; false, and nothing added, when there is no room.
    pub(crate) fn push(&mut self, framing: Framing, frame: &[u8]) -> bool {
        let Ok(length) = u16::try_from(frame.len()) else { return false };
        if frame.len() > LONGEST || self.bytes.len() + PREFIX + frame.len() > self.most {
            return false;
        }
        if framing == Framing::Prefixed {
            self.bytes.extend(length.to_be_bytes());
        }
        self.bytes.extend(frame);
        true
    }

    /// The bytes to write next; empty when nothing waits.
    pub(crate) fn front(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    /// The first `count` bytes were written.
    pub(crate) fn written(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, Overlong> {
        let (mut deframer, mut frames) = (Deframer::default(), vec![]);
        for piece in pieces {
            deframer.feed(piece, |frame| frames.push(frame.to_vec()))?;
        }
        Ok(frames)
    }

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let stream = [0, 3, 1, 2, 3, 0, 0, 0, 1, 9];
        let expected = Ok(vec![vec![1, 2, 3], vec![9]]);
        assert_eq!(frames(&[&stream]), expected);
        for cut in 1..stream.len() {
            let (first, second) = stream.split_at(cut);
            assert_eq!(frames(&[first, second]), expected, "cut at {cut}");
        }
        let single: Vec<_> = stream.chunks(1).collect();
        assert_eq!(frames(&single), expected);
    }

    #[test]
    fn plain_stun_comes_out_whole_however_the_stream_is_cut() {
        let request = |last| [&[0, 1, 0, 4][..], &[7; 19], &[last]].concat();
        let (first, second) = (request(1), request(2));
        let stream = [&first[..], &second].concat();
        for cut in 1..stream.len() {
            let (one, other) = stream.split_at(cut);
            assert_eq!(frames(&[one, other]), Ok(vec![first.clone(), second.clone()]), "{cut}");
        }
        let single: Vec<_> = stream.chunks(1).collect();
        assert_eq!(frames(&single), Ok(vec![first, second]));
        assert_eq!(frames(&[&[0, 1, 0xff, 0xfc]]), Err(Overlong));
    }

    #[test]
    fn how_a_stream_begins_says_how_it_goes_on() {
        let mut deframer = Deframer::default();
        let mut count = 0;
        deframer.feed(&[0, 3, 1, 2, 3, 0, 1, 9], |_| count += 1).unwrap();
        assert_eq!((deframer.framing(), count), (Some(Framing::Prefixed), 2));
        deframer = Deframer::default();
        deframer.feed(&[0, 1], |_| unreachable!()).unwrap();
        assert_eq!(deframer.framing(), Some(Framing::Stun));
    }

    #[test]
    fn a_frame_longer_than_any_datagram_ends_the_stream() {
        let prefix = (LONGEST as u16 + 1).to_be_bytes();
        assert_eq!(frames(&[&prefix, &[0]]), Err(Overlong));
        assert_eq!(frames(&[&prefix]), Err(Overlong));
    }

    #[test]
    fn a_full_queue_takes_no_part_of_a_frame() {
        let mut queue = Queue::new(8);
        assert!(queue.push(Framing::Prefixed, &[1, 2, 3]));
        assert!(!queue.push(Framing::Prefixed, &[4, 5]));
        assert!(queue.push(Framing::Prefixed, &[4]));
        assert_eq!(queue.front(), [0, 3, 1, 2, 3, 0, 1, 4]);
        queue.written(5);
        assert!(queue.push(Framing::Stun, &[4, 5, 6]));
        assert_eq!(queue.bytes, [0, 1, 4, 4, 5, 6]);
        assert!(!queue.push(Framing::Stun, &vec![0; LONGEST + 1]));
    }
}
