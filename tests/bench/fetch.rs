//! The engine beside a bare HTTP loop: `cargo bench --bench fetch [-- speed|memory]`.
//!
//! Enters: nginx and the release program. Leaves: a table of pages a second and CPU seconds for a bare loop of reqwest that
//! stores each answer, and for `tinsach fetch`; and the memory of a fetch with a million addresses in its queue.
//! Invariant: all traffic stays on loopback, whose addresses stand for hosts (127.x.y.z), so no name is looked up.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench talks, and stops at surprises"
)]

#[path = "fetch/bare.rs"]
mod bare;
#[path = "fetch/nginx.rs"]
mod nginx;
#[path = "fetch/program.rs"]
mod program;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use nginx::Nginx;
use program::Ran;

/// Pages of a speed run, and the hosts they lie on.
const PAGES: usize = 2_000;
const HOSTS: usize = 200;

/// Requests at once, in the bare loop and in the program.
const AT_ONCE: usize = 64;

/// Rounds of the speed run; the table tells the medians.
const ROUNDS: usize = 5;

/// Addresses and hosts of the memory run, and how long it is watched.
const QUEUED: usize = 1_000_000;
const QUEUED_HOSTS: usize = 100_000;
const WATCHED: Duration = Duration::from_mins(1);

fn main() {
    let Some(nginx) = Nginx::start() else {
        return println!("skipped: nginx is not here (Debian: apt-get install nginx-light)");
    };
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    if asked.as_deref() != Some("memory") {
        speed(&nginx);
    }
    if asked.as_deref() != Some("speed") {
        memory(&nginx);
    }
}

fn speed(nginx: &Nginx) {
    println!(
        "{PAGES} pages of {:.0} kB over {HOSTS} hosts, {AT_ONCE} at once, medians of {ROUNDS} rounds",
        nginx.page_bytes() as f64 / 1e3
    );
    println!("{:<44}{:>9}{:>7}{:>9}{:>9}", "", "pages/s", "ratio", "CPU s", "peak MB");
    for gzip in [false, true] {
        let list = nginx.folder().join("urls.txt");
        std::fs::write(&list, urls(nginx.port(gzip), PAGES, HOSTS)).unwrap();
        let coding = if gzip { "gzip" } else { "plain" };
        let ways: [(&str, &dyn Fn() -> Ran); 3] = [
            ("bare loop that stores", &|| bare::run(&list, AT_ONCE, gzip)),
            ("tinsach fetch --archive-only", &|| program::fetch(nginx, &list, AT_ONCE, true)),
            ("tinsach fetch", &|| program::fetch(nginx, &list, AT_ONCE, false)),
        ];
        let mut runs: Vec<Vec<Ran>> = vec![Vec::new(); ways.len()];
        for _ in 0..ROUNDS {
            for (runs, (_, way)) in runs.iter_mut().zip(&ways) {
                runs.push(way());
            }
        }
        let bare = median(&runs[0], |ran| ran.pages_per_second);
        for ((name, _), runs) in ways.iter().zip(&runs) {
            let rate = median(runs, |ran| ran.pages_per_second);
            println!(
                "{:<44}{rate:>9.0}{:>7.2}{:>9.2}{:>9.0}",
                format!("{name}, {coding}"),
                rate / bare,
                median(runs, |ran| ran.cpu_seconds),
                median(runs, |ran| ran.peak_mb),
            );
        }
    }
}

fn memory(nginx: &Nginx) {
    let list = nginx.folder().join("many.txt");
    std::fs::write(&list, urls(nginx.port(false), QUEUED, QUEUED_HOSTS)).unwrap();
    println!("{QUEUED} addresses over {QUEUED_HOSTS} hosts, watched for {} s", WATCHED.as_secs());
    println!("{:>8}{:>9}{:>12}", "seconds", "MB", "rows");
    program::watch(&list, AT_ONCE, WATCHED, |seconds, mb, rows| println!("{seconds:>8}{mb:>9.0}{rows:>12}"));
}

/// Addresses of that many pages: the hosts take turns.
fn urls(port: u16, pages: usize, hosts: usize) -> String {
    (0..pages).fold(String::new(), |mut list, page| {
        let host = page % hosts;
        _ = writeln!(list, "http://127.1.{}.{}:{port}/{page:07}.html", host / 250, host % 250 + 1);
        list
    })
}

fn median(runs: &[Ran], of: impl Fn(&Ran) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU seconds of a process and its threads so far, user and system; Linux only.
fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in ticks of which there are 100 a second.
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// A line of `/proc/PID/status`, in MB.
fn status_mb(process: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().nth(1).or(line.split_whitespace().next()))
        .and_then(|kb| kb.trim_start_matches(':').parse::<f64>().ok())
        .map_or(0.0, |kb| kb / 1e3)
}

/// Whether a program can be started.
fn is_here(program: &str, argument: &str) -> bool {
    std::process::Command::new(program).arg(argument).output().is_ok()
}

/// A folder that is made anew.
fn fresh(path: &Path) {
    _ = std::fs::remove_dir_all(path);
    std::fs::create_dir_all(path).unwrap();
}
