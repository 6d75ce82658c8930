//! Packets out of Ogg pages (RFC 3533 §6), searched in bounded steps.

/// How much of a file one step may search for a page.
const MAX_SEARCH: usize = 64 * 1_024;
/// No packet of sound is longer (RFC 7845 §6); tags with artwork are cut here.
const MAX_PACKET: usize = 61_440;
const HEAD: usize = 27;

/// A position in a file of pages.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    /// Where the next page may be.
    at: usize,
    serial: Option<u32>,
    page: Page,
    packet: Vec<u8>,
    /// The packet goes on in the next page.
    open: bool,
    /// It was read whole, and the next one begins from nothing.
    taken: bool,
    last_granule: Option<u64>,
    /// A page that was not the first of its stream was read.
    began: bool,
    /// Where another stream begins behind this one.
    next_link: Option<usize>,
}

/// A page that is being read.
#[derive(Debug, Clone, Default)]
struct Page {
    /// Lengths of its segments, the next one last.
    lacing: Vec<u8>,
    /// Where the next segment begins.
    body: usize,
}

/// What one step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageEvent {
    /// [`Pages::packet`] is whole.
    Packet,
    /// Nothing yet.
    Searching,
    /// No more pages.
    End,
}

impl Pages {
    /// Read on to the next packet, at most a page or 64 KiB of search further.
    pub(super) fn next(&mut self, file: &[u8]) -> PageEvent {
        if self.taken {
            self.packet.clear();
            self.taken = false;
        }
        while let Some(length) = self.page.lacing.pop() {
            let end = self.page.body + usize::from(length);
            let segment = file.get(self.page.body..end).unwrap_or_default();
            self.page.body = end;
            if self.packet.len() + segment.len() <= MAX_PACKET {
                self.packet.extend_from_slice(segment);
            }
            // A segment of less than 255 octets ends its packet.
            self.open = length == 255;
            if !self.open {
                self.taken = true;
                return PageEvent::Packet;
            }
        }
        self.turn_page(file)
    }

    /// The stream behind this one, once this one has come to its end.
    pub(super) fn next_link(&self) -> Option<Self> {
        self.next_link.map(|at| Self { at, ..Self::default() })
    }

    /// The packet that [`next`](Self::next) found.
    pub(super) fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// The position of the end of the stream, once its last page is being read.
    pub(super) fn last_granule(&self) -> Option<u64> {
        self.last_granule
    }

    fn turn_page(&mut self, file: &[u8]) -> PageEvent {
        let rest = file.get(self.at..).unwrap_or_default();
        if rest.len() < HEAD || self.next_link.is_some() {
            return PageEvent::End;
        }
        let Some(skipped) = rest.windows(4).take(MAX_SEARCH).position(|four| four == b"OggS")
        else {
            self.at += MAX_SEARCH;
            return PageEvent::Searching;
        };
        self.at += skipped;
        if self.read_page(file.get(self.at..).unwrap_or_default()).is_none() {
            // Not a page after all, or one that is cut off.
            self.at += 4;
        }
        PageEvent::Searching
    }

    fn read_page(&mut self, rest: &[u8]) -> Option<()> {
        let head = rest.first_chunk::<HEAD>()?;
        let [_, _, _, _, version, flags, g @ .., count] = *head;
        let (granule, g) = g.split_first_chunk::<8>()?;
        let (serial, g) = g.split_first_chunk::<4>()?;
        let (_, g) = g.split_first_chunk::<4>()?;
        let (checksum, _) = g.split_first_chunk::<4>()?;
        let lacing = rest.get(HEAD..HEAD + usize::from(count))?;
        let length = HEAD + lacing.len() + lacing.iter().map(|l| usize::from(*l)).sum::<usize>();
        let page = rest.get(..length).filter(|_| version == 0)?;
        if crc(page) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (start, serial) = (self.at + HEAD + lacing.len(), u32::from_le_bytes(*serial));
        // Streams side by side all begin before the first of them goes on; one that begins later
        // follows (RFC 3533 §4), perhaps under the same number.
        if flags & 2 != 0 && self.began {
            self.next_link = Some(self.at);
            return Some(());
        }
        self.began |= flags & 2 == 0;
        self.at += length;
        if *self.serial.get_or_insert(serial) != serial {
            // Another stream of the file: stepped over.
            return Some(());
        }
        if flags & 4 != 0 {
            self.last_granule = Some(u64::from_le_bytes(*granule));
        }
        self.page = Page { lacing: lacing.iter().rev().copied().collect(), body: start };
        if self.open != (flags & 1 != 0) {
            self.resync(flags & 1 != 0);
        }
        Some(())
    }

    /// A page is missing in between: the packet that was open is lost, and so is the rest of the one
    /// that goes on here.
    fn resync(&mut self, goes_on: bool) {
        self.packet.clear();
        self.open = false;
        while goes_on && let Some(length) = self.page.lacing.pop() {
            self.page.body += usize::from(length);
            if length < 255 {
                break;
            }
        }
    }
}

/// RFC 3533 §6: polynomial 0x04c11db7, no reflection, with the checksum's own place as zeros.
fn crc(page: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    page.iter().enumerate().fold(0, |crc, (at, octet)| {
        let octet = if (22..26).contains(&at) { 0 } else { *octet };
        let index = usize::from((crc >> 24) as u8 ^ octet);
        crc << 8 ^ TABLE.get(index).copied().unwrap_or(0)
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut value = (octet as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            value = value << 1 ^ if value & 0x8000_0000 == 0 { 0 } else { 0x04c1_1db7 };
            bit += 1;
        }
        #[allow(clippy::indexing_slicing, reason = "in range, and checked when it is compiled")]
        {
            table[octet] = value;
        }
        octet += 1;
    }
    table
}
