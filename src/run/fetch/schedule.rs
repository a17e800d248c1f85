//! Which site is asked next, and for what.
//!
//! Enters: visits, and how exchanges went. Leaves: a site that may be asked, with its next visit.
//! Invariant: a site is asked for one thing at a time and not before its pace allows it; what waits at one site holds
//! no other up. No clock is read here.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::visit::Visit;
use crate::fetch::politeness::Pace;
use crate::fetch::retry::HostRecord;
use crate::state::{QueuedAddress, QueuedSite};

/// Sites from which on those that are idle are forgotten.
const MANY_SITES: usize = 1_000;

/// Lanes of one site; what comes beyond goes into the last one.
const MAX_LANES: usize = 16;

/// A place among the sites.
pub(super) type SiteIndex = usize;

/// A site and what is known of it in this run.
#[derive(Debug)]
pub(super) struct Site {
    /// Number in the frontier; 0 for one that only redirects led to.
    pub(super) id: i64,
    /// Queued addresses that were not taken from the frontier yet.
    pub(super) queued: u64,
    /// Where they are in the frontier; the last lane is taken from first.
    pub(super) lanes: Vec<Lane>,
    /// The highest number that was taken.
    pub(super) taken: u64,
    /// Addresses taken from the frontier and not begun.
    pub(super) ahead: VecDeque<QueuedAddress>,
    /// Visits that came by a redirect or wait for a robots.txt; robots files first.
    pub(super) arrived: VecDeque<Visit>,
    /// Visits that are repeated later.
    delayed: BinaryHeap<Delayed>,
    /// The same of robots files.
    delayed_robots: BinaryHeap<Delayed>,
    pub(super) pace: Pace,
    pub(super) record: HostRecord,
    /// An exchange with it is going on.
    pub(super) is_asked: bool,
    /// Its robots.txt is being fetched, here or where a redirect led; only robots files go to it meanwhile.
    pub(super) awaits_robots: bool,
    /// When it stands in the heap for.
    planned: Option<Instant>,
}

/// Numbers of the frontier, between which addresses of a site are queued. Later lanes have higher numbers.
#[derive(Debug)]
pub(super) struct Lane {
    id: u64,
    /// The last number that was taken.
    pub(super) taken: u64,
    /// The first number of the next lane.
    pub(super) end: u64,
}

#[derive(Debug)]
struct Delayed {
    due: Reverse<(Instant, u64)>,
    visit: Visit,
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Delayed {}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.due.cmp(&other.due)
    }
}

impl Site {
    /// When it may be asked next; `None` if there is nothing to ask for.
    fn next_at(&self) -> Option<Instant> {
        if self.is_asked {
            return None;
        }
        let may = self.pace.next_at();
        let due = |delayed: &BinaryHeap<Delayed>| delayed.peek().map(|first| first.due.0.0.max(may));
        let robots = match self.arrived.front() {
            Some(visit) if visit.is_robots() => Some(may),
            _ => due(&self.delayed_robots),
        };
        let pages = if self.awaits_robots {
            None
        } else if !self.arrived.is_empty() || !self.ahead.is_empty() || self.queued > 0 {
            Some(may)
        } else {
            due(&self.delayed)
        };
        robots.into_iter().chain(pages).min()
    }

    /// Whether nothing is asked of it, and it may be asked at once.
    fn is_idle(&self, now: Instant) -> bool {
        !self.is_asked
            && !self.awaits_robots
            && self.queued == 0
            && self.ahead.is_empty()
            && self.arrived.is_empty()
            && self.delayed.is_empty()
            && self.delayed_robots.is_empty()
            && self.pace.is_free(now)
    }

    /// A visit that waits here, if one is due: robots files first, then repetitions, then what came by redirects.
    /// While a robots file is awaited, nothing else.
    pub(super) fn next_waiting(&mut self, now: Instant) -> Option<Visit> {
        let visit = self.waiting_first(now);
        // An empty queue keeps its memory, and there are as many queues as sites.
        if self.arrived.is_empty() {
            self.arrived = VecDeque::new();
        }
        for delayed in [&mut self.delayed, &mut self.delayed_robots] {
            if delayed.is_empty() {
                *delayed = BinaryHeap::new();
            }
        }
        visit
    }

    fn waiting_first(&mut self, now: Instant) -> Option<Visit> {
        if self.arrived.front().is_some_and(Visit::is_robots) {
            return self.arrived.pop_front();
        }
        let due = |delayed: &mut BinaryHeap<Delayed>| {
            let first = delayed.peek_mut().filter(|first| first.due.0.0 <= now)?;
            Some(PeekMut::pop(first).visit)
        };
        if let Some(robots) = due(&mut self.delayed_robots) {
            return Some(robots);
        }
        if self.awaits_robots {
            return None;
        }
        due(&mut self.delayed).or_else(|| self.arrived.pop_front())
    }

    /// The next of the addresses taken from the frontier.
    pub(super) fn next_ahead(&mut self) -> Option<QueuedAddress> {
        let next = self.ahead.pop_front();
        if self.ahead.is_empty() {
            self.ahead = VecDeque::new();
        }
        next
    }

    /// A visit comes to wait here: a robots file before all others.
    pub(super) fn arrive(&mut self, visit: Visit) {
        if visit.is_robots() { self.arrived.push_front(visit) } else { self.arrived.push_back(visit) }
    }
}

/// All sites, and when each may be asked.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    sites: Vec<Site>,
    by_name: HashMap<String, SiteIndex>,
    /// Places of sites that were forgotten.
    free: Vec<SiteIndex>,
    /// Sites that were left after others were forgotten the last time.
    kept: usize,
    /// Sites that may be asked at a time; may hold a site twice, and `Site::planned` tells which entry counts.
    heap: BinaryHeap<Reverse<(Instant, u64, SiteIndex)>>,
    /// Grows with each entry: sites of one time take turns.
    turn: u64,
    /// Visits in the queues of sites.
    waiting: usize,
}

impl Schedule {
    /// The site of this name, which is added where it is not there.
    pub(super) fn site_of(&mut self, name: &str, pace: impl FnOnce() -> Pace) -> SiteIndex {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        let at = self.free.pop().unwrap_or(self.sites.len());
        self.by_name.insert(name.to_owned(), at);
        let site = Site {
            id: 0,
            queued: 0,
            lanes: Vec::new(),
            taken: 0,
            ahead: VecDeque::new(),
            arrived: VecDeque::new(),
            delayed: BinaryHeap::new(),
            delayed_robots: BinaryHeap::new(),
            pace: pace(),
            record: HostRecord::default(),
            is_asked: false,
            awaits_robots: false,
            planned: None,
        };
        match self.sites.get_mut(at) {
            Some(freed) => *freed = site,
            None => self.sites.push(site),
        }
        at
    }

    /// Number of sites.
    pub(super) fn sites(&self) -> usize {
        self.by_name.len()
    }

    /// Forgets sites that nothing is asked of and that may be asked at once, once there are twice as many sites as were
    /// left the last time: they are as if they had never been asked. `is_down` tells which have to be remembered all the
    /// same.
    pub(super) fn forget_idle(&mut self, now: Instant, is_down: impl Fn(&HostRecord) -> bool) {
        if self.sites() < MANY_SITES.max(2 * self.kept) {
            return;
        }
        self.by_name.retain(|_, at| {
            let site = &mut self.sites[*at];
            let is_kept = !site.is_idle(now) || is_down(&site.record);
            if !is_kept {
                site.planned = None;
                self.free.push(*at);
            }
            is_kept
        });
        self.kept = self.sites();
    }

    /// The paces of sites that may not be asked at once, or have slowed us down.
    pub(super) fn into_paces(self, now: Instant) -> impl Iterator<Item = (String, Pace)> {
        let mut sites: Vec<Option<Pace>> = self.sites.into_iter().map(|site| Some(site.pace)).collect();
        let paces =
            self.by_name.into_iter().filter_map(move |(name, at)| Some((name, sites.get_mut(at)?.take()?)));
        paces.filter(move |(_, pace)| !pace.is_free(now))
    }

    /// Addresses of a site in the frontier are queued; those of a lane that was not there come before those of others.
    pub(super) fn queue(&mut self, at: SiteIndex, queued: &QueuedSite, lane: u64) {
        let site = &mut self.sites[at];
        site.id = queued.id;
        site.queued += queued.queued;
        let is_full = site.lanes.len() >= MAX_LANES;
        let is_open = |last: &Lane| last.end == u64::MAX && (last.id == lane || is_full);
        if !site.lanes.last().is_some_and(is_open) {
            if let Some(last) = site.lanes.last_mut() {
                last.end = last.end.min(queued.first);
            }
            // The frontier may have shown these addresses before this was told of them.
            let taken = site.taken.max(queued.first.saturating_sub(1));
            site.lanes.push(Lane { id: lane, taken, end: u64::MAX });
        }
        self.plan(at);
    }

    pub(super) fn site(&mut self, at: SiteIndex) -> &mut Site {
        &mut self.sites[at]
    }

    /// Puts a visit into a site's queue.
    pub(super) fn arrive(&mut self, at: SiteIndex, visit: Visit) {
        self.waiting += 1;
        self.sites[at].arrive(visit);
        self.plan(at);
    }

    /// Puts a visit into a site's queue until it is to be repeated.
    pub(super) fn delay(&mut self, at: SiteIndex, visit: Visit, wait: Duration, now: Instant) {
        self.waiting += 1;
        self.turn += 1;
        let due = Reverse((now + wait, self.turn));
        let site = &mut self.sites[at];
        let queue = if visit.is_robots() { &mut site.delayed_robots } else { &mut site.delayed };
        queue.push(Delayed { due, visit });
        self.plan(at);
    }

    /// A visit that waits at a site, if one is due.
    pub(super) fn take_waiting(&mut self, at: SiteIndex, now: Instant) -> Option<Visit> {
        let visit = self.sites[at].next_waiting(now);
        self.waiting -= usize::from(visit.is_some());
        visit
    }

    /// Visits that wait in all queues.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Plans when a site is asked next, after anything about it has changed.
    pub(super) fn plan(&mut self, at: SiteIndex) {
        let time = self.sites[at].next_at();
        self.plan_for(at, time);
    }

    /// Plans a site that had nothing to be asked for although it was its turn: a little later.
    pub(super) fn put_off(&mut self, at: SiteIndex, until: Instant) {
        let time = self.sites[at].next_at().map(|time| time.max(until));
        self.plan_for(at, time);
    }

    fn plan_for(&mut self, at: SiteIndex, time: Option<Instant>) {
        let site = &mut self.sites[at];
        if time == site.planned {
            return;
        }
        site.planned = time;
        if let Some(time) = time {
            self.turn += 1;
            self.heap.push(Reverse((time, self.turn, at)));
        }
    }

    /// A site that may be asked at `now`; it is to be planned again afterwards.
    pub(super) fn pop(&mut self, now: Instant) -> Option<SiteIndex> {
        while self.next_at()? <= now {
            let Reverse((time, _, at)) = self.heap.pop()?;
            let site = &mut self.sites[at];
            if site.planned.take_if(|planned| *planned == time).is_some() {
                return Some(at);
            }
        }
        None
    }

    /// When the next site may be asked; `None` if nothing is planned.
    pub(super) fn next_at(&mut self) -> Option<Instant> {
        while let Some(Reverse((time, _, at))) = self.heap.peek() {
            if self.sites[*at].planned == Some(*time) {
                return Some(*time);
            }
            self.heap.pop();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queued(id: i64, first: u64, queued: u64) -> QueuedSite {
        QueuedSite { id, name: String::new(), queued, first }
    }

    #[test]
    fn idle_sites_are_forgotten_and_what_was_taken_of_them_is_not_taken_again() {
        let now = Instant::now();
        let pace = || Pace::new(Duration::from_secs(1), now);
        let mut schedule = Schedule::default();
        let first = schedule.site_of("first", pace);
        schedule.queue(first, &queued(7, 41, 1), 0);
        let site = schedule.site(first);
        site.queued = 0;
        site.lanes.clear();
        let busy = schedule.site_of("busy", pace);
        schedule.queue(busy, &queued(8, 42, 1), 0);
        for number in 0..MANY_SITES {
            schedule.site_of(&number.to_string(), pace);
        }
        let later = now + Duration::from_mins(1);
        schedule.forget_idle(later, |_| false);
        assert_eq!((schedule.sites(), schedule.site_of("busy", pace)), (1, busy));

        let again = schedule.site_of("first", pace);
        schedule.queue(again, &queued(7, 43, 3), 0);
        assert_eq!((schedule.site(again).lanes[0].taken, schedule.site(again).queued), (42, 3));
        // Places are used again.
        assert!(again <= MANY_SITES + 1);
        assert!(schedule.pop(later).is_some() && schedule.pop(later).is_some());
        assert_eq!(schedule.pop(later), None);
    }

    #[test]
    fn later_lanes_begin_where_earlier_ones_end() {
        let mut schedule = Schedule::default();
        let at = schedule.site_of("x", || Pace::new(Duration::ZERO, Instant::now()));
        for (first, lane) in [(1, 5), (101, 5), (201, 6), (301, 5)] {
            schedule.queue(at, &queued(1, first, 100), lane);
        }
        let lanes = |schedule: &mut Schedule| -> Vec<_> {
            schedule.site(at).lanes.iter().map(|lane| (lane.id, lane.taken, lane.end)).collect()
        };
        assert_eq!(lanes(&mut schedule), [(5, 0, 201), (6, 200, 301), (5, 300, u64::MAX)]);
        // Of a lane that ends nothing more is expected, whatever its name.
        schedule.site(at).lanes.pop();
        schedule.queue(at, &queued(1, 401, 100), 6);
        assert_eq!(lanes(&mut schedule), [(5, 0, 201), (6, 200, 301), (6, 400, u64::MAX)]);
        // What was taken before it was told of is not taken again.
        schedule.site(at).taken = 510;
        schedule.queue(at, &queued(1, 501, 100), 7);
        assert_eq!(lanes(&mut schedule)[2..], [(6, 400, 501), (7, 510, u64::MAX)]);
    }
}
