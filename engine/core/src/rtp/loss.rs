//! Which packets of a stream never came: counted once a packet is too late to matter.

/// Numbers this far behind the newest are given up.
const WINDOW: u64 = 64;

/// Watches the numbers of one stream. A hole is not a loss while a late packet may still fill it.
#[derive(Debug, Clone, Default)]
pub(super) struct LossWatch {
    highest: u64,
    /// Bit `i` stands for `highest - i`.
    seen: u64,
    run: u32,
    longest: u32,
    runs: u64,
    lost: u64,
}

/// What is lost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Losses {
    /// Packets.
    pub(super) lost: u64,
    /// Runs of lost packets without one that came between.
    pub(super) runs: u64,
    /// The longest run.
    pub(super) longest: u32,
}

impl LossWatch {
    /// Begin with the packet numbered `first`.
    pub(super) fn new(first: u64) -> Self {
        // What lies before the first packet was never asked for, so it counts as seen.
        Self { highest: first, seen: u64::MAX, ..Self::default() }
    }

    /// The newest number.
    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// Take note of a packet; `false` when it came before or is too old to know.
    pub(super) fn note(&mut self, number: u64) -> bool {
        if number > self.highest {
            self.advance(number - self.highest);
            self.highest = number;
            return true;
        }
        let back = self.highest - number;
        if back >= WINDOW || self.seen >> back & 1 == 1 {
            return false;
        }
        self.seen |= 1 << back;
        true
    }

    fn advance(&mut self, steps: u64) {
        for leaving in 0..steps.min(WINDOW) {
            let bit = self.seen >> (WINDOW - 1 - leaving) & 1;
            self.give_up(bit == 0);
        }
        let beyond = steps.saturating_sub(WINDOW);
        if beyond > 0 {
            self.runs += u64::from(self.run == 0);
            self.lost += beyond;
            self.run = self.run.saturating_add(beyond.min(u64::from(u32::MAX)) as u32);
            self.longest = self.longest.max(self.run);
        }
        self.seen = if steps >= WINDOW { 1 } else { self.seen << steps | 1 };
    }

    fn give_up(&mut self, missing: bool) {
        if missing {
            self.runs += u64::from(self.run == 0);
            self.lost += 1;
            self.run += 1;
            self.longest = self.longest.max(self.run);
        } else {
            self.run = 0;
        }
    }

    /// What is lost if nothing late comes any more.
    pub(super) fn losses(&self) -> Losses {
        let mut all = self.clone();
        for back in (0..WINDOW).rev() {
            all.give_up(all.seen >> back & 1 == 0);
        }
        Losses { lost: all.lost, runs: all.runs, longest: all.longest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_late_packet_fills_its_hole() {
        let mut watch = LossWatch::new(100);
        assert!(watch.note(103));
        assert_eq!(watch.losses(), Losses { lost: 2, runs: 1, longest: 2 });
        assert!(watch.note(101));
        assert!(!watch.note(101));
        assert_eq!(watch.losses(), Losses { lost: 1, runs: 1, longest: 1 });
        assert!(!watch.note(99));
    }

    proptest! {
        #[test]
        fn counts_equal_a_plain_count(kept in proptest::collection::vec(any::<bool>(), 1..400)) {
            let mut watch = LossWatch::new(0);
            let mut last = 0;
            for (number, _) in kept.iter().enumerate().filter(|(_, kept)| **kept) {
                watch.note(number as u64);
                last = number;
            }
            let seen: String = kept[..=last].iter().enumerate()
                .map(|(number, kept)| if *kept || number == 0 { ' ' } else { 'x' }).collect();
            let runs: Vec<usize> = seen.split_whitespace().map(str::len).collect();
            prop_assert_eq!(watch.losses(), Losses {
                lost: runs.iter().sum::<usize>() as u64,
                runs: runs.len() as u64,
                longest: runs.iter().copied().max().unwrap_or(0) as u32,
            });
        }
    }
}
