//! The frontier at scale: `cargo bench --bench frontier [-- COUNT/HOSTS …]`, by default 100000/1000 and 10000000/100000.
//!
//! Enters: made-up addresses, in an order that has nothing to do with their keys or hosts. Leaves: a table with a column
//! for each size: addresses listed, seen again, and settled in a second, memory, bytes on disk, and the time to start.
//! Invariant: each size has a process and a database of its own, and batches have the size that a fetch gives them.
//!
//! Rates are those of the database: an address's canonical form and key cost the same whatever is known.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench talks, and stops at surprises"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use tinsach::state::{self, Batch, Candidate, Finding, Frontier, Listed, Outcome, Position, Stage, State};

/// Addresses that a crawl lists at once, and visits that it settles at once.
const LISTED: u64 = 5_000;
const SETTLED: u64 = 512;

/// Sites that a fetch asks for at once when it starts.
const SITES: u32 = 1_000;

/// Addresses that are looked for again, and visits that are settled, at most.
const AGAIN: u64 = 200_000;

/// What is measured of one size, in the order of the table.
const ROWS: [&str; 11] = [
    "listed a second, first tenth",
    "listed a second, last tenth",
    "listed a second, all",
    "seen again a second, known",
    "listed a second, host by host",
    "settled a second",
    "peak memory, MB",
    "bytes on disk for an address",
    "bytes of the address itself",
    "start, milliseconds",
    "all sites named, milliseconds",
];

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [only, sizes] = &arguments[..]
        && only == "only"
    {
        return measure(sizes);
    }
    let sizes = if arguments.is_empty() {
        vec!["100000/1000".to_owned(), "10000000/100000".to_owned()]
    } else {
        arguments
    };
    let columns: Vec<Vec<f64>> = sizes.iter().map(|size| apart(size)).collect();
    print!("{:38}", "addresses/hosts");
    for size in &sizes {
        print!("{size:>18}");
    }
    println!();
    for (at, row) in ROWS.iter().enumerate() {
        print!("{row:38}");
        for column in &columns {
            print!("{:>18.1}", column[at]);
        }
        println!();
    }
}

/// Measures one size in a process of its own.
fn apart(size: &str) -> Vec<f64> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["only", size])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{size}: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers.len(), ROWS.len(), "{text}");
    numbers
}

fn measure(size: &str) {
    let (count, hosts) = size.split_once('/').unwrap();
    let (count, hosts): (u64, u64) = (count.parse().unwrap(), hosts.parse().unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/frontier").join(size.replace('/', "-"));
    // Left by a run that was broken off.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("state.db");
    let mut state = State::open(&path).unwrap();
    let tenths: Vec<f64> = (0..10)
        .map(|tenth| {
            list(&mut state, (count * tenth / 10, count * (tenth + 1) / 10), |number| address(number, hosts))
        })
        .collect();
    let rate = |seconds: f64, count: u64| count as f64 / seconds;
    let mut numbers =
        vec![rate(tenths[0], count / 10), rate(tenths[9], count / 10), rate(tenths.iter().sum(), count)];
    let again = AGAIN.min(count);
    // In an order of their own, so that no page of the database is at hand.
    let spread = |number: u64| address(mixed(number) % count, hosts);
    numbers.push(rate(list(&mut state, (0, again), spread), again));
    // As a feed gives them: one host after the other.
    let by_host = |number: u64| of_host(count + number, mixed(number / 50) % hosts);
    numbers.push(rate(list(&mut state, (0, again), by_host), again));
    numbers.push(rate(settle(&mut state, again), again));
    let text: u64 = (0..1_000).map(|number| address(number, hosts).url.len() as u64).sum();
    drop(state);
    let bytes = fs::metadata(&path).unwrap().len();
    let (start, all) = start(&path);
    numbers.extend([peak(), bytes as f64 / (count + again) as f64, text as f64 / 1e3, start, all]);
    println!("{}", numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" "));
    fs::remove_dir_all(&folder).unwrap();
}

/// Seconds for listing the addresses of these numbers.
fn list(state: &mut State, (from, to): (u64, u64), of: impl Fn(u64) -> Candidate) -> f64 {
    let mut seconds = 0.0;
    let no_outcome = |_: usize, number: u64| Outcome::settled(number);
    let mut at = from;
    while at < to {
        let candidates: Vec<Candidate> = (at..to.min(at + LISTED)).map(&of).collect();
        let started = Instant::now();
        let listed = state.list(&candidates, u64::MAX, &no_outcome).unwrap();
        seconds += started.elapsed().as_secs_f64();
        assert!(!listed.iter().any(|listed| matches!(listed, Listed::Numbered { .. })));
        at += LISTED;
    }
    seconds
}

/// Seconds for settling visits in the order of their numbers.
fn settle(state: &mut State, count: u64) -> f64 {
    let started = Instant::now();
    for from in (1..=count).step_by(usize::try_from(SETTLED).unwrap()) {
        let last = count.min(from + SETTLED - 1);
        let visited = (from..=last).map(|number| (number, Stage::Done)).collect();
        let position = Position { settled_urls: last, ..Position::default() };
        state.commit(&Batch { visited, ..Batch::default() }, 1, &position).unwrap();
    }
    started.elapsed().as_secs_f64()
}

/// Milliseconds from nothing to the first sites and their first addresses, and to the names of all sites.
fn start(path: &Path) -> (f64, f64) {
    let started = Instant::now();
    state::check(path).unwrap();
    let _state = State::open(path).unwrap();
    let frontier = Frontier::open(path).unwrap();
    let mut sites = frontier.queued_sites(0, SITES).unwrap();
    let first = sites.first().unwrap();
    assert!(!frontier.queued(first.id, (0, u64::MAX), 64).unwrap().is_empty());
    let until_first = started.elapsed();
    while let Some(last) = sites.last() {
        sites = frontier.queued_sites(last.id, SITES).unwrap();
    }
    (until_first.as_secs_f64() * 1e3, started.elapsed().as_secs_f64() * 1e3)
}

/// The address of a number, on any host.
fn address(number: u64, hosts: u64) -> Candidate {
    of_host(number, mixed(number ^ 0xa5a5) % hosts)
}

/// The address of a number on a host, with a path as papers have them. Its key begins with bits of its site, as the keys
/// of a fetch do.
fn of_host(number: u64, host: u64) -> Candidate {
    let site = format!("bao-{host:06}.example.vn");
    let url = format!("https://www.{site}/thoi-su/mua-gat-som-o-xa-dong-nam-nay-duoc-mua-{number:08}.html");
    let finding = Some(Finding { source: 1, at: 1_790_000_000, stated: Some(1_780_000_000), revises: false });
    let key = (mixed(host) << 48 | mixed(number) >> 16).cast_signed();
    Candidate { url, key, given_key: mixed(!number).cast_signed(), site: Some(site), finding }
}

/// One to one, and without order (splitmix64, Steele, Lea and Flood 2014).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The greatest resident size of this process until here, in MB; Linux only.
fn peak() -> f64 {
    let status = fs::read_to_string(PathBuf::from("/proc/self/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<f64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.unwrap_or(f64::NAN) / 1e3
}
