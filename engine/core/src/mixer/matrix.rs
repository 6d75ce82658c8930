//! Which member of a conference is heard by which: mute, deaf, hold and coaching.

use crate::{LegId, Role};

impl Role {
    /// Whether anybody hears the member.
    pub(super) const fn speaks(self) -> bool {
        !self.muted && !self.held
    }

    /// Whether the member hears others.
    pub(super) const fn hears(self) -> bool {
        !self.deaf && !self.held
    }

    /// Whether all who hear anything hear the member.
    pub(super) const fn is_public(self) -> bool {
        self.speaks() && self.coaches.is_none()
    }
}

/// Whether `listener` hears `source`.
pub(super) fn hears(listener: (LegId, Role), source: (LegId, Role)) -> bool {
    listener.0 != source.0
        && listener.1.hears()
        && source.1.speaks()
        && source.1.coaches.is_none_or(|coached| coached.is(listener.0, listener.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coached;

    const NORMAL: Role =
        Role { muted: false, deaf: false, held: false, coaches: None, agent: false };
    const A: LegId = LegId(1);
    const B: LegId = LegId(2);
    const C: LegId = LegId(3);

    #[test]
    fn members_hear_each_other_and_not_themselves() {
        assert!(hears((A, NORMAL), (B, NORMAL)));
        assert!(!hears((A, NORMAL), (A, NORMAL)));
    }

    #[test]
    fn a_muted_member_hears_and_a_deaf_one_is_heard_and_one_on_hold_is_neither() {
        let (muted, deaf, held) = (
            Role { muted: true, ..NORMAL },
            Role { deaf: true, ..NORMAL },
            Role { held: true, ..NORMAL },
        );
        assert!(hears((A, muted), (B, NORMAL)) && !hears((B, NORMAL), (A, muted)));
        assert!(!hears((A, deaf), (B, NORMAL)) && hears((B, NORMAL), (A, deaf)));
        assert!(!hears((A, held), (B, NORMAL)) && !hears((B, NORMAL), (A, held)));
    }

    #[test]
    fn a_coach_hears_all_and_is_heard_by_one() {
        let coach = Role { coaches: Some(Coached::Member(B)), ..NORMAL };
        assert!(hears((B, NORMAL), (A, coach)) && !hears((C, NORMAL), (A, coach)));
        assert!(hears((A, coach), (B, NORMAL)) && hears((A, coach), (C, NORMAL)));
        assert!(!coach.is_public() && NORMAL.is_public());
    }

    #[test]
    fn a_coach_of_agents_is_heard_by_all_of_them_and_hears_all() {
        let agent = Role { agent: true, ..NORMAL };
        let coach = Role { coaches: Some(Coached::Agents), ..NORMAL };
        assert!(hears((B, agent), (A, coach)) && !hears((C, NORMAL), (A, coach)));
        assert!(hears((A, coach), (B, agent)) && hears((A, coach), (C, NORMAL)));
        assert!(hears((C, NORMAL), (B, agent)));
    }
}
