//! The command that is run when a source fails again and again, is gone, or returns.
//!
//! Enters: how each turn of a source ended. Leaves: processes of the system's shell.
//! Invariant: the run never waits for a command; one runs at a time for each source, and none longer than its bound.

use std::collections::HashMap;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::timing::{End, Outcome, Turn};

/// Longest time of a command.
const MAX_TIME: Duration = Duration::from_mins(1);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// What has happened to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// It has failed so many times in a row.
    Failing,
    /// It is gone for good.
    Stopped,
    /// It is read again after that many failures.
    Returned,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Event::Failing => "failing",
            Event::Stopped => "stopped",
            Event::Returned => "returned",
        }
    }

    /// What a turn's end tells, `before` being the failures in a row before it.
    pub(super) fn of(outcome: &Outcome, before: u32, turn: &Turn, after: u32) -> Option<Event> {
        match &outcome.end {
            // The failures are kept between runs, so that the one that reaches the number tells it, and no other.
            End::Failed { .. } if turn.failures == after => Some(Event::Failing),
            End::Gone { .. } => Some(Event::Stopped),
            End::Done if before >= after => Some(Event::Returned),
            _ => None,
        }
    }
}

/// What a command is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) event: Event,
    pub(super) source: String,
    pub(super) error: String,
    pub(super) failures: u32,
}

/// Runs commands.
#[derive(Clone)]
pub(super) struct Hook {
    command: String,
    max_time: Duration,
    shared: Arc<Shared>,
}

struct Shared {
    /// Sources whose command is running, each with the call that waits for its end.
    running: Mutex<HashMap<String, Option<Call>>>,
    ended: Condvar,
    /// Told what went wrong with a command.
    tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Hook {
    /// Runs `command`; `tell` is given a line where that does not work.
    pub(super) fn new(command: &str, tell: impl Fn(&str) + Send + Sync + 'static) -> Hook {
        let shared = Shared { running: Mutex::default(), ended: Condvar::new(), tell: Box::new(tell) };
        Hook { command: command.to_owned(), max_time: MAX_TIME, shared: Arc::new(shared) }
    }

    /// Has the command run. While that for an earlier event of the source runs, the last event waits for its end.
    pub(super) fn call(&self, call: Call) {
        {
            let mut running = self.shared.lock();
            if let Some(waiting) = running.get_mut(&call.source) {
                *waiting = Some(call);
                return;
            }
            running.insert(call.source.clone(), None);
        }
        let hook = self.clone();
        let source = call.source.clone();
        let begun =
            thread::Builder::new().name("tinsach notify".to_owned()).spawn(move || hook.run_all(call));
        if let Err(error) = begun {
            self.shared.lock().remove(&source);
            (self.shared.tell)(&format!("the command of [crawl] notify was not run: {error}"));
        }
    }

    /// Waits until no command runs, but not longer than this.
    pub(super) fn finish(&self, patience: Duration) {
        let running = self.shared.lock();
        let wait = self.shared.ended.wait_timeout_while(running, patience, |running| !running.is_empty());
        drop(wait);
    }

    fn run_all(&self, first: Call) {
        let source = first.source.clone();
        let mut next = Some(first);
        while let Some(call) = next {
            if let Err(why) = self.run(&call) {
                (self.shared.tell)(&format!("{source}: the command of [crawl] notify {why}"));
            }
            let mut running = self.shared.lock();
            next = running.get_mut(&source).and_then(Option::take);
            if next.is_none() {
                running.remove(&source);
                self.shared.ended.notify_all();
            }
        }
    }

    fn run(&self, call: &Call) -> Result<(), String> {
        let mut shell = shell(&self.command);
        shell
            .env("TINSACH_EVENT", call.event.name())
            .env("TINSACH_SOURCE", &call.source)
            .env("TINSACH_ERROR", &call.error)
            .env("TINSACH_FAILURES", call.failures.to_string())
            // Those speak for this program, not for what it starts.
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut child = shell.spawn().map_err(|error| format!("could not be run: {error}"))?;
        match wait(&mut child, self.max_time) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => Err(format!("ended with {status}")),
            Ok(None) => {
                end(&mut child);
                Err(format!("was ended after {} s", self.max_time.as_secs()))
            }
            Err(error) => Err(format!("got lost: {error}")),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Option<Call>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The system's shell with a command, in a group of its own, so that all that it starts can be ended.
fn shell(command: &str) -> Command {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;

        let mut shell = Command::new("sh");
        shell.args(["-c", command]).process_group(0);
        shell
    }
    #[cfg(not(unix))]
    {
        let mut shell = Command::new("cmd");
        shell.args(["/C", command]);
        shell
    }
}

/// How the child ended; `None` if it goes on.
fn wait(child: &mut Child, max_time: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + max_time;
    loop {
        match child.try_wait()? {
            None if Instant::now() < until => thread::sleep(LOOK),
            ended => return Ok(ended),
        }
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    _ = child.kill();
    _ = child.wait();
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::fs;

    use super::*;

    fn hook(command: &str) -> (Hook, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&said);
        (Hook::new(command, move |line| into.lock().unwrap().push(line.to_owned())), said)
    }

    fn call(source: &str, failures: u32) -> Call {
        Call {
            event: Event::Failing,
            source: source.to_owned(),
            error: "a \"b\" $c `d`\n".to_owned(),
            failures,
        }
    }

    #[test]
    fn the_command_is_told_what_happened() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told");
        let line =
            "printf '%s|' \"$TINSACH_EVENT\" \"$TINSACH_SOURCE\" \"$TINSACH_ERROR\" \"$TINSACH_FAILURES\"";
        let (hook, said) = hook(&format!("{line} > '{}'", file.display()));
        hook.call(call("thể thao", 3));
        hook.finish(Duration::from_mins(1));
        assert_eq!(fs::read_to_string(file).unwrap(), "failing|thể thao|a \"b\" $c `d`\n|3|");
        assert!(said.lock().unwrap().is_empty());
    }

    #[test]
    fn commands_of_one_source_follow_each_other_and_the_last_event_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told");
        let (hook, _) = hook(&format!(
            "echo begin $TINSACH_SOURCE $TINSACH_FAILURES >> '{0}'; sleep 0.3; echo end $TINSACH_SOURCE >> '{0}'",
            file.display()
        ));
        let began = Instant::now();
        for failures in 1..=4 {
            hook.call(call("a", failures));
        }
        assert!(began.elapsed() < Duration::from_millis(250));
        hook.finish(Duration::from_mins(1));
        assert_eq!(fs::read_to_string(file).unwrap(), "begin a 1\nend a\nbegin a 4\nend a\n");
    }

    #[test]
    fn a_command_that_does_not_end_is_ended_with_all_that_it_started() {
        let (mut hook, said) = hook("sleep 600 & sleep 600");
        hook.max_time = Duration::from_millis(200);
        hook.call(call("a", 1));
        hook.finish(Duration::from_mins(1));
        assert!(said.lock().unwrap()[0].contains("was ended after"));
        let (hook, said) = self::hook("exit 3");
        hook.call(call("a", 1));
        hook.finish(Duration::from_mins(1));
        assert!(said.lock().unwrap()[0].contains("exit status: 3"), "{said:?}");
    }

    #[test]
    fn a_source_that_goes_on_failing_is_told_of_once() {
        use crate::timing::{Rhythm, Schedule};
        let rhythm = Rhythm::new(Schedule::every(60), jiff::tz::TimeZone::UTC);
        let turn = |failures| Turn { failures, ..Turn::first(&rhythm, 0, 0) };
        let ended = |end| Outcome { end, found: 0, new: 0, failed: 0 };
        let failed = ended(End::Failed { retry_after: None });
        let told: Vec<u32> = (1..9)
            .filter(|failures| Event::of(&failed, failures - 1, &turn(*failures), 3).is_some())
            .collect();
        assert_eq!(told, [3]);
        assert_eq!(Event::of(&ended(End::Done), 2, &turn(0), 3), None);
        assert_eq!(Event::of(&ended(End::Done), 5, &turn(0), 3), Some(Event::Returned));
        let gone = ended(End::Gone { reason: "410".to_owned() });
        assert_eq!(Event::of(&gone, 0, &turn(0), 3), Some(Event::Stopped));
    }
}
