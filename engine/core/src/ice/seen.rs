//! Transactions of checks that were accepted, so that a captured one has no effect when sent again.

use is::stun::TransId;

/// Transactions that are remembered. Browsers send about 50 while they connect, then one every
/// 2.5 s: more than four minutes. An older check that comes again can be answered, and moves
/// nothing: see [`LiteAgent`](super::lite::LiteAgent).
const MOST: usize = 128;

/// The latest transactions of one peer, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Seen {
    latest: Vec<TransId>,
    /// The oldest, once there are [`MOST`].
    next: usize,
}

impl Seen {
    /// Whether that transaction is new. It is not from then on.
    pub(super) fn is_new(&mut self, transaction: TransId) -> bool {
        if self.latest.contains(&transaction) {
            return false;
        }
        if self.latest.len() < MOST {
            self.latest.push(transaction);
        } else if let Some(oldest) = self.latest.get_mut(self.next) {
            *oldest = transaction;
            self.next = (self.next + 1) % MOST;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_new_once_and_memory_is_bounded() {
        let all: Vec<_> = (0..500).map(|_| TransId::new()).collect();
        let mut seen = Seen::default();
        for transaction in &all {
            assert!(seen.is_new(*transaction));
            assert!(!seen.is_new(*transaction));
            assert!(seen.latest.len() <= MOST);
        }
        // Each of the latest is still known, and asking for it makes no room.
        for transaction in &all[500 - MOST..] {
            assert!(!seen.is_new(*transaction));
        }
        assert!(seen.is_new(all[0]));
    }
}
