//! Politeness by address: hosts of different sites that share an address share its patience.
//!
//! Enters: the address a request would go to. Leaves: leave to ask, or when to come back.
//! Invariant: one request at a time goes to an address, and the time between two is kept.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses whose times are kept before those that have passed are cleared away.
const MAX_GATES: usize = 20_000;

/// The gates of all addresses.
#[derive(Debug)]
pub(super) struct Gates {
    delay: Duration,
    /// When each address may be asked next; `None` while it is being asked.
    next: Mutex<HashMap<IpAddr, Option<Instant>>>,
}

impl Gates {
    /// Gates that keep `delay` between the requests to one address; none at all where it is zero.
    pub(super) fn new(delay: Duration) -> Gates {
        Gates { delay, next: Mutex::default() }
    }

    /// Whether addresses are looked at.
    pub(super) fn are_closed(&self) -> bool {
        !self.delay.is_zero()
    }

    /// Lets a request through, or says when to come back.
    pub(super) fn enter(&self, address: IpAddr, now: Instant) -> Result<(), Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match next.get(&address) {
            Some(None) => return Err(now + self.delay),
            Some(Some(time)) if *time > now => return Err(*time),
            _ => {}
        }
        if next.len() >= MAX_GATES {
            next.retain(|_, time| time.is_none_or(|time| time > now));
        }
        next.insert(address, None);
        Ok(())
    }

    /// The request that was let through is over.
    pub(super) fn leave(&self, address: IpAddr, now: Instant) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.insert(address, Some(now + self.delay));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_not_too_soon() {
        let (gates, start) = (Gates::new(Duration::from_secs(1)), Instant::now());
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!(gates.enter(one, start), Ok(()));
        assert_eq!(gates.enter(one, start), Err(start + Duration::from_secs(1)));
        assert_eq!(gates.enter(other, start), Ok(()));
        gates.leave(one, start);
        assert_eq!(gates.enter(one, start), Err(start + Duration::from_secs(1)));
        assert_eq!(gates.enter(one, start + Duration::from_secs(1)), Ok(()));
    }
}
