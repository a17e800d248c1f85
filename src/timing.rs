//! When a source is due: its schedule, its turn among runs, and what it remembers between them.
//!
//! Enters: schedules as a person writes them, the clock's time in seconds since 1970, seeds. Leaves: times.
//! Zones are looked up by name in the system's database, or in the one that is built in where there is none.
//! Invariant: no clock is read here and no chance is asked; a due time is served by one finished run, however often the
//! program was stopped, killed or put to sleep in between.
//!
//! [`Schedule`] says which times are due. [`Rhythm`] adds what stretches and blurs them: jitter, back-off, adaptation.
//! [`Turn`] is the memory of one source.

mod cron;
mod day;
mod error;
mod rhythm;
mod schedule;
mod turn;

pub use day::{day, zone};
pub use error::ScheduleError;
pub use rhythm::{Bounds, Rhythm};
pub use schedule::Schedule;
pub use turn::{Begun, End, Outcome, Stopped, Turn, due, nap};
