//! Options of the commands that ask servers.
//!
//! Enters: arguments. Leaves: [`RequestArgs`]; [`RequestArgs::apply`] lays them over a configuration.
//! Invariant: a flag that was not typed changes nothing.

use clap::builder::NonEmptyStringValueParser;

use super::lay;
use crate::config::{Archive, Config, Seconds};

/// Options that `fetch` and `crawl` share.
#[derive(Debug, clap::Args)]
pub struct RequestArgs {
    /// Seconds between two requests to a site, and to an address; 0 turns the waiting off [default: 1].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub delay: Option<Seconds>,
    /// Requests and pages in work at once, over all sites [default: 64].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub concurrency: Option<u16>,
    /// The User-Agent field [default: tinsach, its version and the contact of the configuration].
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub user_agent: Option<String>,
    /// Ask sites also for what their robots.txt forbids; for sites of your own.
    #[arg(long)]
    pub ignore_robots: bool,
    /// Network that may be asked although it is not public, such as 10.1.0.0/16 or 127.0.0.1/32:8080. May be given
    /// more than once.
    #[arg(long, value_name = "CIDR")]
    pub allow_address: Vec<String>,
    /// Keep requests and answers as WARC files in the folder archive/ beside the texts.
    #[arg(long)]
    pub archive: bool,
    /// Keep them, and write no texts; `tinsach clean` makes them from the archive.
    #[arg(long, conflicts_with = "archive")]
    pub archive_only: bool,
}

impl RequestArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        let fetch = &mut config.fetch;
        lay(&mut fetch.delay, self.delay);
        lay(&mut fetch.concurrency, self.concurrency.map(usize::from));
        lay(&mut fetch.user_agent, self.user_agent.clone());
        lay(&mut fetch.archive, self.archive.then_some(Archive::On));
        lay(&mut fetch.archive, self.archive_only.then_some(Archive::Only));
        fetch.robots &= !self.ignore_robots;
        fetch.allow_addresses.extend(self.allow_address.iter().cloned());
    }
}

/// A number of seconds, as the configuration takes it.
fn seconds(typed: &str) -> Result<Seconds, String> {
    let number = typed.parse::<f64>().ok().filter(|number| *number >= 0.0).map(Seconds::from_number);
    number
        .filter(|number| *number <= Seconds::MOST)
        .ok_or_else(|| format!("must be 0 to {} seconds", Seconds::MOST.0 / 1_000))
}
