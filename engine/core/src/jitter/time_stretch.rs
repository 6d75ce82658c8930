//! Makes audio shorter or longer by about one pitch period, by overlap-add, so that no click is heard.

/// Periods between 400 Hz and 66 Hz.
const SHORTEST_PER_S: usize = 400;
const LONGEST_PER_S: usize = 66;
/// The search runs at this rate and is refined at the signal's own.
const COARSE_HZ: usize = 8_000;
/// Samples that are compared: 10 ms.
const WINDOW_PER_S: usize = 100;

/// How much alike two parts must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Similarity {
    /// A period is certain: voice that goes on unchanged.
    Periodic,
    /// The most alike, whatever they are: background noise, or delay that cannot wait.
    Best,
}

/// Normalised cross-correlation that shows a period.
const PERIODIC: f32 = 0.6;

/// Remove one period of `queue`, at most `most` samples, and leave at least `keep`. Returns how many samples are gone.
pub fn shrink(
    queue: &mut Vec<i16>,
    most: usize,
    keep: usize,
    rate_hz: usize,
    wanted: Similarity,
) -> usize {
    let window = rate_hz / WINDOW_PER_S;
    let longest = queue.len().saturating_sub(keep.max(window)).min(most);
    let found = best_lag(longest.min(queue.len() / 2), rate_hz, wanted, |lag| {
        Some((queue.get(..window)?, queue.get(lag..lag + window)?))
    });
    let Some(lag) = found else { return 0 };
    let (head, tail) = queue.split_at_mut(lag);
    for (n, (old, new)) in head.iter_mut().zip(tail).enumerate() {
        *old = mix(*old, *new, n, lag);
    }
    queue.drain(lag..2 * lag);
    lag
}

/// Insert one period before `queue`, which continues `history`. Returns how many samples were added.
pub fn grow(history: &[i16], queue: &mut Vec<i16>, rate_hz: usize, wanted: Similarity) -> usize {
    let window = (rate_hz / WINDOW_PER_S).min(queue.len());
    let before = |lag: usize| history.len().checked_sub(lag);
    let longest = queue.len().min(history.len()).min(rate_hz / LONGEST_PER_S);
    let found = best_lag(longest, rate_hz, wanted, |lag| {
        // What follows the earlier period is the later part of the history, then the queue.
        let earlier = history.get(before(lag)?..)?;
        let window = window.min(lag);
        Some((queue.get(..window)?, earlier.get(..window)?))
    });
    let Some(lag) = found else { return 0 };
    let earlier = before(lag).and_then(|at| history.get(at..)).unwrap_or_default();
    let added: Vec<i16> = queue
        .iter()
        .zip(earlier)
        .enumerate()
        .map(|(n, (now, past))| mix(*now, *past, n, lag))
        .collect();
    queue.splice(..0, added);
    lag
}

/// From `old` to `new` in `total` steps.
fn mix(old: i16, new: i16, step: usize, total: usize) -> i16 {
    let (weight, total) = (step as i32 + 1, total as i32 + 1);
    ((i32::from(old) * (total - weight) + i32::from(new) * weight) / total) as i16
}

/// The lag whose pair of parts is most alike, up to `longest`; `None` if none is alike enough.
fn best_lag<'a>(
    longest: usize,
    rate_hz: usize,
    wanted: Similarity,
    parts: impl Fn(usize) -> Option<(&'a [i16], &'a [i16])>,
) -> Option<usize> {
    let shortest = rate_hz / SHORTEST_PER_S;
    let longest = longest.min(rate_hz / LONGEST_PER_S);
    let step = (rate_hz / COARSE_HZ).max(1);
    let alike = |lag: usize, step: usize| {
        let (a, b) = parts(lag)?;
        Some((lag, correlation(a, b, step)))
    };
    let better = |a: &(usize, f32), b: &(usize, f32)| a.1.total_cmp(&b.1);
    let coarse = (shortest..=longest).step_by(step).filter_map(|lag| alike(lag, step));
    let (lag, _) = coarse.max_by(better)?;
    let around = lag.saturating_sub(step).max(shortest)..=(lag + step).min(longest);
    let (lag, likeness) = around.filter_map(|lag| alike(lag, 1)).max_by(better)?;
    (wanted == Similarity::Best || likeness >= PERIODIC).then_some(lag)
}

/// Normalised cross-correlation of every `step`th sample, -1 to 1.
fn correlation(a: &[i16], b: &[i16], step: usize) -> f32 {
    let (mut product, mut energy_a, mut energy_b) = (0.0_f32, 1.0_f32, 1.0_f32);
    for (a, b) in a.iter().zip(b).step_by(step) {
        let (a, b) = (f32::from(*a), f32::from(*b));
        product += a * b;
        energy_a += a * a;
        energy_b += b * b;
    }
    product / (energy_a * energy_b).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: usize = 16_000;

    fn voice(from: usize, length: usize) -> Vec<i16> {
        let wave = |n: usize, hz: f32| (n as f32 * hz * std::f32::consts::TAU / RATE as f32).sin();
        (from..from + length)
            .map(|n| (6_000.0 * wave(n, 160.0) + 3_000.0 * wave(n, 480.0)) as i16)
            .collect()
    }

    /// The largest change of slope: what makes a click.
    fn roughness(samples: &[i16]) -> i32 {
        let bend = |w: &[i16]| i32::from(w[0]) - 2 * i32::from(w[1]) + i32::from(w[2]);
        samples.windows(3).map(|w| bend(w).abs()).max().unwrap()
    }

    #[test]
    fn a_period_is_removed_or_added_without_a_click() {
        let smooth = roughness(&voice(0, 2_000));
        let mut queue = voice(0, 800);
        let gone = shrink(&mut queue, 400, 320, RATE, Similarity::Periodic);
        assert_eq!((gone % 100, queue.len()), (0, 800 - gone));
        assert!(gone > 0 && roughness(&queue) <= smooth + 40, "{}", roughness(&queue));
        let history = voice(0, 640);
        let mut queue = voice(640, 320);
        let added = grow(&history, &mut queue, RATE, Similarity::Periodic);
        assert_eq!((added % 100, queue.len()), (0, 320 + added));
        let whole = [history, queue].concat();
        assert!(added > 0 && roughness(&whole) <= smooth + 40, "{}", roughness(&whole));
    }

    #[test]
    fn noise_has_no_period_but_can_be_shortened_where_that_must_be() {
        let mut seed = 1_u32;
        let noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 20) as i16 - 2_048
        };
        let mut queue: Vec<i16> = std::iter::repeat_with(noise).take(800).collect();
        assert_eq!(shrink(&mut queue, 400, 320, RATE, Similarity::Periodic), 0);
        let gone = shrink(&mut queue, 400, 320, RATE, Similarity::Best);
        assert!((RATE / SHORTEST_PER_S..=RATE / LONGEST_PER_S).contains(&gone));
    }

    #[test]
    fn what_is_too_short_stays() {
        let mut queue = voice(0, 330);
        assert_eq!(shrink(&mut queue, 400, 320, RATE, Similarity::Best), 0);
        assert_eq!(shrink(&mut queue, 0, 0, RATE, Similarity::Best), 0);
        assert_eq!(grow(&[], &mut queue, RATE, Similarity::Best), 0);
        assert_eq!(queue, voice(0, 330));
    }
}
