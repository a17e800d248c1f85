//! What stands around the crawl, from outside: configuration, discovery, status, figures, words with the system.
//! Everything stays on loopback.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::fetch::server::{Reply, Server};

mod configured;
mod discover;
mod metrics;
mod operated;
mod shown;

/// Long enough for any run here, on any machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// A folder of its own with a configuration, in which the program runs and writes to `clean`.
struct Desk {
    folder: TempDir,
}

/// What a run said.
#[derive(Debug)]
struct Said {
    status: Option<i32>,
    out: String,
    err: String,
}

/// A run that goes on until it is stopped.
struct Going<'a> {
    desk: &'a Desk,
    child: Option<Child>,
}

impl Desk {
    /// A desk with this configuration, that may ask any port of loopback without waiting.
    fn new(config: &str) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.configure(config);
        desk
    }

    fn configure(&self, config: &str) {
        let fetch =
            "[fetch]\ncontact = \"mailto:a@example.vn\"\ndelay = 0.0\nallow_addresses = [\"127.0.0.0/8\"]\n";
        fs::write(self.path("config.toml"), format!("{fetch}{config}")).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `tinsach crawl` with these arguments.
    fn crawl(&self, args: &[&str]) -> Said {
        self.start(self.command(args)).ended()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tinsach"));
        command.arg("crawl").args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env("TZ", "UTC");
        command
    }

    fn start(&self, mut command: Command) -> Going<'_> {
        let file = |name: &str| File::create(self.path(name)).unwrap();
        let child = command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        Going { desk: self, child: Some(child) }
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// All files below the folder, with their lengths and times of change.
    fn files(&self) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path("clean")];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                let about = fs::metadata(&path).unwrap();
                if about.is_dir() {
                    folders.push(path.clone());
                }
                files.push((path, about.len(), about.modified().unwrap()));
            }
        }
        files.sort();
        files
    }
}

impl Going<'_> {
    fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits until a file of the desk holds a text.
    #[track_caller]
    fn until(&self, name: &str, text: &str) {
        let begun = Instant::now();
        while !self.desk.said(name).contains(text) {
            assert!(begun.elapsed() < PATIENCE, "no {text} in {name}: {}", self.desk.said("stderr"));
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn ended(mut self) -> Said {
        let mut child = self.child.take().unwrap();
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("it does not end: {}", self.desk.said("stderr"));
            }
            thread::sleep(Duration::from_millis(5));
        };
        Said { status: status.code(), out: self.desk.said("stdout"), err: self.desk.said("stderr") }
    }

    /// Asks it to stop, and waits until it has.
    fn stopped(self) -> Said {
        self.signal("-TERM");
        self.ended()
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

impl Said {
    #[track_caller]
    fn ends_with(self, status: i32) -> Said {
        assert_eq!(self.status, Some(status), "{}{}", self.err, self.out);
        self
    }
}

/// A table for a source.
fn source(name: &str, url: &str, more: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n")
}

/// A feed of these paths of a server.
fn feed(host: &str, paths: &[String]) -> Reply {
    let item = |path: &String| {
        format!(
            "<item><title>Tin {path}</title><link>http://{host}{path}</link>\
             <pubDate>Sat, 31 Jan 2026 06:30:00 +0700</pubDate></item>"
        )
    };
    let items: String = paths.iter().map(item).collect();
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Tin</title>{items}</channel></rss>"
    );
    Reply::new(200, "Content-Type: application/rss+xml\r\nETag: \"1\"\r\n", text)
}

/// A small paper: a feed at `/rss` of articles `/bai-1.html` and on; what else is asked for is told by `other`.
fn paper(articles: usize, other: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start("127.0.0.1", 0, move |asked| {
        if let Some(reply) = other(&asked.target) {
            return reply;
        }
        let host = asked.field("host").unwrap_or_default();
        match asked.target.as_str() {
            "/rss" if asked.field("if-none-match").is_some() => Reply::new(304, "ETag: \"1\"\r\n", ""),
            "/rss" => {
                feed(host, &(1..=articles).map(|number| format!("/bai-{number}.html")).collect::<Vec<_>>())
            }
            target => {
                let number = target.strip_prefix("/bai-").and_then(|rest| rest.strip_suffix(".html"));
                let number = number.and_then(|number| number.parse().ok());
                number.map_or(Reply::status(404), |number| Reply::html(crate::fetch::page(number)))
            }
        }
    })
}
