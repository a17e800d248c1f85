//! Words with the service manager that started the program, if one did.
//!
//! Enters: what happens to the run. Leaves: messages on the socket that `NOTIFY_SOCKET` names, as `sd_notify(3)` has them.
//! Invariant: without such a socket nothing is said, and a manager that does not listen never disturbs the run.

#[cfg(unix)]
use std::ffi::OsStr;
#[cfg(unix)]
use std::io;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
#[cfg(target_os = "linux")]
use std::os::unix::net::SocketAddr;
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
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
    let words = match word {
        Word::Ready(status) => format!("READY=1\nWATCHDOG=1\nSTATUS={status}\n"),
        Word::Alive(status) => format!("WATCHDOG=1\nSTATUS={status}\n"),
        // The manager asks for the moment, so that it can tell this reload from others.
        Word::Reloading => {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
            let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
            format!("RELOADING=1\nMONOTONIC_USEC={micros}\n")
        }
        Word::Stopping => "STOPPING=1\n".to_owned(),
    };
    if let Some(name) = std::env::var_os("NOTIFY_SOCKET") {
        // A manager that is gone ends the program by its own means.
        _ = send(&name, words.as_bytes());
    }
}

/// Sends a message to a socket; a name that begins with `@` is one of Linux' abstract ones.
#[cfg(unix)]
fn send(name: &OsStr, message: &[u8]) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    // A manager whose queue is full does not hold up the run.
    socket.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_encoded_bytes().strip_prefix(b"@") {
        let address = SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(message, &address).map(drop);
    }
    socket.send_to(message, name).map(drop)
}

#[cfg(not(unix))]
fn say(word: &Word<'_>) {
    let (Word::Ready(_) | Word::Alive(_) | Word::Reloading | Word::Stopping) = word;
}
