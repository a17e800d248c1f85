//! `tinsach fetch` from outside, against the newsroom and servers of our own. Everything stays on loopback.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::newsroom::room::{Article, Newsroom, Options};
use server::{Reply, Server};

mod again;
mod archive;
mod backlog;
mod killed;
mod lists;
mod pace;
mod safety;
pub(super) mod server;
mod settings;
#[path = "state.rs"]
mod state;
mod texts;

/// Long enough for any run here, on any machine.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

/// The labels of what [`Article::texts`] gives.
pub(super) const PARTS: [&str; 2] = ["--include", "title,lead,body,subhead"];

/// A folder of its own, in which the program runs and writes to `out`.
pub(super) struct Desk {
    folder: TempDir,
    allowed: String,
}

/// What a run said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Desk {
    /// A desk from which everything on loopback may be asked, on these ports.
    pub(super) fn new(ports: impl IntoIterator<Item = u16>) -> Desk {
        let networks =
            ports.into_iter().flat_map(|port| [format!("127.0.0.0/8:{port}"), format!("::1/128:{port}")]);
        let allowed = networks.collect::<Vec<_>>().join(" ");
        Desk { folder: tempfile::tempdir().unwrap(), allowed }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Whether a run has made anything.
    fn is_untouched(&self) -> bool {
        !self.path("out").exists()
    }

    /// The program with these arguments.
    fn command(&self, args: &[&str]) -> Command {
        self.asking("fetch", args)
    }

    /// A command of the program that asks servers, with these arguments.
    pub(super) fn asking(&self, command: &str, args: &[&str]) -> Command {
        let mut command = self.program(&[command, "--out", "out"]);
        command.args(args);
        if !args.contains(&"--delay") {
            // Waiting is for the servers of others.
            command.args(["--delay", "0"]);
        }
        for network in self.allowed.split_whitespace() {
            command.args(["--allow-address", network]);
        }
        command
    }

    /// The program in the desk's folder, with no proxy from outside.
    pub(super) fn program(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
    }

    pub(super) fn start(&self, mut command: Command) -> Child {
        let file = |name: &str| File::create(self.path(name)).unwrap();
        command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap()
    }

    pub(super) fn end(&self, mut child: Child) -> Said {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("it does not end; stderr: {}", fs::read_to_string(self.path("stderr")).unwrap());
            }
            thread::sleep(Duration::from_millis(5));
        };
        let said = |name: &str| fs::read_to_string(self.path(name)).unwrap();
        Said { status: status.code(), out: said("stdout"), err: said("stderr") }
    }

    pub(super) fn run(&self, command: Command) -> Said {
        self.end(self.start(command))
    }

    /// Fetches with these arguments.
    fn fetch(&self, args: &[&str]) -> Said {
        self.run(self.command(args))
    }

    /// The manifest of `out`.
    pub(super) fn rows(&self) -> Vec<Value> {
        rows(&self.path("out"))
    }

    /// Addresses whose visits are committed, read from a copy: reading may tidy up.
    fn committed(&self) -> BTreeSet<String> {
        let copy = tempfile::tempdir().unwrap();
        for name in ["state.db", "state.db-wal"] {
            _ = fs::copy(self.path("out/.tinsach").join(name), copy.path().join(name));
        }
        let query = || -> rusqlite::Result<BTreeSet<String>> {
            Connection::open(copy.path().join("state.db"))?
                .prepare("SELECT url FROM urls WHERE state > 0 AND site > 0")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        // Before the first commit there is none.
        query().unwrap_or_default()
    }

    /// All texts of `out` by their names.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        texts(&self.path("out"))
    }
}

impl Said {
    #[track_caller]
    pub(super) fn ends_with(self, status: i32) -> Said {
        assert_eq!(self.status, Some(status), "{}{}", self.err, self.out);
        self
    }
}

pub(super) fn rows(out: &Path) -> Vec<Value> {
    let manifest = fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    manifest.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts(out: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_own = path.ends_with(".tinsach") || path.ends_with("archive");
            if path.is_dir() && !is_own {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "txt") {
                let name = path.strip_prefix(out).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The rows that have this value in a field.
pub(super) fn with<'a>(rows: &'a [Value], field: &str, value: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row[field] == value).collect()
}

/// The only row of an address.
#[track_caller]
pub(super) fn row_of<'a>(rows: &'a [Value], url: &str) -> &'a Value {
    let found = with(rows, "url", url);
    assert_eq!(found.len(), 1, "{url}: {found:?}");
    found[0]
}

/// Kind of failure of a row.
pub(super) fn code(row: &Value) -> &str {
    row["error"]["code"].as_str().unwrap_or_default()
}

/// What an article's file holds, where [`PARTS`] are written.
pub(super) fn expected(article: &Article) -> String {
    article.texts().join("\n\n") + "\n"
}

/// A newsroom, and a desk that may ask it.
pub(super) fn newsroom(options: &Options) -> (Newsroom, Desk) {
    let room = Newsroom::start(options).unwrap();
    let desk = Desk::new([room.address().port()]);
    (room, desk)
}

/// Addresses of a newsroom.
pub(super) fn url(room: &Newsroom, path: &str) -> String {
    format!("http://{}{path}", room.address())
}

/// A page that is an article, and like no other of another number.
pub(super) fn page(number: usize) -> String {
    let paragraph = |part: usize| {
        format!(
            "<p>Đoạn thứ {part} của bài số {number}: bà con thôn {number} ra đồng từ tờ mờ sáng, gặt xong thửa ruộng \
             thứ {part} trước khi mưa đến, rồi cùng nhau kể lại chuyện mùa gặt năm {}.</p>",
            1900 + number
        )
    };
    let body: String = (1..=6).map(paragraph).collect();
    format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Mùa gặt thứ {number} ở thôn Đông</title>\
         <meta property=\"og:type\" content=\"article\"></head><body><nav><a href=\"/\">Trang chủ</a></nav><article>\
         <h1>Mùa gặt thứ {number} ở thôn Đông</h1>{body}</article></body></html>"
    )
}
