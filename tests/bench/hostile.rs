//! The program against a hostile server: `cargo bench --bench hostile [-- FILTER]`.
//!
//! Enters: `hostile/hostile.py` of the folder beside the project, python3, the release program. Leaves: a table with a
//! line for each case that does not end with its verdict inside its bounds of time and memory; exit status 1 if there
//! is one that is not among the expected. Invariant: all of it runs in a network namespace that has loopback alone; where
//! none can be made, cases that could send anything off loopback are left out, and the table says so.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a bench talks, and stops at surprises"
)]

#[path = "development.rs"]
mod development;
#[path = "hostile/case.rs"]
mod case;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use case::{Case, Ended};

/// Cases that run at once.
const AT_ONCE: usize = 6;

/// Set in the process that runs inside the namespace.
const INSIDE: &str = "TINSACH_INSIDE_NAMESPACE";

/// Where the server listens; it takes this port and those around it.
const PORT: u16 = 8800;

fn main() {
    let Some(server) = development::shared().map(|shared| shared.join("hostile/hostile.py")) else {
        return println!("skipped: ../shared is not here");
    };
    if !server.is_file() || !runs("python3", &["--version"]) {
        return println!("skipped: hostile.py or python3 is not here");
    }
    let is_inside = env::var_os(INSIDE).is_some();
    if !is_inside && runs("unshare", &["-rn", "true"]) {
        let mut inside = Command::new("unshare");
        inside.arg("-rn").arg(env::current_exe().unwrap()).args(env::args().skip(1)).env(INSIDE, "1");
        std::process::exit(inside.status().unwrap().code().unwrap_or(1));
    }
    if is_inside {
        raise_loopback();
    } else {
        println!("no network namespace can be made: cases that could send off loopback are left out");
    }
    let filter = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let cases: Vec<Case> = Case::all(&server, PORT)
        .into_iter()
        .filter(|case| is_inside || !case.could_leave())
        .filter(|case| {
            filter.as_ref().is_none_or(|filter| case.url.contains(filter.as_str()) || case.group == *filter)
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    assert!(runs("python3", &[server.to_str().unwrap(), "--write-ca", ca.to_str().unwrap()]));
    fs::write(
        folder.path().join("config.toml"),
        format!("[fetch]\ncertificates = [{:?}]\n", ca.to_str().unwrap()),
    )
    .unwrap();
    let served = serve(&server);
    let deviations = run_all(&cases, folder.path());
    drop(served);
    println!("{} cases, {} deviate", cases.len(), deviations);
    std::process::exit(i32::from(deviations > 0));
}

/// Runs all cases, some at once, and prints those that deviate; gives their number.
fn run_all(cases: &[Case], folder: &Path) -> usize {
    let base = case::run(&Case::control(PORT), folder).peak_mb;
    let (next, deviations) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let printed = Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ended = case::run(case, folder);
                    let faults = case.faults(&ended, base);
                    let _one = printed.lock().unwrap();
                    print_line(case, &ended, &faults);
                    deviations.fetch_add(usize::from(!faults.is_empty()), Ordering::Relaxed);
                }
            });
        }
    });
    deviations.into_inner()
}

fn print_line(case: &Case, ended: &Ended, faults: &[String]) {
    let mark = if faults.is_empty() { "  " } else { "✗ " };
    println!(
        "{mark}{:<11}{:<9}{:<44}{:>6.1} s {:>5.0} MB  {} {}",
        case.group,
        case.verdict,
        case.url.replace(&format!("http://127.0.0.1:{PORT}"), ""),
        ended.seconds,
        ended.peak_mb,
        ended.outcome,
        faults.join("; "),
    );
}

/// Loopback of a fresh namespace is down.
fn raise_loopback() {
    if !runs("ip", &["link", "set", "lo", "up"]) {
        let ioctl = "import fcntl,socket,struct;s=socket.socket();fcntl.ioctl(s,0x8914,struct.pack('16sh',b'lo',0x49))";
        assert!(runs("python3", &["-c", ioctl]), "loopback cannot be raised");
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Starts the server and waits for its first line.
fn serve(server: &Path) -> Served {
    let mut child = Command::new("python3")
        .arg(server)
        .args(["--port", &PORT.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    println!("{}", line.trim());
    Served(child)
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
