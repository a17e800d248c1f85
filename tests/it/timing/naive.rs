//! Due times by another way: every minute of the year is looked at, in zones whose clock changes are written down here.
//!
//! Enters: five fields and a zone. Leaves: the moments. Invariant: nothing of the library or of its dependencies is used.

/// Seconds since 1970 of 1 January 2026, 0:00 UTC.
pub(super) const YEAR: i64 = 1_767_225_600;

/// What is worked out: the year with some weeks around it, in which no clock changes.
const BEGIN: i64 = YEAR - 20 * 86_400;
const END: i64 = YEAR + 430 * 86_400;

/// Moments of change, each with the offset after it.
type Changes = &'static [(i64, i64)];

/// Zones: the offset at the beginning of 2026, then each change in seconds since 1970 with the offset after it.
const ZONES: [(&str, i64, Changes); 9] = [
    ("UTC", 0, &[]),
    ("Asia/Ho_Chi_Minh", 25_200, &[]),
    ("Europe/Berlin", 3_600, &[(1_774_746_000, 7_200), (1_792_890_000, 3_600)]),
    ("Europe/London", 0, &[(1_774_746_000, 3_600), (1_792_890_000, 0)]),
    ("America/New_York", -18_000, &[(1_772_953_200, -14_400), (1_793_512_800, -18_000)]),
    ("America/Santiago", -10_800, &[(1_775_358_000, -14_400), (1_788_667_200, -10_800)]),
    ("America/Havana", -18_000, &[(1_772_946_000, -14_400), (1_793_509_200, -18_000)]),
    ("Australia/Sydney", 39_600, &[(1_775_318_400, 36_000), (1_791_043_200, 39_600)]),
    ("Australia/Lord_Howe", 39_600, &[(1_775_314_800, 37_800), (1_791_041_400, 39_600)]),
];

/// One field: which numbers it has.
fn field(text: &str, least: i64, most: i64) -> Vec<bool> {
    let mut has = vec![false; usize::try_from(most).unwrap() + 1];
    for part in text.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        for number in (from..=to).step_by(step.parse().unwrap()) {
            has[usize::try_from(number).unwrap()] = true;
        }
    }
    has
}

/// Month and day of a day counted from 1 January 2026; the year after has the same months.
fn month_and_day(mut day: i64) -> (usize, usize) {
    if day < 0 {
        return (12, usize::try_from(32 + day).unwrap());
    }
    for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().cycle().zip(0..) {
        if day < length.0 {
            return (length.1 % 12 + 1, usize::try_from(day).unwrap() + 1);
        }
        day -= length.0;
    }
    unreachable!("the months go on")
}

/// The due times of `zone minute hour day month weekday`, of 2026 and some weeks around it.
pub(super) fn times(schedule: &str) -> Vec<i64> {
    let words: Vec<&str> = schedule.split(' ').collect();
    let [zone, minute, hour, day, month, weekday] = words[..] else { panic!("{schedule}") };
    let (_, first, changes) = ZONES.into_iter().find(|(name, ..)| *name == zone).unwrap();
    let (minutes, hours) = (field(minute, 0, 59), field(hour, 0, 23));
    let (days, months, weekdays) = (field(day, 1, 31), field(month, 1, 12), field(weekday, 0, 6));
    let matches = |local: i64| {
        let at = (local - YEAR).div_euclid(60);
        let of_day = usize::try_from(at.rem_euclid(1_440)).unwrap();
        if !minutes[of_day % 60] || !hours[of_day / 60] {
            return false;
        }
        let number = at.div_euclid(1_440);
        let (m, d) = month_and_day(number);
        // 1 January 2026 was a Thursday.
        let w = usize::try_from((number + 4).rem_euclid(7)).unwrap();
        let is_day = match (day, weekday) {
            ("*", _) => weekdays[w],
            (_, "*") => days[d],
            _ => days[d] || weekdays[w],
        };
        is_day && months[m]
    };
    let offset =
        |moment: i64| changes.iter().rev().find(|(at, _)| *at <= moment).map_or(first, |(_, offset)| *offset);
    let mut found = Vec::new();
    // The first minute that the clock has not shown yet.
    let mut unseen = BEGIN + first;
    for moment in (BEGIN..END).step_by(60) {
        let local = moment + offset(moment);
        let is_due = if hour == "*" {
            matches(local)
        } else {
            // What the clock has left out, and what it shows for the first time.
            (unseen..=local).step_by(60).any(matches)
        };
        unseen = unseen.max(local + 60);
        if is_due {
            found.push(moment);
        }
    }
    found
}
