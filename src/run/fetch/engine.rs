//! The engine of a fetch: decides what is asked next and what follows an answer.
//!
//! Enters: queued sites, answers, the clock. Leaves: exchanges, harvests, notes to the ledger.
//! Invariant: at most `concurrency` visits are between their request and the ledger; a site has at most one request,
//! and every visit that was begun ends in one note.

use std::collections::HashMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::Answer;
use super::crawl::Place;
use super::desk::{Desk, Ruling, origin};
use super::event::Event;
use super::gates::Gates;
use super::harvest::Harvest;
use super::note::Note;
use super::schedule::{Schedule, SiteIndex};
use super::tour::Tours;
use super::visit::{Aim, Origin, Visit};
use super::{End, FetchRun, verdict};
use crate::canonical;
use crate::fetch::Client;
use crate::fetch::politeness::Pace;
use crate::fetch::retry::HostRecord;
use crate::run::RunError;
use crate::run::visited::Visited;
use crate::state::{Frontier, QueuedAddress};
use crate::write::manifest::{Row, Status};

/// Addresses of a site that are taken from the frontier at once; one at a time where there are so many sites that the
/// others would add up.
const TAKE: u32 = 4;
const MANY_SITES: usize = 10_000;

/// Sites of an earlier run that are taken from the frontier at once.
const TAKE_SITES: u32 = 1_000;

/// Visits that may wait for a redirect's target, a repetition or a robots file, before no other is begun.
const MAX_WAITING: usize = 32_768;

/// How long a site is passed over that cannot be asked for anything while too many visits wait.
const PUT_OFF: Duration = Duration::from_millis(100);

/// How long what is going on may go on once the run is to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How often the ledger is told that the engine is well.
const BEAT: Duration = Duration::from_secs(5);

pub(super) struct Engine<'a> {
    pub(super) options: &'a FetchRun,
    pub(super) client: Client,
    pub(super) frontier: Frontier,
    pub(super) schedule: Schedule,
    pub(super) desk: Desk,
    pub(super) gates: Arc<Gates>,
    pub(super) harvest: Harvest,
    pub(super) notes: SyncSender<Note>,
    pub(super) answers: UnboundedSender<Answer>,
    pub(super) permits: Arc<Semaphore>,
    /// Exchanges and harvests that are going on.
    pub(super) going_on: usize,
    pub(super) list_ended: bool,
    /// Runs of sources that are going on.
    pub(super) tours: Tours,
    /// Names of sources by their number.
    names: HashMap<i64, Arc<str>>,
    /// Time between two requests to the sites of sources that have their own.
    delays: HashMap<String, Duration>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        options: &'a FetchRun,
        client: Client,
        frontier: Frontier,
        harvest: Harvest,
        (notes, answers): (SyncSender<Note>, UnboundedSender<Answer>),
    ) -> Result<Engine<'a>, RunError> {
        let names = frontier.sources()?.into_iter().map(|row| (row.id, Arc::from(row.name))).collect();
        let mut delays: HashMap<String, Duration> = HashMap::new();
        for source in &harvest.sources.runs {
            if let (Place::Web(url), Some(delay)) = (&source.place, source.delay) {
                // Of two sources of one site, the more patient one is heard.
                let known = delays.entry(canonical::site(url)).or_default();
                *known = delay.max(*known);
            }
        }
        Ok(Engine {
            tours: Tours::new(),
            names,
            delays,
            desk: Desk::new(options.product_token(), !options.retries_failed),
            gates: Arc::new(Gates::new(options.delay)),
            permits: Arc::new(Semaphore::new(options.concurrency.max(1))),
            schedule: Schedule::default(),
            options,
            client,
            frontier,
            harvest,
            notes,
            answers,
            going_on: 0,
            list_ended: false,
        })
    }

    /// Visits everything that is queued, until the list has ended and nothing is left, or until `stop` is ready.
    pub(super) async fn run(
        mut self,
        events: UnboundedReceiver<Event>,
        answers: UnboundedReceiver<Answer>,
        stop: impl Future<Output = ()>,
    ) -> Result<End, RunError> {
        let end = self.go_on(events, answers, stop).await;
        let mut paces = self.options.paces.lock().unwrap_or_else(PoisonError::into_inner);
        paces.extend(self.schedule.into_paces(Instant::now()));
        end
    }

    async fn go_on(
        &mut self,
        mut events: UnboundedReceiver<Event>,
        mut answers: UnboundedReceiver<Answer>,
        stop: impl Future<Output = ()>,
    ) -> Result<End, RunError> {
        self.resume()?;
        tokio::pin!(stop);
        let mut is_stopping = false;
        let mut beat = tokio::time::interval(BEAT);
        let drained = tokio::time::sleep(Duration::MAX);
        tokio::pin!(drained);
        loop {
            let wake = if is_stopping { None } else { self.dispatch()? };
            if self.going_on == 0 && is_stopping {
                return Ok(End::Stopped);
            }
            if self.going_on == 0 && self.is_over() {
                // A visit that nobody would take up again would be lost without a word.
                return if self.schedule.waiting() == 0 { Ok(End::Whole) } else { Err(RunError::Engine) };
            }
            let timer = async {
                match wake {
                    Some(Wake::At(time)) => tokio::time::sleep_until(time.into()).await,
                    Some(Wake::Permit) => drop(self.permits.acquire().await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => self.on_event(event),
                    // The ledger is gone, and with it everything that could be kept.
                    None => return Ok(End::Stopped),
                },
                Some(answer) = answers.recv() => self.on_answer(answer),
                () = timer => {}
                // A ledger that is busy hears the next one.
                _ = beat.tick() => drop(self.notes.try_send(Note::Well)),
                () = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    drained.as_mut().reset(tokio::time::Instant::now() + DRAIN);
                }
                () = &mut drained, if is_stopping => return Ok(End::Stopped),
            }
        }
    }

    fn is_over(&mut self) -> bool {
        self.list_ended && self.schedule.next_at().is_none()
    }

    /// Takes up what an earlier run has left queued.
    fn resume(&mut self) -> Result<(), RunError> {
        let mut after = 0;
        loop {
            let sites = self.frontier.queued_sites(after, TAKE_SITES)?;
            let Some(last) = sites.last() else { return Ok(()) };
            after = last.id;
            self.on_event(Event::Queued { sites, lane: 0 });
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Queued { sites, lane } => {
                let is_crawl = !self.harvest.sources.runs.is_empty();
                for queued in sites {
                    let at = self.site(&queued.name);
                    let site = self.schedule.site(at);
                    if is_crawl && site.queued == 0 && site.ahead.is_empty() {
                        // A crawl may go on for a year: how it went the last time says nothing of this one.
                        site.record = HostRecord::default();
                    }
                    self.schedule.queue(at, &queued, lane);
                }
            }
            Event::Follow { source, place } => self.set_out(source, place),
            Event::ListEnded => self.list_ended = true,
        }
    }

    /// The site of this name.
    pub(super) fn site(&mut self, name: &str) -> SiteIndex {
        let (retry, now) = (&self.options.retry, Instant::now());
        self.schedule.forget_idle(now, |record| retry.is_down(record));
        let delay = self.delays.get(name).copied().unwrap_or(self.options.delay);
        let paces = &self.options.paces;
        self.schedule.site_of(name, || {
            let known = paces.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
            known.map_or_else(|| Pace::new(delay, now), |known| known.with_base(delay))
        })
    }

    /// Begins what may begin; tells what to wait for before more can.
    fn dispatch(&mut self) -> Result<Option<Wake>, RunError> {
        loop {
            let now = Instant::now();
            match self.schedule.next_at() {
                None => return Ok(None),
                Some(time) if time > now => return Ok(Some(Wake::At(time))),
                Some(_) => {}
            }
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
                return Ok(Some(Wake::Permit));
            };
            let Some(at) = self.schedule.pop(now) else { continue };
            if let Some(visit) = self.next_visit(at, now)? {
                self.begin(at, visit, permit);
                self.schedule.plan(at);
            } else {
                self.schedule.put_off(at, now + PUT_OFF);
            }
        }
    }

    /// What a site is asked for next: what waits there, or the next address from the frontier.
    fn next_visit(&mut self, at: SiteIndex, now: Instant) -> Result<Option<Visit>, RunError> {
        if let Some(visit) = self.schedule.take_waiting(at, now) {
            return Ok(Some(visit));
        }
        let is_crowded = self.schedule.waiting() >= MAX_WAITING;
        let take = if self.schedule.sites() > MANY_SITES { 1 } else { TAKE };
        let site = self.schedule.site(at);
        if is_crowded || site.awaits_robots {
            return Ok(None);
        }
        while site.ahead.is_empty()
            && let Some(lane) = site.lanes.last_mut()
        {
            let next = self.frontier.queued(site.id, (lane.taken, lane.end), take)?;
            if let Some(last) = next.last() {
                lane.taken = last.number;
                site.taken = site.taken.max(last.number);
                site.queued = site.queued.saturating_sub(next.len() as u64);
                site.ahead.extend(next);
            } else {
                site.lanes.pop();
            }
        }
        if site.lanes.is_empty() {
            // What the frontier does not hold was counted in vain.
            site.queued = 0;
        }
        let Some(queued) = site.next_ahead() else { return Ok(None) };
        match canonical::parse(&queued.url) {
            Ok(url) => Ok(Some(Visit::new(self.aim(queued), url))),
            Err(error) => {
                // Only an address that another version took for good.
                let row = Row::of_url(&queued.url, Status::Failed).failed(error.code(), &error.to_string());
                self.tell(Note::Visited(Box::new(Visited::of_row(queued.number, row)), None, None));
                Ok(None)
            }
        }
    }

    fn aim(&self, queued: QueuedAddress) -> Aim {
        let QueuedAddress { number, url, source, earlier } = queued;
        let source = source.and_then(|source| self.names.get(&source).cloned());
        Aim::Page { number, given: url, origin: source.map(|source| Origin { source, earlier }) }
    }

    /// Sends a visit's request, unless a robots file forbids it or has to be fetched first.
    fn begin(&mut self, at: SiteIndex, visit: Visit, permit: OwnedSemaphorePermit) {
        let site = self.schedule.site(at);
        if let Some(why) = verdict::left_alone(site, &self.options.retry, &visit, Instant::now()) {
            return self.give_up(&visit, &why, permit);
        }
        if visit.is_robots() {
            return self.exchange(at, visit, permit);
        }
        match self.desk.ruling(&visit.url, &self.frontier) {
            Ruling::Allowed { delay } => {
                let pace = &mut self.schedule.site(at).pace;
                pace.set_crawl_delay(delay);
                if pace.next_at() > Instant::now() {
                    // The file, which was asked for last, wishes for a longer pause.
                    return self.schedule.arrive(at, visit);
                }
                self.exchange(at, visit, permit);
            }
            Ruling::Denied(why) => self.end(&visit, &why, Some(permit)),
            Ruling::Unknown => {
                let origin = origin(&visit.url);
                let mut robots = visit.url.clone();
                robots.set_path("/robots.txt");
                robots.set_query(None);
                robots.set_fragment(None);
                self.schedule.arrive(at, visit);
                self.schedule.site(at).awaits_robots = true;
                self.exchange(at, Visit::new(Aim::Robots { origin, home: at }, robots), permit);
            }
        }
    }
}

/// What the engine waits for before it can begin more.
enum Wake {
    At(Instant),
    Permit,
}
