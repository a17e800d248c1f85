//! Turns through good runs, failures, crashes, sleep and clocks that are set.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::super::{Bounds, Schedule};
use super::*;

const HOUR: i64 = 3_600;
const START: i64 = 1_767_225_600;

fn rhythm(schedule: &str) -> Rhythm {
    Rhythm::new(schedule.parse().unwrap(), TimeZone::UTC)
}

fn exact(schedule: &str) -> Rhythm {
    Rhythm { jitter: 0, ..rhythm(schedule) }
}

fn ended(end: End) -> Outcome {
    Outcome { end, found: 50, new: 3, failed: 0 }
}

fn failed() -> Outcome {
    ended(End::Failed { retry_after: None })
}

/// A turn whose run at its time has just ended.
fn run(turn: &Turn, outcome: &Outcome, rhythm: &Rhythm) -> Turn {
    turn.begin(turn.at).unwrap().turn.finish(outcome, rhythm, turn.at + 5, 1)
}

fn done(turn: &Turn, rhythm: &Rhythm) -> Turn {
    run(turn, &ended(End::Done), rhythm)
}

/// A turn in the middle of its life, due at `START`.
fn settled(rhythm: &Rhythm) -> Turn {
    Turn { at: START, ..Turn::first(rhythm, START, 1) }
}

#[test]
fn a_new_source_is_due_within_a_minute() {
    let ats: Vec<i64> = (0..500).map(|seed| Turn::first(&rhythm("every 1h"), START, seed).at).collect();
    assert!(ats.iter().all(|at| (START..=START + 60).contains(at)));
    assert!(ats.contains(&START) && ats.contains(&(START + 60)));
}

#[test]
fn a_run_is_claimed_and_finished() {
    let rhythm = exact("every 30m");
    let turn = settled(&rhythm);
    assert_eq!(turn.begin(START - 1), None);
    let begun = turn.begin(START + 7).unwrap();
    assert_eq!((begun.due, begun.is_repeated), (START, false));
    assert!(!begun.turn.is_due(START + HOUR) && begun.turn.begin(START + HOUR).is_none());
    let next = begun.turn.finish(&ended(End::Done), &rhythm, START + 20, 1);
    assert_eq!((next.due, next.at), (START + 1_800, START + 1_800));
    assert_eq!(
        (next.last_due, next.last_start, next.last_success),
        (Some(START), Some(START + 7), Some(START + 20))
    );
    assert_eq!((next.found, next.new, next.begun), (50, 3, None));
    assert_eq!((next.lag(START), next.lag(START + 1_900)), (0, 100));
    // Finished once.
    assert_eq!(next.finish(&failed(), &rhythm, START + 30, 1), next);
}

#[test]
fn sleep_is_made_up_for_once() {
    for schedule in ["every 30m", "*/30 * * * *"] {
        let rhythm = exact(schedule);
        let turn = done(&settled(&rhythm), &rhythm);
        let awake = START + 9 * HOUR + 1_000;
        let begun = turn.begin(awake).unwrap();
        assert_eq!(begun.due, START + 1_800);
        let next = begun.turn.finish(&ended(End::Done), &rhythm, awake + 10, 1);
        assert_eq!((next.due, next.at), (START + 9 * HOUR + 1_800, START + 9 * HOUR + 1_800), "{schedule}");
    }
}

#[test]
fn what_came_due_during_a_long_run_is_served_after_a_rest() {
    let rhythm = exact("every 30m");
    let begun = settled(&rhythm).begin(START).unwrap();
    let next = begun.turn.finish(&ended(End::Done), &rhythm, START + 4_000, 1);
    assert_eq!((next.due, next.at), (START + 1_800, START + 4_060));
    let next = next.begin(next.at).unwrap().turn.finish(&ended(End::Done), &rhythm, START + 4_100, 1);
    assert_eq!(next.due, START + 5_400);
}

#[test]
fn jitter_is_small_and_serves_no_time_twice() {
    let rhythm = rhythm("every 30m");
    let mut turn = settled(&rhythm);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..2_000 {
        let due = turn.due;
        turn = turn.begin(turn.at).unwrap().turn.finish(&ended(End::Done), &rhythm, turn.at + 5, seed);
        assert_eq!(turn.due, due + 1_800);
        assert!((turn.at - turn.due).abs() <= 90);
        seen.insert(turn.at - turn.due);
    }
    assert!(seen.len() > 150, "{}", seen.len());
    let wide = Rhythm { jitter: 10, ..rhythm };
    assert!((0..100).all(|_| (done(&turn, &wide).at - done(&turn, &wide).due).abs() <= 10));
}

#[test]
fn failures_double_the_interval_up_to_a_day() {
    let rhythm = exact("every 3h");
    let mut turn = settled(&rhythm);
    for hours in [6, 12, 24, 24] {
        let next = run(&turn, &failed(), &rhythm);
        assert_eq!(next.due - turn.due, hours * HOUR);
        turn = next;
    }
    assert_eq!((turn.failures, turn.last_success), (4, None));
    let next = done(&turn, &rhythm);
    assert_eq!((next.due - turn.due, next.failures), (3 * HOUR, 0));
    // Cron keeps to its times, and a daily source is asked the next day.
    let cron = exact("0 */3 * * *");
    let turn = settled(&cron);
    assert_eq!(run(&turn, &failed(), &cron).due, START + 6 * HOUR);
    assert_eq!(run(&run(&turn, &failed(), &cron), &failed(), &cron).due, START + 18 * HOUR);
    let daily = exact("0 0 * * *");
    let mut turn = settled(&daily);
    for day in 1..4 {
        turn = run(&turn, &failed(), &daily);
        assert_eq!(turn.due, START + day * 24 * HOUR);
    }
}

#[test]
fn a_server_that_asks_for_peace_gets_it() {
    let rhythm = exact("every 30m");
    let asks = |seconds| ended(End::Failed { retry_after: Some(seconds) });
    assert_eq!(run(&settled(&rhythm), &asks(7_200), &rhythm).at, START + 5 + 7_200);
    assert_eq!(run(&settled(&rhythm), &asks(60), &rhythm).at, START + 3_600);
    assert_eq!(run(&settled(&rhythm), &asks(i64::MAX), &rhythm).at, START + 5 + 7 * 24 * HOUR);
    assert_eq!(run(&settled(&rhythm), &asks(-9), &rhythm).at, START + 3_600);
}

#[test]
fn a_source_that_is_gone_is_asked_no_more() {
    let rhythm = exact("every 30m");
    let turn = run(&settled(&rhythm), &ended(End::Gone { reason: "410 Gone".into() }), &rhythm);
    assert_eq!(turn.stopped, Some(Stopped { since: START + 5, reason: "410 Gone".into() }));
    assert!(!turn.is_due(i64::MAX) && turn.begin(i64::MAX).is_none() && turn.lag(i64::MAX) == 0);
    assert!(turn.attune(&exact("every 1h"), START, 1).is_none());
    assert_eq!(nap([&turn], START), 60);
    let again = turn.restart(&rhythm, START + HOUR, 1);
    assert!(again.is_due(START + HOUR + 60) && again.last_due == Some(START));
}

#[test]
fn what_was_cut_short_is_due_again() {
    let rhythm = exact("every 30m");
    let turn = run(&settled(&rhythm), &ended(End::CutShort), &rhythm);
    assert_eq!((turn.due, turn.at, turn.last_due, turn.failures), (START, START + 5, None, 0));
}

#[test]
fn a_run_that_breaks_off_is_made_again_and_is_a_failure_in_the_end() {
    let rhythm = exact("every 30m");
    let mut turn = settled(&rhythm);
    for wait in [0, 60, 180, 420] {
        let claimed = turn.begin(turn.at).unwrap();
        assert_eq!((claimed.due, claimed.is_repeated), (START, wait > 0));
        let stored = serde_json::to_string(&claimed.turn).unwrap();
        let now = turn.at + 30;
        turn = serde_json::from_str::<Turn>(&stored).unwrap().recover(&rhythm, now, 1);
        assert_eq!((turn.at, turn.due), (now + wait, START));
        assert_eq!(turn.recover(&rhythm, now, 1), turn);
    }
    let now = turn.at + 30;
    turn = turn.begin(turn.at).unwrap().turn.recover(&rhythm, now, 1);
    assert_eq!((turn.failures, turn.broken_off, turn.due), (1, 0, START + 3_600));
}

#[test]
fn intervals_follow_what_a_source_brings() {
    let rhythm = Rhythm { adaptive: Bounds::new(600, 4 * HOUR), ..exact("every 30m") };
    let brings =
        |turn: &Turn, found, new| run(turn, &Outcome { end: End::Done, found, new, failed: 0 }, &rhythm);
    let mut turn = settled(&rhythm);
    let mut before = 1_800;
    for _ in 0..40 {
        let next = brings(&turn, 50, 0);
        assert!(next.due - turn.due >= before && next.due - turn.due <= 4 * HOUR);
        before = next.due - turn.due;
        turn = next;
    }
    assert_eq!(before, 4 * HOUR);
    for _ in 0..10 {
        turn = brings(&turn, 50, 40);
    }
    assert_eq!(brings(&turn, 50, 40).due - turn.due, 600);
    // One entry in a while speeds it up gently.
    assert!(brings(&brings(&turn, 50, 0), 50, 1).factor < brings(&turn, 50, 0).factor);
    assert_eq!(done(&settled(&exact("every 30m")), &exact("every 30m")).factor, 1_000);
    // Times of a calendar are passed over, and no others are made up.
    let cron = Rhythm { adaptive: Bounds::new(600, 4 * HOUR), ..exact("0,30 * * * *") };
    let mut turn = settled(&cron);
    for new in [0; 30].into_iter().chain([40; 30]) {
        let next = run(&turn, &Outcome { end: End::Done, found: 50, new, failed: 0 }, &cron);
        assert!(next.due % 1_800 == 0 && (1_800..=4 * HOUR).contains(&(next.due - turn.due)));
        turn = next;
    }
    assert_eq!(done(&turn, &cron).due - turn.due, 1_800);
    assert!(Bounds::new(0, 100).is_none() && Bounds::new(100, 99).is_none());
    assert!(Bounds::new(60, 367 * 86_400).is_none() && Bounds::new(1, 1).is_some());
}

#[test]
fn another_schedule_takes_effect() {
    let daily = exact("0 0 * * *");
    let turn = done(&settled(&daily), &daily);
    assert_eq!(turn.attune(&daily, START + HOUR, 1), None);
    let faster = exact("0 */2 * * *");
    let next = turn.attune(&faster, START + HOUR, 1).unwrap();
    assert_eq!((next.due, next.at), (START + 2 * HOUR, START + 2 * HOUR));
    assert_eq!(next.attune(&faster, START + HOUR, 1), None);
    // What would have been due by now is due now, once.
    let next = turn.attune(&faster, START + 7 * HOUR, 1).unwrap();
    assert!(next.is_due(START + 7 * HOUR + 60));
    assert_eq!(done(&next, &faster).due, START + 8 * HOUR);
    // A new source stays due.
    let first = Turn::first(&daily, START, 1);
    let next = first.attune(&faster, START, 1).unwrap();
    assert_eq!((next.due, next.at), (first.due, first.at));
}

#[test]
fn a_clock_that_is_set_back_delays_by_a_bound() {
    for schedule in ["every 30m", "*/30 * * * *"] {
        let rhythm = exact(schedule);
        let turn = done(&settled(&rhythm), &rhythm);
        // An hour or so: it waits for its time.
        assert_eq!(turn.attune(&rhythm, START - HOUR, 1), None);
        // Years: it is planned by the clock that is.
        let now = START - 1_000 * 24 * HOUR;
        let next = turn.attune(&rhythm, now, 1).unwrap();
        assert!(next.at > now && next.at <= now + 1_800, "{schedule}");
        assert_eq!(next.attune(&rhythm, now, 1), None);
    }
    // During a run.
    let rhythm = exact("every 30m");
    let begun = settled(&rhythm).begin(START).unwrap();
    let now = START - 48 * HOUR;
    let turn = begun.turn.finish(&ended(End::Done), &rhythm, now, 1);
    let next = turn.attune(&rhythm, now, 1).unwrap();
    assert!(next.at > now && next.at <= now + 1_800);
}

#[test]
fn those_that_wait_longest_are_first() {
    let rhythm = exact("every 30m");
    let at = |at| Turn { at, ..settled(&rhythm) };
    let turns = [at(START + 9), at(START + 3), at(START + 40), at(START + 3)];
    assert_eq!(due(&turns, START + 10), [1, 3, 0]);
    assert_eq!(due(&turns, START), [0; 0]);
    assert_eq!((nap(&turns, START), nap(&turns, START + 20), nap(&turns[2..3], START - 100)), (3, 0, 60));
    assert_eq!(nap([], START), 60);
}

proptest! {
    /// Whatever the numbers are, nothing overflows and time goes on.
    #[test]
    fn no_numbers_break_it(
        numbers in proptest::array::uniform6(any::<i64>()),
        counts in (any::<u32>(), any::<u32>(), any::<u64>(), any::<u64>()),
        now in any::<i64>(), seed in any::<u64>(), is_cron in any::<bool>(), asked in any::<Option<i64>>(),
    ) {
        let rhythm = Rhythm {
            jitter: numbers[3], back_off: numbers[4], adaptive: Bounds::new(600, 9_000),
            ..rhythm(if is_cron { "*/7 3-5 * * 1" } else { "every 7m" })
        };
        let turn = Turn {
            due: numbers[0], at: numbers[1], wait: numbers[2], begun: Some(numbers[5]), failures: counts.0,
            factor: counts.1, broken_off: counts.0 % 5, last_due: Some(numbers[5]), ..settled(&rhythm)
        };
        for end in [End::Done, End::Failed { retry_after: asked }, End::CutShort] {
            let next = turn.finish(&Outcome { end, found: counts.2, new: counts.3, failed: 0 }, &rhythm, now, seed);
            let _ = (next.attune(&rhythm, now, seed), next.attune(&exact("every 9m"), now, seed), next.lag(now));
        }
        let _ = (turn.recover(&rhythm, now, seed), Turn::first(&rhythm, now, seed), nap([&turn], now));
    }

    #[test]
    fn the_next_due_time_is_behind_the_run(
        late in 0_i64..200_000, took in 0_i64..20_000, seed in any::<u64>(), fails in any::<bool>(),
        schedule in prop::sample::select(vec!["every 1m", "every 45m", "every 3d", "*/5 * * * *", "7 3 * * *", "0 0 1 * *"]),
    ) {
        let rhythm = rhythm(schedule);
        let turn = settled(&rhythm);
        let begun = turn.begin(START + late).unwrap();
        let now = START + late + took;
        let next = begun.turn.finish(&if fails { failed() } else { ended(End::Done) }, &rhythm, now, seed);
        prop_assert!(next.due > START + late && next.at >= now && next.at >= next.due - 300);
        prop_assert!(next.attune(&rhythm, now, seed).is_none());
    }
}

#[test]
fn a_turn_is_stored_as_plain_numbers() {
    let turn = done(&settled(&exact("every 30m")), &exact("every 30m"));
    let stored = serde_json::to_value(&turn).unwrap();
    assert_eq!(stored["due"], START + 1_800);
    assert_eq!(serde_json::from_value::<Turn>(stored).unwrap(), turn);
    assert_eq!(Schedule::every(0).to_string(), "every 1s");
}
