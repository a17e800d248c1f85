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

#[allow(dead_code, reason = "the quality bench needs more")]
#[path = "development.rs"]
mod development;
#[path = "hostile/case.rs"]
mod case;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use case::{Case, Ended};

/// Namespaces side by side, each with a server of its own: one that is busy with a flood would hold others up.
const AT_ONCE: usize = 4;

/// Set in the processes that run inside a namespace, to their number.
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
    let filter = env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let mut cases = Case::all(&server, PORT);
    cases.retain(|case| {
        filter.as_ref().is_none_or(|filter| case.url.contains(filter.as_str()) || case.group == *filter)
    });
    let inside = env::var(INSIDE).ok().and_then(|number| number.parse::<usize>().ok());
    let deviations = match inside {
        Some(number) => {
            raise_loopback();
            run_all(cases.iter().skip(number).step_by(AT_ONCE), &server)
        }
        None if runs("unshare", &["-rn", "true"]) => run_namespaces(),
        None => {
            println!("no network namespace can be made: cases that could send off loopback are left out");
            cases.retain(|case| !case.could_leave());
            run_all(cases.iter(), &server)
        }
    };
    if inside.is_none() {
        println!("{} cases, {deviations} deviate", cases.len());
    }
    std::process::exit(i32::try_from(deviations.min(100)).unwrap_or(100));
}

/// Runs this program once in each namespace; gives the number of cases that deviate.
fn run_namespaces() -> usize {
    let children: Vec<Child> = (0..AT_ONCE)
        .map(|number| {
            let mut inside = Command::new("unshare");
            inside.arg("-rn").arg(env::current_exe().unwrap()).args(env::args().skip(1));
            inside.env(INSIDE, number.to_string()).spawn().unwrap()
        })
        .collect();
    let codes = children.into_iter().map(|mut child| child.wait().unwrap().code().unwrap_or(100));
    codes.map(|code| usize::try_from(code).unwrap_or(100)).sum()
}

/// Runs cases one after the other and prints them; gives the number of those that deviate.
fn run_all<'a>(cases: impl Iterator<Item = &'a Case>, server: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    assert!(runs("python3", &[server.to_str().unwrap(), "--write-ca", ca.to_str().unwrap()]));
    let config = format!("[fetch]\ncertificates = [{:?}]\n", ca.to_str().unwrap());
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let _served = serve(server);
    let base = case::run(&Case::control(PORT), folder.path()).peak_mb;
    let mut deviations = 0;
    for case in cases {
        let ended = case::run(case, folder.path());
        let faults = case.faults(&ended, base);
        print_line(case, &ended, &faults);
        deviations += usize::from(!faults.is_empty());
    }
    deviations
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
        [faults.join("; "), case.argued().map(|why| format!("({why})")).unwrap_or_default()].concat(),
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
    assert!(line.starts_with("hostile"), "{line}");
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
