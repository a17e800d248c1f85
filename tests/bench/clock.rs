//! CPU seconds of one thread.
//!
//! Enters: work. Leaves: the seconds it took. Linux tells a thread's time on a core in `/proc`, at the pace of its timer
//! (some milliseconds), so short work is repeated; elsewhere the wall clock stands in.

use std::fs;
use std::time::Instant;

/// A moment on both clocks.
pub(crate) struct Clock {
    cpu: Option<f64>,
    wall: Instant,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { cpu: cpu_seconds(), wall: Instant::now() }
    }

    /// Seconds since the start: on a core, or passed.
    pub(crate) fn seconds(&self) -> f64 {
        match (self.cpu, cpu_seconds()) {
            (Some(from), Some(to)) => to - from,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }

    pub(crate) fn describe(&self) -> &'static str {
        if self.cpu.is_some() { "CPU seconds" } else { "wall-clock seconds" }
    }
}

/// Seconds of one pass of some work, repeated until `least` seconds are over.
pub(crate) fn passes(least: f64, mut work: impl FnMut()) -> f64 {
    work();
    let clock = Clock::start();
    let mut passes = 0.0;
    loop {
        work();
        passes += 1.0;
        let seconds = clock.seconds();
        if seconds >= least {
            return seconds / passes;
        }
    }
}

/// Seconds that this thread has spent on a core.
fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
