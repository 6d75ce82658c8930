//! Datagrams over a stream: two bytes of length before each (RFC 4571).

use std::collections::VecDeque;

use crate::batch::LONGEST;

/// Bytes of length before each frame.
const PREFIX: usize = 2;

/// A frame was announced that is longer than anything a call needs; the stream cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong;

/// Cuts a stream into frames, whatever pieces it comes in. Holds one frame at most.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    partial: Vec<u8>,
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
            let wanted = self.wanted()?;
            let (taken, rest) = piece.split_at(piece.len().min(wanted - self.partial.len()));
            self.partial.extend_from_slice(taken);
            piece = rest;
            if self.partial.len() == self.wanted()? && self.partial.len() >= PREFIX {
                // An empty frame is legal and says nothing (RFC 4571 §2).
                if let Some(whole) = self.partial.get_mut(PREFIX..)
                    && !whole.is_empty()
                {
                    frame(whole);
                }
                self.partial.clear();
            }
        }
        Ok(())
    }

    /// How many bytes the next frame has, prefix and all, as far as is known.
    fn wanted(&self) -> Result<usize, Overlong> {
        let Some(prefix) = self.partial.first_chunk() else { return Ok(PREFIX) };
        let length = usize::from(u16::from_be_bytes(*prefix));
        if length <= LONGEST { Ok(PREFIX + length) } else { Err(Overlong) }
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
    pub(crate) fn push(&mut self, frame: &[u8]) -> bool {
        let Ok(length) = u16::try_from(frame.len()) else { return false };
        if frame.len() > LONGEST || self.bytes.len() + PREFIX + frame.len() > self.most {
            return false;
        }
        self.bytes.extend(length.to_be_bytes());
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
    fn a_frame_longer_than_any_datagram_ends_the_stream() {
        let prefix = (LONGEST as u16 + 1).to_be_bytes();
        assert_eq!(frames(&[&prefix, &[0]]), Err(Overlong));
        assert_eq!(frames(&[&prefix]), Err(Overlong));
    }

    #[test]
    fn a_full_queue_takes_no_part_of_a_frame() {
        let mut queue = Queue::new(8);
        assert!(queue.push(&[1, 2, 3]));
        assert!(!queue.push(&[4, 5]));
        assert!(queue.push(&[4]));
        assert_eq!(queue.front(), [0, 3, 1, 2, 3, 0, 1, 4]);
        queue.written(5);
        assert!(queue.push(&[4, 5, 6]));
        assert!(!queue.push(&vec![0; LONGEST + 1]));
    }
}
