//! One page, for a person who wants to look at it.
//!
//! Enters: an address. Leaves: the page behind it, redirects followed. Invariant: the guard and all limits hold as in a
//! run; only robots.txt, which speaks to crawlers, is not asked for.

use reqwest::header::CONTENT_TYPE;
use tokio::runtime::Builder;

use super::moment::time;
use super::verdict;
use super::visit::{Aim, Visit, ending};
use crate::canonical;
use crate::fetch::{Client, FetchError, FetchOptions, Kind, Request, decode_body, redirect};
use crate::page::RawPage;
use crate::run::{InputError, RunError};

/// Fetches one page.
///
/// # Errors
/// Why nothing can be fetched with these options, or why there is no page: both in words.
pub fn fetch_one(given: &str, options: &FetchOptions) -> Result<RawPage, InputError> {
    let failed = |message: String| InputError { code: "fetch", message, is_skip: false };
    let client = Client::new(options).map_err(|error| failed(error.to_string()))?;
    let url = canonical::parse(given).map_err(|error| failed(error.to_string()))?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed(RunError::thread(error).to_string()))?;
    let visit = Visit::new(Aim::Page { number: 0, given: given.to_owned(), origin: None }, url);
    runtime.block_on(follow(visit, &client, options))
}

async fn follow(mut visit: Visit, client: &Client, options: &FetchOptions) -> Result<RawPage, InputError> {
    let end = |error: FetchError| ending(&error);
    loop {
        let request = Request { url: &visit.url, kind: Kind::Page, jar: Some(&visit.jar), validators: None };
        let exchange = client.exchange(&request).await.map_err(end)?;
        let mut next = redirect::target(&exchange).map_err(end)?;
        let mut body = Vec::new();
        if next.is_none() {
            body = decode_body(&exchange, options.limits.max_body_bytes).map_err(end)?.into_owned();
            next = redirect::meta_refresh(&visit.url, &body);
        }
        let Some(next) = next else {
            let content_type = exchange.fields.get(CONTENT_TYPE);
            return Ok(RawPage {
                url: Some(visit.url.to_string()),
                fetched_at: Some(time(exchange.started)),
                content_type: content_type
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
                form: None,
                body,
            });
        };
        visit.lead_to(next, Some(exchange.status));
        let far = verdict::led_too_far(&visit, options.limits.max_redirects, verdict::sets_cookie(&exchange));
        if let Some(why) = far {
            return Err(why);
        }
    }
}
