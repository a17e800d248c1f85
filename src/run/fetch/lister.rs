//! Hands a list of addresses on to the ledger.
//!
//! Enters: the lines of a list, as they come. Leaves: stretches of listings, in the order of the list.
//! Invariant: no line waits long for others, and a bounded number of stretches is on their way.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use super::listing::{LINES, ListedAddress, Listing};
use super::note::Note;
use crate::run::READER;

/// How long a line waits for others.
const SOON: Duration = Duration::from_millis(100);

/// Reads the list to its end and hands it on; stops where nobody takes it. `turns` has room for as many stretches as may
/// be on their way; the ledger takes one out for each that it has numbered.
pub(super) fn read(
    list: impl Iterator<Item = ListedAddress> + Send + 'static,
    notes: &SyncSender<Note>,
    turns: &SyncSender<()>,
) {
    let (line, lines) = mpsc::sync_channel(LINES);
    // Left behind if it blocks after the run has ended, as on standard input.
    let reader = thread::Builder::new().name(READER.to_owned()).spawn(move || {
        for listing in list.map(Listing::of) {
            if line.send(listing).is_err() {
                return;
            }
        }
    });
    if reader.is_ok() {
        while let Ok(first) = lines.recv() {
            let stretch = stretch(first, &lines);
            if turns.send(()).is_err() || notes.send(Note::Listed(stretch)).is_err() {
                return;
            }
        }
    }
    _ = notes.send(Note::ListEnded);
}

/// The lines that come with the first one, or soon after: a list may come from a pipe that is never closed.
fn stretch(first: Listing, lines: &Receiver<Listing>) -> Vec<Listing> {
    let end = Instant::now() + SOON;
    let mut stretch = vec![first];
    while stretch.len() < LINES {
        let Ok(listing) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) else { break };
        stretch.push(listing);
    }
    stretch
}
