//! What the program is asked for by signals: to stop, or to read its configuration again.
//!
//! Enters: SIGINT, SIGTERM and, where it is wanted, SIGHUP. Leaves: facts that are there whenever they are looked at.
//! Invariant: from [`Signals::listen`] on no signal is lost, whoever waits for it at that moment.

use std::io;
use std::thread;

use tokio::runtime::Builder;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Signals since the program listens.
#[derive(Debug, Clone)]
pub(super) struct Signals {
    asked: watch::Receiver<Asked>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    stops: u32,
    reloads: u32,
}

impl Signals {
    /// Listens, on a thread of its own; to SIGHUP if `reloads`. Who asks twice to stop does not want to wait for what is
    /// on its way: the program ends.
    ///
    /// # Errors
    /// Where the system grants no thread, or no signals.
    pub(super) fn listen(reloads: bool) -> io::Result<Signals> {
        let (tell, asked) = watch::channel(Asked::default());
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut streams = {
            let _inside = runtime.enter();
            Streams::open(reloads)?
        };
        thread::Builder::new().name("tinsach signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                loop {
                    let is_reload = streams.next().await;
                    tell.send_modify(|asked| if is_reload { asked.reloads += 1 } else { asked.stops += 1 });
                    if tell.borrow().stops > 1 {
                        // 128 and the number of SIGINT, as shells have it. What was committed is whole.
                        std::process::exit(130);
                    }
                }
            });
        })?;
        Ok(Signals { asked })
    }

    /// Ready when the program was asked to stop, now or before.
    pub(super) async fn stop(&self) {
        if self.asked.clone().wait_for(|asked| asked.stops > 0).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether the program was asked to stop.
    pub(super) fn is_stopped(&self) -> bool {
        self.asked.borrow().stops > 0
    }

    /// How often the program was asked to read its configuration again.
    pub(super) fn reloads(&self) -> u32 {
        self.asked.borrow().reloads
    }

    /// Ready when it was asked so more often than that.
    pub(super) async fn reload(&self, known: u32) {
        if self.asked.clone().wait_for(|asked| asked.reloads > known).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Streams {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Streams {
    fn open(reloads: bool) -> io::Result<Streams> {
        Ok(Streams {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if reloads { Some(signal(SignalKind::hangup())?) } else { None },
        })
    }

    /// Waits for a signal; whether it is the one to read the configuration again.
    async fn next(&mut self) -> bool {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => drop(hangup.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
            () = hangup => true,
        }
    }
}

#[cfg(not(unix))]
struct Streams;

#[cfg(not(unix))]
impl Streams {
    fn open(_reloads: bool) -> io::Result<Streams> {
        Ok(Streams)
    }

    async fn next(&mut self) -> bool {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        false
    }
}
