//! The engine of a fetch: decides what is asked next and what follows an answer.
//!
//! Enters: queued sites, answers, the clock. Leaves: exchanges, harvests, notes to the ledger.
//! Invariant: at most `concurrency` visits are between their request and the ledger; a site has at most one request,
//! and every visit that was begun ends in one note.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Event;
use super::crawl::Place;
use super::desk::{Desk, Ruling, origin};
use super::gates::Gates;
use super::harvest::{Harvest, Harvested};
use super::ledger::Note;
use super::read::Read;
use super::schedule::{Schedule, SiteIndex};
use super::tour::Tours;
use super::visit::{Aim, Last, Origin, Visit};
use super::{End, FetchRun, verdict};
use crate::canonical;
use crate::fetch::politeness::Pace;
use crate::fetch::retry::HostRecord;
use crate::fetch::{Client, Exchange, FetchError, Kind, Request, Validators};
use crate::run::visited::Visited;
use crate::run::{InputError, RunError};
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

/// What comes back from outside the engine.
pub(super) enum Answer {
    /// An exchange has ended.
    Exchanged {
        site: SiteIndex,
        visit: Box<Visit>,
        outcome: Result<Box<Exchange>, FetchError>,
        permit: OwnedSemaphorePermit,
    },
    /// The address may not be asked yet.
    Later { site: SiteIndex, visit: Box<Visit>, until: Instant },
    /// A document of a source was read, or is none.
    Read { source: usize, depth: u32, last: Option<Last>, outcome: Box<Result<Read, InputError>> },
    /// A page was taken apart and has no outcome yet: it leads on, or was broken.
    Harvested { visit: Box<Visit>, outcome: Harvested },
}

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
        mut events: UnboundedReceiver<Event>,
        mut answers: UnboundedReceiver<Answer>,
        stop: impl Future<Output = ()>,
    ) -> Result<End, RunError> {
        self.resume()?;
        tokio::pin!(stop);
        let mut is_stopping = false;
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
        self.schedule.site_of(name, || Pace::new(delay, now))
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

    /// What makes a visit's next request conditional.
    fn validators(&self, visit: &Visit) -> Option<Validators> {
        let known = match visit.aim {
            Aim::Source { source, .. } => {
                // A state that cannot answer costs one whole answer.
                let document = self.frontier.document(self.harvest.sources.ids[source], visit.url.as_str());
                document.ok().flatten().map(|document| document.validators)
            }
            _ => visit.earlier_validators().cloned(),
        };
        known.filter(|known| known.etag.is_some() || known.last_modified.is_some())
    }

    fn exchange(&mut self, at: SiteIndex, mut visit: Visit, permit: OwnedSemaphorePermit) {
        self.schedule.site(at).is_asked = true;
        self.going_on += 1;
        visit.sent = self.validators(&visit);
        let (client, gates, answers) = (self.client.clone(), Arc::clone(&self.gates), self.answers.clone());
        tokio::spawn(async move {
            let began = (SystemTime::now(), Instant::now());
            let address = match client.resolve(&visit.url).await {
                Ok(address) => address.filter(|_| gates.are_closed()),
                Err(error) => {
                    let outcome = Err(error);
                    visit.note(&outcome, began.0, began.1.elapsed());
                    let (visit, outcome) = (Box::new(visit), outcome.map(Box::new));
                    return drop(answers.send(Answer::Exchanged { site: at, visit, outcome, permit }));
                }
            };
            if let Some(Err(until)) = address.map(|address| gates.enter(address, Instant::now())) {
                return drop(answers.send(Answer::Later { site: at, visit: Box::new(visit), until }));
            }
            let kind = match visit.aim {
                Aim::Page { .. } => Kind::Page,
                Aim::Robots { .. } => Kind::Robots,
                Aim::Source { .. } => Kind::Source,
            };
            let validators = visit.sent.as_ref();
            let request = Request { url: &visit.url, kind, jar: Some(&visit.jar), validators };
            let outcome = unbroken(client.exchange(&request)).await;
            let outcome = outcome.unwrap_or_else(|| Err(FetchError::broken(&visit.url)));
            if let Some(address) = address {
                gates.leave(address, Instant::now());
            }
            visit.note(&outcome, began.0, began.1.elapsed());
            let (visit, outcome) = (Box::new(visit), outcome.map(Box::new));
            // An engine that has stopped wants no answers.
            _ = answers.send(Answer::Exchanged { site: at, visit, outcome, permit });
        });
    }
}

/// What a future gives; `None` if it panics.
async fn unbroken<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        poll.map_or(Poll::Ready(None), |poll| poll.map(Some))
    })
    .await
}

/// What the engine waits for before it can begin more.
enum Wake {
    At(Instant),
    Permit,
}
