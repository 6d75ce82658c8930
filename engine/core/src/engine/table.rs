//! All legs, found by number, by route, by user fragment and by SSRC.

use std::collections::VecDeque;

use ahash::RandomState;
use slab::Slab;

use crate::leg::Leg;
use crate::rng::Rng;
use crate::{LegId, Route};

type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// Legs that can contend for routes of others at once. Two peers with one address are rare: a NAT
/// gave one the mapping of the other, or a source is forged.
const MAX_CONTENDERS: usize = 64;

/// All legs of an engine. A slot names a leg for as long as it lives.
#[derive(Debug)]
pub(super) struct Table {
    legs: Slab<Box<Leg>>,
    by_id: HashMap<LegId, usize>,
    by_route: HashMap<Route, usize>,
    by_fragment: HashMap<String, usize>,
    /// The leg whose peer sends that stream; the first that does.
    by_ssrc: HashMap<u32, usize>,
    /// Legs whose peer was proven on a route of another leg, the latest last.
    contenders: VecDeque<(Route, usize)>,
    /// The slots borrowed last: one leg, or two together.
    touched: [Option<usize>; 2],
}

impl Table {
    pub(super) fn new(rng: &mut Rng) -> Self {
        // Peers choose their addresses: the hash is keyed so that they cannot choose collisions.
        let mut draw = || rng.next_u64();
        let state = RandomState::with_seeds(draw(), draw(), draw(), draw());
        Self {
            legs: Slab::new(),
            by_id: HashMap::with_hasher(state.clone()),
            by_route: HashMap::with_hasher(state.clone()),
            by_fragment: HashMap::with_hasher(state.clone()),
            by_ssrc: HashMap::with_hasher(state),
            contenders: VecDeque::new(),
            touched: [None; 2],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.legs.len()
    }

    pub(super) fn insert(&mut self, leg: Leg) -> usize {
        let id = leg.id;
        let slot = self.legs.insert(Box::new(leg));
        self.by_id.insert(id, slot);
        slot
    }

    /// Remove a leg and its index entries.
    pub(super) fn remove(&mut self, slot: usize) -> Option<Box<Leg>> {
        let leg = self.legs.try_remove(slot)?;
        self.by_id.remove(&leg.id);
        for route in &leg.routes {
            self.forget(*route, slot);
        }
        for fragment in &leg.fragments {
            self.by_fragment.remove(fragment);
        }
        if let Some(ssrc) = leg.ssrc.filter(|ssrc| self.by_ssrc(*ssrc) == Some(slot)) {
            self.by_ssrc.remove(&ssrc);
        }
        self.contenders.retain(|(_, contender)| *contender != slot);
        Some(leg)
    }

    /// All slots that hold a leg.
    pub(super) fn slots(&self) -> Vec<usize> {
        self.legs.iter().map(|(slot, _)| slot).collect()
    }

    pub(super) fn slot(&self, id: LegId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn by_route(&self, route: Route) -> Option<usize> {
        self.by_route.get(&route).copied()
    }

    pub(super) fn by_fragment(&self, fragment: &str) -> Option<usize> {
        self.by_fragment.get(fragment).copied()
    }

    pub(super) fn by_ssrc(&self, ssrc: u32) -> Option<usize> {
        self.by_ssrc.get(&ssrc).copied()
    }

    /// The leg's peer sends that stream from now on.
    pub(super) fn set_ssrc(&mut self, ssrc: u32, slot: usize) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        if let Some(former) = leg.ssrc.replace(ssrc)
            && self.by_ssrc(former) == Some(slot)
        {
            self.by_ssrc.remove(&former);
        }
        self.by_ssrc.entry(ssrc).or_insert(slot);
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Leg> {
        self.legs.get(slot).map(|leg| &**leg)
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut Leg> {
        self.touched = [Some(slot), None];
        self.legs.get_mut(slot).map(|leg| &mut **leg)
    }

    /// The slots that were last borrowed to be changed.
    pub(super) fn touched(&self) -> [Option<usize>; 2] {
        self.touched
    }

    /// Two different legs.
    pub(super) fn pair_mut(&mut self, a: usize, b: usize) -> Option<(&mut Leg, &mut Leg)> {
        if a == b {
            return None;
        }
        self.touched = [Some(a), Some(b)];
        self.legs.get2_mut(a, b).map(|(a, b)| (&mut **a, &mut **b))
    }

    /// Datagrams on that route are this leg's. Returns the leg that had the route before.
    pub(super) fn learn(&mut self, route: Route, slot: usize) -> Option<usize> {
        let former = self.by_route.insert(route, slot).filter(|former| *former != slot);
        self.contenders.retain(|contender| *contender != (route, slot));
        if let Some(leg) = self.get_mut(slot).filter(|leg| !leg.routes.contains(&route)) {
            leg.routes.push(route);
        }
        former
    }

    /// This leg's peer was proven on a route that is another leg's.
    pub(super) fn contend(&mut self, route: Route, slot: usize) {
        self.contenders.retain(|contender| *contender != (route, slot));
        if self.contenders.len() == MAX_CONTENDERS {
            self.contenders.pop_front();
        }
        self.contenders.push_back((route, slot));
    }

    /// The legs that contend for that route, the latest first.
    pub(super) fn contenders(&self, route: Route) -> impl Iterator<Item = usize> {
        let all = self.contenders.iter().rev().filter(move |(wanted, _)| *wanted == route);
        all.map(|(_, slot)| *slot)
    }

    pub(super) fn forget(&mut self, route: Route, slot: usize) {
        if self.by_route(route) == Some(slot) {
            self.by_route.remove(&route);
        }
        if let Some(leg) = self.get_mut(slot) {
            leg.routes.retain(|known| *known != route);
        }
    }

    /// Checks that name one of these are this leg's; no others are.
    pub(super) fn name(&mut self, slot: usize) {
        let Some(leg) = self.legs.get(slot) else { return };
        let named = &mut self.by_fragment;
        let fragments: Vec<String> = leg.transport.fragments().map(str::to_owned).collect();
        let stale = leg.fragments.iter().filter(|old| !fragments.contains(old));
        stale.for_each(|old| {
            named.remove(old);
        });
        for fragment in &fragments {
            named.insert(fragment.clone(), slot);
        }
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.fragments = fragments;
        }
    }
}
