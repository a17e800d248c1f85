//! `tinsach state` from outside: looking, listing, forgetting, shrinking, and another database for a damaged one.

use std::io::Read;

use super::*;

/// A site of articles at `/0`, `/1` and on; the pages `/fail…` do not answer.
fn site(ip: &str) -> Server {
    Server::start(ip, 0, |asked| match asked.target.strip_prefix("/") {
        Some("robots.txt") => Reply::new(200, "Content-Type: text/plain\r\n", "User-agent: *\nAllow: /\n"),
        Some(path) if path.starts_with("fail") => Reply::status(404),
        Some(number) => Reply::html(page(number.parse().unwrap_or_default())),
        None => Reply::status(404),
    })
}

/// Two sites whose pages were fetched, with what was fetched.
fn fetched() -> (Server, Server, Desk, Vec<String>) {
    let (one, other) = (site("127.0.0.1"), site("127.0.0.2"));
    let desk = Desk::new([one.port(), other.port()]);
    let mut urls: Vec<String> = (0..4).map(|number| one.url(&format!("/{number}"))).collect();
    urls.extend((10..13).map(|number| other.url(&format!("/{number}"))));
    urls.extend([one.url("/fail"), "not an address".to_owned(), format!("{}#again", urls[0])]);
    desk.write("urls.txt", urls.join("\n"));
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert_eq!(desk.texts().len(), 7);
    (one, other, desk, urls)
}

impl Desk {
    fn state(&self, args: &[&str]) -> Said {
        let mut command = self.program(&["state"]);
        command.args(args);
        self.run(command)
    }

    fn database(&self) -> PathBuf {
        self.path("out/.tinsach/state.db")
    }

    /// Breaks the database in the middle.
    fn break_database(&self) {
        let mut bytes = fs::read(self.database()).unwrap();
        let from = bytes.len() / 3;
        bytes[from..2 * from].fill(0x5a);
        fs::write(self.database(), bytes).unwrap();
    }

    /// What no command here may change.
    fn kept(&self) -> (String, BTreeMap<String, String>) {
        (fs::read_to_string(self.path("out/manifest.jsonl")).unwrap(), self.texts())
    }
}

#[test]
fn a_whole_memory_is_told() {
    let (_one, _other, desk, _) = fetched();
    let kept = desk.kept();
    let said = desk.state(&["check", "--out", "out"]).ends_with(0);
    for part in
        ["state.db: whole\n", " 0  addresses to visit\n", " 8  visited\n", " 2  failed\n", " 10  urls\n"]
    {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    assert!(!said.out.contains("rebuild"), "{}", said.out);
    // The folder of the configuration, which may stand before or behind the command.
    desk.write("config.toml", "[output]\ndir = \"out\"\n");
    assert_eq!(desk.state(&["check"]).ends_with(0).out, said.out);
    assert_eq!(desk.state(&["--out", "out", "check"]).ends_with(0).out, said.out);
    assert_eq!(desk.kept(), kept);
}

#[test]
fn what_cannot_be_looked_after_is_refused() {
    let (_one, _other, desk, _) = fetched();
    let commands = [&["check"][..], &["compact"], &["export"], &["forget", "x.vn"], &["rebuild"]];
    for command in commands {
        let said = desk.state(&[command, &["--out", "nowhere"]].concat()).ends_with(2);
        assert!(said.err.contains("no run has written to nowhere") && said.out.is_empty(), "{}", said.err);
    }
    assert!(!desk.path("nowhere").exists());
    for host in ["", "x.vn/a", "a b", "x.vn:80", "user@x.vn"] {
        let said = desk.state(&["forget", host, "--out", "out"]).ends_with(2);
        assert!(said.err.contains("is no host"), "{host}: {}", said.err);
    }
    let said = desk.state(&["rebuild", "--out", "out"]).ends_with(2);
    assert!(said.err.contains("is whole"), "{}", said.err);

    let lock = File::options().write(true).open(desk.path("out/.tinsach/lock")).unwrap();
    lock.try_lock().unwrap();
    for command in commands {
        let said = desk.state(&[command, &["--out", "out"]].concat()).ends_with(2);
        assert!(said.err.contains("another run is writing to out"), "{}", said.err);
    }
}

#[test]
fn every_address_is_listed() {
    let (one, _other, desk, urls) = fetched();
    let said = desk.state(&["export", "--out", "out"]).ends_with(0);
    let rows: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let listed: Vec<&str> = rows.iter().map(|row| row["url"].as_str().unwrap()).collect();
    assert_eq!(listed, urls);
    assert_eq!(
        rows[0],
        serde_json::json!({"url": urls[0], "state": "done", "number": 1, "site": "127.0.0.1"})
    );
    assert_eq!(row_of(&rows, &one.url("/fail"))["state"], "failed");
    assert_eq!(row_of(&rows, "not an address")["site"], Value::Null);

    let mut child = desk
        .program(&["state", "export", "--out", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn a_forgotten_host_is_fetched_anew() {
    let (one, other, desk, urls) = fetched();
    let kept = desk.kept();
    let (asked_one, asked_other) = (one.log().len(), other.log().len());
    let said = desk.state(&["forget", "127.0.0.2", "--out", "out"]).ends_with(0);
    assert!(
        said.out.contains("forgot 3 addresses of 127.0.0.2, 1 robots files and 9 address keys"),
        "{}",
        said.out
    );
    assert_eq!(desk.kept(), kept);
    assert!(desk.state(&["check", "--out", "out"]).ends_with(0).out.contains("whole"));
    assert!(
        desk.state(&["forget", "127.0.0.2", "--out", "out"]).ends_with(0).out.contains("forgot 0 addresses")
    );

    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert_eq!((one.log().len(), other.log().len() - asked_other), (asked_one, 4));
    let rows = desk.rows();
    let again: Vec<&Value> = rows.iter().skip(urls.len()).collect();
    assert_eq!(again.len(), 3);
    // The texts have not changed, and are not written twice.
    assert!(again.iter().all(|row| row["status"] == "duplicate"), "{again:?}");
    assert_eq!(desk.texts(), kept.1);
}

#[test]
fn all_addresses_can_be_forgotten() {
    let (one, _other, desk, urls) = fetched();
    for host in ["127.0.0.1", "127.0.0.2"] {
        desk.state(&["forget", host, "--out", "out"]).ends_with(0);
    }
    let before = desk.state(&["check", "--out", "out"]).ends_with(0).out;
    let said = desk.state(&["compact", "--out", "out"]).ends_with(0);
    assert!(said.out.contains(" saved"), "{}", said.out);
    let after = desk.state(&["check", "--out", "out"]).ends_with(0).out;
    let tables = |out: &str| out.split("table").last().unwrap().to_owned();
    assert_eq!(tables(&before), tables(&after));
    let asked = one.log().len();
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert!(one.log().len() > asked + 4);
    // Each address but the unusable one, which is no host's, has two rows.
    assert_eq!(desk.rows().len(), 2 * urls.len() - 1);
}

#[test]
fn a_damaged_memory_is_told_and_made_anew() {
    let (one, other, desk, _) = fetched();
    let (kept, asked) = (desk.kept(), (one.log().len(), other.log().len()));
    desk.break_database();
    let said = desk.state(&["check", "--out", "out"]).ends_with(1);
    for part in ["state.db: not whole\n", "  wrong: ", "To go on: tinsach state rebuild --out out\n"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let said = desk.fetch(&["--input", "urls.txt"]).ends_with(2);
    assert!(said.err.contains("tinsach state rebuild --out"), "{}", said.err);
    for command in [&["export"][..], &["compact"], &["forget", "x.vn"]] {
        let said = desk.state(&[command, &["--out", "out"]].concat());
        assert!(said.status != Some(0) && said.err.contains("state.db"), "{command:?} {}", said.err);
    }

    let said = desk.state(&["rebuild", "--out", "out"]).ends_with(0);
    assert!(
        said.out.contains("10 rows gave 10 addresses and 7 content keys; numbers go on at 007"),
        "{}",
        said.out
    );
    assert!(said.out.contains("state.db.damaged-1"), "{}", said.out);
    assert!(desk.path("out/.tinsach/state.db.damaged-1").is_file());
    assert!(desk.state(&["check", "--out", "out"]).ends_with(0).out.contains("whole"));
    desk.fetch(&["--input", "urls.txt"]).ends_with(1);
    assert_eq!((one.log().len(), other.log().len()), asked, "nothing is asked for again");
    assert_eq!(desk.kept(), kept);

    // Failures are still known, and a copy of a known text is one.
    desk.fetch(&["--retry-failed"]).ends_with(1);
    assert_eq!(one.log().len(), asked.0 + 2, "its robots file and the failure");
    let copy = one.url("/3?copy");
    desk.fetch(&[&copy]).ends_with(0);
    assert_eq!(row_of(&desk.rows(), &copy)["status"], "duplicate");
}

#[test]
fn a_missing_memory_is_made_anew_and_archives_stay() {
    let (one, _other, desk, _) = fetched();
    let url = one.url("/77");
    desk.fetch(&["--archive", &url]).ends_with(0);
    let archive = desk.path("out/archive/tinsach-00000.warc.gz");
    let archived = fs::read(&archive).unwrap();
    for round in 1..=2 {
        for end in ["", "-wal", "-shm"] {
            _ = fs::remove_file(desk.path(&format!("out/.tinsach/state.db{end}")));
        }
        let said = desk.state(&["check", "--out", "out"]).ends_with(1);
        assert!(said.out.contains("it is missing"), "{}", said.out);
        if round == 1 {
            let said = desk.state(&["rebuild", "--out", "out"]).ends_with(0);
            assert!(!said.out.contains("damaged-"), "{}", said.out);
        }
        desk.fetch(&["--archive", &one.url(&format!("/{}", 77 + round))]).ends_with(0);
        assert_eq!(fs::read(&archive).unwrap(), archived, "round {round}");
        assert!(desk.path(&format!("out/archive/tinsach-0000{round}.warc.gz")).is_file());
    }
    assert!(desk.state(&["check", "--out", "out"]).ends_with(0).out.contains("whole"));
}

#[test]
fn cleaned_files_are_copies_after_a_rebuild() {
    let desk = Desk::new([]);
    for number in 0..3 {
        desk.write(&format!("{number}.html"), page(number));
    }
    let clean = |naming: &str| {
        let mut command =
            desk.program(&["clean", "0.html", "1.html", "2.html", "--out", "out", "--format", "jsonl"]);
        command.args(["--naming", naming]);
        desk.run(command).ends_with(0)
    };
    clean("source");
    let articles = fs::read(desk.path("out/articles.jsonl")).unwrap();
    desk.break_database();
    desk.state(&["rebuild", "--out", "out"]).ends_with(0);
    assert!(clean("source").out.contains("Read 3 documents"));
    assert_eq!(fs::read(desk.path("out/articles.jsonl")).unwrap(), articles);
    assert_eq!(with(&desk.rows(), "status", "duplicate").len(), 3);
    // Names are still taken.
    desk.write("0.html", page(9));
    clean("source");
    assert_eq!(with(&desk.rows(), "file", "articles.jsonl#0-2").len(), 1, "{:?}", desk.rows());
}

#[test]
fn a_manifest_that_lost_rows_is_told() {
    let (_one, _other, desk, _) = fetched();
    let manifest = desk.path("out/manifest.jsonl");
    let rows = fs::read_to_string(&manifest).unwrap();
    let short: String = rows.lines().take(3).map(|row| row.to_owned() + "\n").collect();
    fs::write(&manifest, short).unwrap();
    let said = desk.state(&["check", "--out", "out"]).ends_with(1);
    assert!(said.out.contains("manifest.jsonl is") && said.out.contains("bytes shorter"), "{}", said.out);
    let said = desk.state(&["rebuild", "--out", "out"]).ends_with(0);
    assert!(said.out.contains("3 rows gave 3 addresses"), "{}", said.out);
    desk.state(&["check", "--out", "out"]).ends_with(0);
    fs::write(&manifest, rows.lines().take(3).collect::<Vec<_>>().join("\n") + "\n{\"path\":\"mine\"}\n")
        .unwrap();
    let said = desk.state(&["check", "--out", "out"]).ends_with(0);
    assert!(said.out.contains("note: manifest.jsonl is 16 bytes longer"), "{}", said.out);
}
