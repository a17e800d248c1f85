//! Words with the service manager that started the program, if one did.
//!
//! Enters: what happens to the run. Leaves: messages on the socket that `NOTIFY_SOCKET` names, as `sd_notify(3)` has them.
//! Invariant: without such a socket nothing is said, and a manager that does not listen never disturbs the run.

use std::sync::atomic::{AtomicBool, Ordering};

/// The service manager.
#[derive(Debug, Default)]
pub(super) struct Service {
    is_ready: AtomicBool,
}

impl Service {
    /// The run is well: the first time it is ready, and each time the watchdog is told.
    pub(super) fn alive(&self, sources: usize, queued: u64) {
        let status = format!("{sources} sources, {queued} addresses to fetch");
        if self.is_ready.swap(true, Ordering::Relaxed) {
            say(&Word::Alive(&status));
        } else {
            say(&Word::Ready(&status));
        }
    }

    /// The configuration is being read again; [`Service::alive`] ends it.
    pub(super) fn reloading(&self) {
        self.is_ready.store(false, Ordering::Relaxed);
        say(&Word::Reloading);
    }

    /// The reload was refused; all is as before.
    pub(super) fn refused(&self) {
        self.is_ready.store(true, Ordering::Relaxed);
        say(&Word::Ready("the configuration has mistakes; the old one is in effect"));
    }

    /// The run ends.
    #[allow(clippy::unused_self, reason = "all that is said goes through the service")]
    pub(super) fn stopping(&self) {
        say(&Word::Stopping);
    }
}

enum Word<'a> {
    Ready(&'a str),
    Alive(&'a str),
    Reloading,
    Stopping,
}

#[cfg(unix)]
fn say(word: &Word<'_>) {
    use sd_notify::NotifyState;

    let words = match word {
        Word::Ready(status) => vec![NotifyState::Ready, NotifyState::Watchdog, NotifyState::Status(status)],
        Word::Alive(status) => vec![NotifyState::Watchdog, NotifyState::Status(status)],
        // The manager asks for the moment, so that it can tell this reload from others.
        Word::Reloading => {
            [NotifyState::Reloading].into_iter().chain(NotifyState::monotonic_usec_now()).collect()
        }
        Word::Stopping => vec![NotifyState::Stopping],
    };
    // A manager that is gone ends the program by its own means.
    _ = sd_notify::notify(&words);
}

#[cfg(not(unix))]
fn say(word: &Word<'_>) {
    let (Word::Ready(_) | Word::Alive(_) | Word::Reloading | Word::Stopping) = word;
}
