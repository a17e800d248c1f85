//! Runs that are killed at any moment, and started again until one ends by itself.
//!
//! `TINSACH_KILLS` says how often; 8 times without it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;

/// What the clock of the newsroom may be ahead of ours.
const CLOCKS: Duration = Duration::from_millis(50);

/// What a round fetches, and how.
struct Round {
    seed: u64,
    port: u16,
    args: Vec<&'static str>,
}

impl Round {
    fn options(&self) -> Options {
        Options { port: self.port, faults: Some(self.seed), ..Options::default() }
    }

    /// A newsroom on the port of this round; the one before it may still be closing.
    fn room(&self) -> Newsroom {
        let begun = Instant::now();
        loop {
            match Newsroom::start(&self.options()) {
                Ok(room) => return room,
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "{error}"),
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Articles of many hosts and their twins, a section, and what fails for good.
    fn desk(&self, room: &Newsroom) -> Desk {
        let desk = Desk::new([self.port]);
        // Half of the other versions are enough of them.
        let paths = room.site().paths();
        let mut paths: Vec<String> =
            paths[..30].iter().chain(paths[30..].iter().step_by(2)).cloned().collect();
        paths.extend(
            ["/xa-hoi", "/vong", "/khong-co", "/noi-bo/ban-nhap-1.html", "/da-go/1"].map(String::from),
        );
        // Many sites, for one that answers 503 slows down.
        let host = |at: usize| format!("bao-{}.localhost:{}", at % 16, self.port);
        let list = paths.iter().enumerate().map(|(at, path)| format!("http://{}{path}\n", host(at)));
        desk.write("urls.txt", list.collect::<String>() + "keine-adresse\n");
        // A try for each fault; no visit ends as a failure that would pass.
        desk.write("config.toml", "[fetch]\nattempts = 5\n");
        desk
    }

    fn command(&self, desk: &Desk) -> Command {
        desk.command(&[&["--input", "urls.txt", "--delay", "0.02"][..], &PARTS, &self.args].concat())
    }
}

/// What a run leaves, apart from when and how often it asked.
type Left = (BTreeMap<String, String>, Vec<Value>);

fn left(desk: &Desk) -> Left {
    let mut rows = desk.rows();
    for row in &mut rows {
        for field in ["fetched_at", "fetch_ms", "attempts"] {
            row.as_object_mut().unwrap().remove(field);
        }
        // A failure says that it was tried more than once, if it was.
        if let Some(error) = row.get_mut("error") {
            error.as_object_mut().unwrap().remove("message");
        }
    }
    (desk.texts(), rows)
}

/// Moments since the newsroom was opened, with what was committed then.
struct Kill {
    at: Duration,
    committed: BTreeSet<String>,
}

/// Kills the run up to `most` times; gives the kills when it has ended by itself, or was let to.
fn harass(round: &Round, desk: &Desk, opened: Instant, chance: &mut fastrand::Rng, most: usize) -> Vec<Kill> {
    let mut kills = Vec::new();
    while kills.len() < most {
        let mut child = desk.start(round.command(desk));
        // Most moments lie before the first commit or about it; some let more happen.
        let longest = if chance.u32(0..4) == 0 { 4_500 } else { 1_600 };
        let until = Instant::now() + Duration::from_millis(chance.u64(0..longest));
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        let at = opened.elapsed();
        child.wait().unwrap();
        kills.push(Kill { at, committed: desk.committed() });
    }
    desk.run(round.command(desk)).ends_with(1);
    kills
}

/// What was committed before a kill is not asked for after it, and what was answered is not asked for again unless a
/// kill came before its commit.
fn nothing_is_asked_twice(room: &Newsroom, kills: &[Kill]) {
    let mut log = room.log();
    log.sort_by_key(|entry| entry.ms);
    // What a short address leads to is asked for on its way too.
    let is_led_to = |path: &str| !path.starts_with("/bai/") && is_redirected_to(&log, path);
    let mut answered: HashMap<String, Duration> = HashMap::new();
    for entry in log.iter().filter(|entry| entry.path != "/robots.txt" && !is_led_to(&entry.path)) {
        let url = format!("http://{}{}", entry.host, entry.path);
        let came = Duration::from_millis(entry.ms);
        for kill in kills.iter().filter(|kill| kill.at < came) {
            assert!(
                !kill.committed.contains(&url),
                "{url} was committed at {:?} and asked at {came:?}",
                kill.at
            );
        }
        if let Some(before) = answered.get(&url) {
            let kill = kills.iter().map(|kill| kill.at).find(|kill| *kill + CLOCKS >= *before);
            assert!(kill.is_some_and(|kill| kill <= came), "{url}: {before:?}, {came:?}, killed at {kill:?}");
        }
        if entry.status == 200 && entry.fault.as_deref() != Some("cut") {
            answered.insert(url, came);
        }
    }
}

/// Whether an article was also asked for by its short address.
fn is_redirected_to(log: &[crate::newsroom::room::Entry], path: &str) -> bool {
    let number = |path: &str| path.trim_end_matches(".html").rsplit(['-', '/']).next().map(str::to_owned);
    log.iter().any(|entry| entry.path.starts_with("/bai/") && number(&entry.path) == number(path))
}

/// Rounds of killed runs, until there were as many kills as wished for.
fn rounds(args: &[&'static str], wished: usize, check: impl Fn(&Desk, &Left)) {
    let mut chance = fastrand::Rng::with_seed(wished as u64);
    let mut done = 0;
    // A round with faults of every kind that does not take long.
    let mut seed = 28;
    while done < wished {
        let first = Newsroom::start(&Options { faults: Some(seed), ..Options::default() }).unwrap();
        let round = Round { seed, port: first.address().port(), args: args.to_vec() };
        let desk = round.desk(&first);
        desk.run(round.command(&desk)).ends_with(1);
        let undisturbed = left(&desk);
        assert_eq!(undisturbed.0.len(), 30);
        drop(first);

        let room = round.room();
        let opened = Instant::now();
        let desk = round.desk(&room);
        let kills = harass(&round, &desk, opened, &mut chance, wished - done);
        let found = left(&desk);
        assert!(found.0 == undisturbed.0, "{:?} and {:?}", found.0.keys(), undisturbed.0.keys());
        assert_eq!(found.1.len(), undisturbed.1.len());
        for (row, expected) in found.1.iter().zip(&undisturbed.1) {
            assert_eq!(row, expected);
        }
        nothing_is_asked_twice(&room, &kills);
        check(&desk, &found);
        done += kills.len();
        seed += 1;
    }
}

fn wished() -> usize {
    std::env::var("TINSACH_KILLS").map_or(8, |kills| kills.parse().unwrap())
}

#[test]
fn killed_at_any_moment_and_started_again_it_ends_the_same() {
    rounds(&[], wished(), |_, _| {});
}

#[test]
fn killed_at_any_moment_the_archive_is_whole() {
    rounds(&["--archive"], wished().div_ceil(2), |desk, (texts, _)| {
        let said =
            desk.run(desk.program(&[&["clean", "out/archive", "--out", "again"][..], &PARTS].concat()));
        assert!(said.err.is_empty(), "{}", said.err);
        let rows = rows(&desk.path("again"));
        assert!(with(&rows, "status", "failed").is_empty());
        let contents = |texts: &BTreeMap<String, String>| texts.values().cloned().collect::<BTreeSet<_>>();
        assert!(contents(&super::texts(&desk.path("again"))) == contents(texts));
    });
}

#[test]
fn asked_to_stop_it_ends_by_itself_and_the_next_run_goes_on() {
    let (room, desk) = newsroom(&Options::default());
    let urls: Vec<String> = room.site().paths().iter().map(|path| url(&room, path)).collect();
    desk.write("urls.txt", urls.join("\n"));
    let command = |seconds| desk.command(&["--input", "urls.txt", "--delay", seconds]);
    for signal in ["TERM", "INT"] {
        let before = room.log().len();
        let child = desk.start(command("0.1"));
        let begun = Instant::now();
        while room.log().len() < before + 6 && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
        let sent =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let said = desk.end(child);
        assert!(matches!(said.status, Some(0 | 1)), "{signal}: {said:?}");
        assert!(!desk.rows().is_empty() && desk.rows().len() < urls.len(), "{signal}: {}", desk.rows().len());
    }
    desk.run(command("0")).ends_with(0);
    assert_eq!((desk.rows().len(), desk.texts().len()), (urls.len(), 30));
    // What was under way was finished before the end.
    let mut paths: Vec<String> = room.log().into_iter().map(|entry| entry.path).collect();
    paths.retain(|path| path != "/robots.txt" && !path.starts_with("/bai/"));
    let asked = paths.len();
    let redirected = urls.iter().filter(|url| url.contains("/bai/")).count();
    paths.sort();
    paths.dedup();
    assert_eq!(asked, paths.len() + redirected);
}
