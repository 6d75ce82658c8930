//! Recovery after a panic.

use std::time::Duration;

use super::lab::Lab;
use crate::{Command, Event, LegId};

#[test]
fn the_leg_handled_last_is_removed_and_its_partner_stays() {
    let mut lab = Lab::with_browsers(3);
    for n in 1..=3 {
        lab.call(n);
    }
    lab.run(Duration::from_secs(1));
    lab.command(0, Command::Bridge(LegId(1), LegId(2)));
    lab.events(0);
    // The last leg it handles; suppose that it panicked there.
    lab.command(0, Command::Mute { leg: LegId(1), muted: true });
    let engine = &mut lab.hosts[0].engine;
    assert_eq!(engine.recover_from_panic(), 1);
    assert_eq!(engine.poll_event(), Some(Event::Closed(LegId(1))));
    assert_eq!(engine.counters().legs, 2);
    let partner = engine.table.slot(LegId(2)).and_then(|slot| engine.table.get(slot));
    assert_eq!(partner.unwrap().output.partner(), None);
    // The others continue, and a command for the removed leg does no harm.
    lab.command(0, Command::Bridge(LegId(1), LegId(3)));
    lab.run(Duration::from_secs(1));
    assert_eq!(lab.hosts[0].engine.counters().legs, 2);
}
