//! Measures one thing beside its peer: both in turns, so that whatever else the machine does hits both alike.

use std::alloc::System;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Turns of which the middle one counts.
const TURNS: usize = 15;
/// About how long one turn of one side takes.
const TURN: Duration = Duration::from_millis(60);

/// What one call costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// The middle of the turns, in microseconds.
    pub(crate) micros: f64,
    /// Allocations of the whole process.
    pub(crate) allocations: f64,
}

/// The costs of several ways to do one thing, the first of which is the peer, and of each way the middle of its ratios to the peer.
pub(crate) struct Compared {
    pub(crate) costs: Vec<Cost>,
    pub(crate) ratios: Vec<f64>,
}

/// Something that is done `n` times.
pub(crate) type Work<'a> = &'a mut dyn FnMut(u64);

/// Does each of the ways in turns.
pub(crate) fn compare(ways: &mut [Work<'_>]) -> Compared {
    let counts: Vec<u64> = ways.iter_mut().map(calls_in_a_turn).collect();
    let mut times = vec![Vec::new(); ways.len()];
    let mut allocations = vec![0.0; ways.len()];
    for turn in 0..TURNS {
        for at in 0..ways.len() {
            // The order changes, so that nobody always comes after the same one.
            let at = (at + turn) % ways.len();
            let region = Region::new(ALLOCATOR);
            let started = Instant::now();
            ways[at](counts[at]);
            let calls = counts[at] as f64;
            times[at].push(started.elapsed().as_secs_f64() * 1e6 / calls);
            allocations[at] = region.change().allocations as f64 / calls;
        }
    }
    let ratios = times
        .iter()
        .map(|of| middle(of.iter().zip(&times[0]).map(|(time, peer)| time / peer).collect()))
        .collect();
    let costs = times.into_iter().zip(allocations);
    Compared {
        costs: costs.map(|(times, allocations)| Cost { micros: middle(times), allocations }).collect(),
        ratios,
    }
}

fn calls_in_a_turn(way: &mut Work<'_>) -> u64 {
    let mut calls = 1;
    loop {
        let started = Instant::now();
        way(calls);
        let took = started.elapsed();
        if took * 4 >= TURN {
            return (calls as f64 * TURN.as_secs_f64() / took.as_secs_f64()).ceil() as u64;
        }
        calls *= 2;
    }
}

/// The middle of some figures.
pub(crate) fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
