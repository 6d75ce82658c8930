//! The queue of datagrams to send, in one buffer that is reused.

use std::ops::Range;

use crate::{Datagram, Route};

/// Datagrams to send. Once the buffer has grown to the largest batch, writing allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct TransmitQueue {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    route: Route,
    range: Range<usize>,
    to_unverified: bool,
}

impl TransmitQueue {
    /// Append one datagram.
    pub(crate) fn push(&mut self, route: Route, datagram: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.entries.push(Entry { route, range: start..self.bytes.len(), to_unverified: false });
    }

    /// Append one datagram of at most `capacity` bytes that `write` fills. It returns the length;
    /// `None` removes the datagram.
    pub(crate) fn write(
        &mut self,
        route: Route,
        capacity: usize,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        self.fill(route, capacity, false, write)
    }

    /// The same, for a peer that is not authenticated.
    pub(crate) fn write_unverified(
        &mut self,
        route: Route,
        capacity: usize,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        self.fill(route, capacity, true, write)
    }

    fn fill(
        &mut self,
        route: Route,
        capacity: usize,
        to_unverified: bool,
        write: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> bool {
        let start = self.bytes.len();
        self.bytes.resize(start + capacity, 0);
        let buffer = self.bytes.get_mut(start..).unwrap_or_default();
        let written = write(buffer).filter(|length| *length <= capacity);
        self.bytes.truncate(start + written.unwrap_or(0));
        if written.is_some() {
            self.entries.push(Entry { route, range: start..self.bytes.len(), to_unverified });
        }
        written.is_some()
    }

    /// All datagrams, oldest first.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Datagram<'_>> {
        self.entries.iter().map(|entry| Datagram {
            route: entry.route,
            bytes: self.bytes.get(entry.range.clone()).unwrap_or_default(),
            to_unverified: entry.to_unverified,
        })
    }

    /// Remove all datagrams; the memory stays. Returns the number of datagrams and bytes.
    pub(crate) fn clear(&mut self) -> (u64, u64) {
        let was = (self.entries.len() as u64, self.bytes.len() as u64);
        self.bytes.clear();
        self.entries.clear();
        was
    }
}
