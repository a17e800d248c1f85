//! One polite request after another, for a look at a site that nobody has crawled yet.
//!
//! Enters: a URL. Leaves: the bytes behind it, redirects followed, or why there are none.
//! Invariant: guard, limits and robots.txt hold as in a run; between two requests lies the delay, whatever the site; and
//! no more requests are made than were granted.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::super::FetchRun;
use super::super::desk::origin;
use super::super::moment::seconds;
use super::super::verdict;
use super::super::visit::{Aim, Visit, ending};
use crate::canonical;
use crate::fetch::politeness::{Observation, Pace};
use crate::fetch::robots::{Access, Robots, Stored};
use crate::fetch::{
    Client, Exchange, FetchError, Kind, MAX_SOURCE_BYTES, Request, decode_body, redirect, retry,
};
use crate::run::InputError;

/// What a URL gave.
pub(super) struct Answer {
    /// The address that answered.
    pub(super) url: Url,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// Asks, and keeps what has to be kept between requests.
pub(super) struct Scout<'a> {
    run: &'a FetchRun,
    client: Client,
    paces: HashMap<String, Pace>,
    access: HashMap<String, Access>,
    /// End of the last request to any site.
    last_end: Option<Instant>,
    /// Requests that may still be made.
    granted: u32,
}

impl<'a> Scout<'a> {
    pub(super) fn new(run: &'a FetchRun, client: Client, granted: u32) -> Scout<'a> {
        Scout { run, client, paces: HashMap::new(), access: HashMap::new(), last_end: None, granted }
    }

    /// Requests that may still be made.
    pub(super) fn granted(&self) -> u32 {
        self.granted
    }

    /// Sitemaps that the robots files read so far name for an address's origin.
    pub(super) fn sitemaps(&self, url: &Url) -> Vec<Url> {
        let Some(Access::Rules(robots)) = self.access.get(&origin(url)) else { return Vec::new() };
        robots.sitemaps().iter().filter_map(|stated| url.join(stated).ok()).collect()
    }

    /// Asks for a document that names pages, and follows redirects.
    pub(super) async fn ask(&mut self, url: Url) -> Result<Answer, InputError> {
        let mut visit = Visit::new(Aim::Page { number: 0, given: url.to_string(), origin: None }, url);
        loop {
            self.leave(&visit.url).await?;
            let exchange = self.exchange(&visit, Kind::Source).await?.map_err(|error| ending(&error))?;
            let mut next = redirect::target(&exchange).map_err(|error| ending(&error))?;
            let mut body = Vec::new();
            if next.is_none() {
                body = decode_body(&exchange, MAX_SOURCE_BYTES).map_err(|error| ending(&error))?.into_owned();
                next = redirect::meta_refresh(&visit.url, &body);
            }
            let Some(next) = next else {
                let content_type = exchange.fields.get(CONTENT_TYPE);
                return Ok(Answer {
                    content_type: content_type
                        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
                    at: seconds(exchange.started),
                    url: visit.url,
                    body,
                });
            };
            visit.lead_to(next, Some(exchange.status));
            let limit = self.run.limits().max_redirects;
            if let Some(why) = verdict::led_too_far(&visit, limit, verdict::sets_cookie(&exchange)) {
                return Err(why);
            }
        }
    }

    /// Whether robots.txt lets the URL be asked for.
    async fn leave(&mut self, url: &Url) -> Result<(), InputError> {
        let origin = origin(url);
        if !self.access.contains_key(&origin) {
            let access = self.robots(url).await?;
            if let Access::Rules(robots) = &access {
                self.pace(url).set_crawl_delay(robots.crawl_delay());
            }
            self.access.insert(origin.clone(), access);
        }
        let forbidden = |code, message: String| Err(InputError { code, message, is_skip: true });
        match self.access.get(&origin) {
            _ if !self.run.obeys_robots => Ok(()),
            Some(Access::DenyAll { .. }) => forbidden(
                "robots_unreachable",
                format!("{url}: {origin}/robots.txt cannot be had, so nothing of the site may be fetched"),
            ),
            Some(Access::Rules(robots)) => match robots.verdict(url) {
                verdict if verdict.allowed => Ok(()),
                verdict => {
                    let rule = verdict.rule.unwrap_or_default();
                    forbidden("robots", format!("{url}: {origin}/robots.txt forbids it: {rule}"))
                }
            },
            _ => Ok(()),
        }
    }

    /// What the robots.txt of the URL's origin means.
    async fn robots(&mut self, url: &Url) -> Result<Access, InputError> {
        let Ok(place) = url.join("/robots.txt") else { return Ok(Access::AllowAll) };
        let mut visit = Visit::new(Aim::Robots { origin: origin(url), home: 0 }, place);
        loop {
            let outcome = self.exchange(&visit, Kind::Robots).await?.map(Box::new);
            if let Some(next) = outcome.as_ref().ok().and_then(|it| verdict::robots_leads_to(&visit, it)) {
                visit.lead_to(next, None);
                continue;
            }
            if let Err(error) = &outcome
                && error.status().is_none()
            {
                // The site itself is out of reach, and its own words say why.
                return Err(ending(error));
            }
            let now = u64::try_from(seconds(SystemTime::now())).unwrap_or(0);
            let stored = verdict::robots_answer(&outcome, |answer| Stored::new(answer, now, None));
            let product = self.run.product_token().unwrap_or_default();
            return Ok(match stored.access(&product) {
                // Its sitemaps are wanted all the same.
                Access::Rules(_) if product.is_empty() => Access::Rules(Robots::parse(&stored.body, "*")),
                access => access,
            });
        }
    }

    /// One exchange, when its time has come.
    async fn exchange(
        &mut self,
        visit: &Visit,
        kind: Kind,
    ) -> Result<Result<Exchange, FetchError>, InputError> {
        let url = &visit.url;
        let ended = |code, message: String| Err(InputError { code, message, is_skip: false });
        if self.granted == 0 {
            return ended("requests", format!("{url}: not asked, as enough requests were made"));
        }
        self.granted -= 1;
        let delay = self.run.delay;
        let now = Instant::now();
        if let Some(rest) = self.pace(url).parked_for(now) {
            return ended(
                "host_parked",
                format!("{url}: the site asks to be left alone for {} s", rest.as_secs()),
            );
        }
        let at = self.pace(url).next_at().max(self.last_end.map_or(now, |end| end + delay));
        tokio::time::sleep_until(at.into()).await;
        let request = Request { url, kind, jar: Some(&visit.jar), validators: None };
        let began = Instant::now();
        let outcome = self.client.exchange(&request).await;
        let end = Instant::now();
        self.last_end = Some(end);
        self.pace(url).observe(observation(&outcome, end - began), end);
        Ok(outcome)
    }

    fn pace(&mut self, url: &Url) -> &mut Pace {
        let delay = self.run.delay;
        self.paces.entry(canonical::site(url)).or_insert_with(|| Pace::new(delay, Instant::now()))
    }
}

fn observation(outcome: &Result<Exchange, FetchError>, spent: Duration) -> Observation {
    let wait = |field: Option<&str>| retry::retry_after(field?, SystemTime::now());
    match outcome {
        Ok(exchange) => {
            Observation { status: Some(exchange.status), latency: exchange.first_byte, retry_after: None }
        }
        Err(error) => Observation {
            status: error.status().map(|(status, _)| status),
            latency: spent,
            retry_after: wait(error.status().and_then(|(_, field)| field)),
        },
    }
}
