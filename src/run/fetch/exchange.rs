//! Makes the one exchange of a visit beside the engine.
//!
//! Enters: a visit whose site may be asked. Leaves: the answer, or when to come back; always one of the two.
//! Invariant: what panics on the way becomes a failure, and an address is asked one thing at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Instant, SystemTime};

use tokio::sync::OwnedSemaphorePermit;

use super::answer::Answer;
use super::engine::Engine;
use super::schedule::SiteIndex;
use super::visit::{Aim, Visit};
use crate::fetch::{FetchError, Kind, Request, Validators};

impl Engine<'_> {
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

    /// Sends a visit's request.
    pub(super) fn exchange(&mut self, at: SiteIndex, mut visit: Visit, permit: OwnedSemaphorePermit) {
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
