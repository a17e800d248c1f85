//! The bare loop: reqwest, so many requests at once, each body into a file of its own.
//!
//! Enters: a list of addresses. Leaves: how long it took. Invariant: it does what the program's user would write by hand:
//! no politeness, no robots files, no guard, nothing synced.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::program::Ran;
use crate::{cpu_seconds, fresh, status_mb};

/// Fetches the list and stores each body.
pub(crate) fn run(list: &Path, at_once: usize, gzip: bool) -> Ran {
    let urls: Arc<Vec<String>> =
        Arc::new(std::fs::read_to_string(list).unwrap().lines().map(str::to_owned).collect());
    let out = list.with_file_name("bare");
    fresh(&out);
    // Needed once in a process, also for plain HTTP.
    _ = rustls::crypto::ring::default_provider().install_default();
    let (began, cpu) = (Instant::now(), cpu_seconds(std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().gzip(gzip).build().unwrap();
        let next = Arc::new(AtomicUsize::new(0));
        let workers = (0..at_once).map(|_| {
            let (client, urls, next, out) =
                (client.clone(), Arc::clone(&urls), Arc::clone(&next), out.clone());
            tokio::spawn(async move {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(url) = urls.get(at) else { break };
                    let body = client.get(url).send().await.unwrap().bytes().await.unwrap();
                    std::fs::write(out.join(format!("{at}.html")), body).unwrap();
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    Ran {
        pages_per_second: urls.len() as f64 / seconds,
        cpu_seconds: cpu_seconds(std::process::id()) - cpu,
        peak_mb: status_mb(std::process::id(), "VmHWM"),
    }
}
