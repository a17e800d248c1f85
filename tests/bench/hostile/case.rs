//! One case of the hostile server: what is asked, what came of it, and whether that is its verdict.
//!
//! Enters: the server's own list of cases. Leaves: faults of a run. Invariant: a run is one process of the built program,
//! measured from outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

/// Groups of feeds and site maps: what they answer is no article, and following it is no work of a fetch.
const NO_ARTICLES: [&str; 2] = ["sitemap", "feed"];

/// Ends of visits that were refused by us.
const REFUSALS: [&str; 8] = [
    // Names that no server is asked about.
    "dns",
    "refused_address",
    "refused_port",
    "refused_scheme",
    "bad_redirect",
    "bad_url",
    "robots",
    "robots_unreachable",
];

/// One case.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    /// Kind of mischief.
    pub(crate) group: String,
    /// How it should end.
    pub(crate) verdict: String,
    /// What is asked for.
    pub(crate) url: String,
    max_s: f64,
    max_mb: f64,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Wall-clock time.
    pub(crate) seconds: f64,
    /// Most memory it had, in MB.
    pub(crate) peak_mb: f64,
    /// Status of the row, with its reason or the code of its error.
    pub(crate) outcome: String,
    rows: Vec<Value>,
    text: String,
    is_clean_exit: bool,
}

impl Case {
    /// All cases that the server knows.
    pub(crate) fn all(server: &Path, port: u16) -> Vec<Case> {
        let listed = Command::new("python3")
            .arg(server)
            .args(["--json", "--port", &port.to_string()])
            .output()
            .unwrap();
        let lines = String::from_utf8(listed.stdout).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A page like any other, for what the program takes of itself.
    pub(crate) fn control(port: u16) -> Case {
        Case {
            group: "control".to_owned(),
            verdict: "ok".to_owned(),
            url: format!("http://127.0.0.1:{port}/ok"),
            max_s: 15.0,
            max_mb: 32.0,
        }
    }

    /// Whether a mistake of ours could send something off loopback: by address or by a look-up of a name.
    pub(crate) fn could_leave(&self) -> bool {
        let host = self.url.split("//").nth(1).unwrap_or_default();
        self.group == "ssrf" || !(host.starts_with("127.") || host.starts_with("[::1]"))
    }

    /// What is wrong with how it ended.
    pub(crate) fn faults(&self, ended: &Ended, base_mb: f64) -> Vec<String> {
        let mut faults = Vec::new();
        if !ended.is_clean_exit {
            faults.push("the program broke down or hung".to_owned());
        }
        if ended.rows.len() != 1 {
            faults.push(format!("{} rows", ended.rows.len()));
        }
        if ended.seconds > self.max_s {
            faults.push(format!("longer than {} s", self.max_s));
        }
        if ended.peak_mb - base_mb > self.max_mb {
            faults.push(format!("more than {} MB above {base_mb:.0}", self.max_mb));
        }
        if !self.is_met(ended) {
            faults.push("another verdict".to_owned());
        }
        faults
    }

    /// Why another end than the verdict's is right for a single fetch; `None` for most cases.
    pub(crate) fn argued(&self) -> Option<&'static str> {
        if self.url.ends_with("127.0.2.23:8800/private/page") {
            // Its first robots.txt allows the page; the second one, which forbids it, is due after a day.
            return Some("allowed by the first robots.txt");
        }
        let is_page = self.url.ends_with("/sitemap-html.xml") || self.url.ends_with("/feed-html");
        is_page.then_some("a page like any other, unless it is read as a feed")
    }

    /// Whether the page says which one it is.
    fn is_marked(&self) -> bool {
        !["charset", "robots", "cache"].contains(&self.group.as_str())
    }

    fn is_met(&self, ended: &Ended) -> bool {
        if self.argued().is_some() {
            return true;
        }
        let (status, code) = ended.outcome.split_once(' ').unwrap_or((&ended.outcome, ""));
        let is_written = status == "written";
        if NO_ARTICLES.contains(&self.group.as_str()) {
            return !is_written || self.verdict == "bounded";
        }
        match self.verdict.as_str() {
            "ok" => is_written && (!self.is_marked() || ended.text.contains("MARK-")),
            "retry-ok" => is_written && ended.rows[0]["attempts"].as_u64() > Some(1),
            "error" => status == "failed",
            "refuse" => REFUSALS.contains(&code),
            "skip" => !is_written,
            _ => true,
        }
    }
}

/// Runs the program on a case.
pub(crate) fn run(case: &Case, folder: &Path) -> Ended {
    let out = tempfile::tempdir_in(folder).unwrap();
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tinsach"))
        .args(["fetch", &case.url, "--delay", "0.05", "--quiet", "--user-agent", "tinsach-bench/1 (+bench)"])
        .args(["--allow-address", "127.0.0.0/8:8799-8810", "--allow-address", "::1/128:8800"])
        .arg("--config")
        .arg(folder.join("config.toml"))
        .arg("--out")
        .arg(out.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak_mb: f64 = 0.0;
    let deadline = Duration::from_secs_f64(case.max_s * 2.0);
    let status = loop {
        peak_mb = peak_mb.max(peak(child.id()));
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if began.elapsed() > deadline => {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    let manifest = fs::read_to_string(out.path().join("manifest.jsonl")).unwrap_or_default();
    let rows: Vec<Value> = manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let text =
        |row: &Value| fs::read_to_string(out.path().join(row["file"].as_str().unwrap_or_default())).ok();
    Ended {
        seconds,
        peak_mb,
        outcome: rows.first().map_or_else(|| "no row".to_owned(), outcome),
        text: rows.first().and_then(text).unwrap_or_default(),
        rows,
        is_clean_exit: status.and_then(|status| status.code()).is_some_and(|code| code < 2),
    }
}

fn outcome(row: &Value) -> String {
    let why = row["reason"].as_str().or(row["error"]["code"].as_str()).unwrap_or_default();
    format!("{} {why}", row["status"].as_str().unwrap_or_default()).trim().to_owned()
}

/// Most resident memory of a process so far, in MB; 0 where the system does not tell.
fn peak(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(0.0, |kb| kb / 1000.0)
}
