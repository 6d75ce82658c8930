//! Which packet indices were let through (RFC 3711 §3.3.2).

/// Indices behind the highest that are remembered one by one: 2.5 s of 20 ms packets.
const LENGTH: u64 = 128;

/// The highest index let through and which of those before it were.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    highest: Option<u64>,
    /// Bit `n` says that `highest - n` was let through.
    seen: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Fresh,
    /// Seen before, or too far behind to know.
    Stale,
}

impl Window {
    pub(super) fn highest(&self) -> Option<u64> {
        self.highest
    }

    pub(super) fn judge(&self, index: u64) -> Admission {
        let Some(behind) = self.highest.and_then(|highest| highest.checked_sub(index)) else {
            return Admission::Fresh;
        };
        if behind >= LENGTH || self.seen >> behind & 1 == 1 {
            return Admission::Stale;
        }
        Admission::Fresh
    }

    pub(super) fn remember(&mut self, index: u64) {
        let highest = self.highest.unwrap_or(index);
        if let Some(behind) = highest.checked_sub(index) {
            self.seen |= 1_u128.checked_shl(behind as u32).unwrap_or(0);
            self.highest = Some(highest);
        } else {
            let ahead = index - highest;
            let shift = u32::try_from(ahead).unwrap_or(u32::MAX);
            self.seen = self.seen.checked_shl(shift).unwrap_or(0) | 1;
            self.highest = Some(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_is_fresh_once_within_the_window() {
        let mut window = Window::default();
        for index in [1_000, 1_001, 1_005, 1_003, 1_100] {
            assert_eq!(window.judge(index), Admission::Fresh, "{index}");
            window.remember(index);
            assert_eq!(window.judge(index), Admission::Stale, "{index}");
        }
        assert_eq!(window.judge(1_004), Admission::Fresh);
        assert_eq!(window.judge(1_100 - LENGTH), Admission::Stale);
        assert_eq!(window.judge(1_100 - LENGTH + 1), Admission::Fresh);
    }

    #[test]
    fn a_far_jump_forgets_what_lies_behind() {
        let mut window = Window::default();
        window.remember(7);
        window.remember(1 << 40);
        assert_eq!(window.judge(7), Admission::Stale);
        assert_eq!(window.judge((1 << 40) - 1), Admission::Fresh);
    }
}
