//! `tinsach crawl --dry-run`: what a crawl would do at this moment, in order, and why.
//!
//! Enters: the configuration, the output folder. Leaves: lines for a person, or rows of JSON.
//! Invariant: nothing is asked and nothing written.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::json;

use super::super::args::CrawlArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::sources;
use super::watcher::{moment, now};
use crate::config::{Config, LogFormat};
use crate::report::wrap::printable;
use crate::run::fetch::crawl::Mode;
use crate::run::fetch::forecast::{Forecast, Memory, QueuedAt, Why};

/// Prints what would be done.
pub(super) fn run(args: &CrawlArgs, config: &Config) -> Result<ExitCode, Failure> {
    let crawl = sources::crawl_run(config, Mode::Once, args.now)?;
    let memory = Memory::look(Path::new(&config.output.dir))?;
    let forecasts = memory.forecast(&crawl, now())?;
    let queued = memory.queued()?;
    let mut out = BufWriter::new(io::stdout().lock());
    if config.run.log_format == LogFormat::Json {
        rows(&forecasts, &queued, &mut out)?;
    } else {
        lines(&forecasts, &queued, &mut out)?;
        for source in config.source.iter().filter(|source| !source.enabled) {
            writeln!(out, "  {}: turned off", printable(&source.name))?;
        }
    }
    out.flush()?;
    Ok(ExitCode::Done)
}

fn lines(forecasts: &[Forecast], queued: &[QueuedAt], out: &mut impl Write) -> io::Result<()> {
    let (followed, others): (Vec<&Forecast>, Vec<&Forecast>) =
        forecasts.iter().partition(|forecast| forecast.is_followed);
    writeln!(out, "Followed would be {} of {} sources:", followed.len(), forecasts.len())?;
    for (at, forecast) in followed.iter().enumerate() {
        let name = printable(&forecast.source.name);
        writeln!(out, "{:>3}. {name}: {}\n     {}", at + 1, why(forecast), place(forecast))?;
    }
    let left: u64 = queued.iter().map(|site| site.queued).sum();
    writeln!(out, "Fetched would be what they name and is not known, and {left} addresses that are queued:")?;
    for site in queued {
        writeln!(out, "  {}: {}", site.site, site.queued)?;
        for url in &site.first {
            writeln!(out, "     {}", printable(url))?;
        }
        if site.queued > site.first.len() as u64 {
            writeln!(out, "     …")?;
        }
    }
    if !others.is_empty() {
        writeln!(out, "Left alone would be:")?;
    }
    for forecast in others {
        writeln!(out, "  {}: {}", printable(&forecast.source.name), why(forecast))?;
    }
    Ok(())
}

fn rows(forecasts: &[Forecast], queued: &[QueuedAt], out: &mut impl Write) -> io::Result<()> {
    let (followed, others): (Vec<&Forecast>, Vec<&Forecast>) =
        forecasts.iter().partition(|forecast| forecast.is_followed);
    for forecast in followed.into_iter().chain(others) {
        let row = json!({
            "source": forecast.source.name,
            "follow": forecast.is_followed,
            "why": why(forecast),
            "url": forecast.place,
            "moved": forecast.has_moved,
            "conditional": forecast.is_conditional,
        });
        writeln!(out, "{row}")?;
    }
    for QueuedAt { site, queued, first } in queued {
        writeln!(out, "{}", json!({"site": site, "queued": queued, "first": first}))?;
    }
    Ok(())
}

fn place(forecast: &Forecast) -> String {
    let mut text = printable(&forecast.place);
    if forecast.has_moved {
        text.push_str(" (where it has moved)");
    }
    if forecast.is_conditional {
        text.push_str(", only if it has changed");
    }
    text
}

fn why(forecast: &Forecast) -> String {
    let zone: &TimeZone = &forecast.source.rhythm.zone;
    let time = |second: i64| moment(second, zone).unwrap_or_else(|| "the end of time".to_owned());
    let known = forecast.known.as_ref();
    match forecast.why {
        Why::Asked => "asked for by --now".to_owned(),
        Why::New => "never followed before".to_owned(),
        Why::BrokenOff => "its last run broke off".to_owned(),
        Why::Unscheduled => "has no schedule, so that each crawl follows it".to_owned(),
        Why::Due(since) => format!("due at {}", time(since)),
        Why::NotUntil(until) => format!("not due until {}", time(until)),
        Why::Failing(until) => {
            let times = known.map_or(0, |(_, turn)| turn.failures);
            format!("failed {times} times in a row, not asked until {}", time(until))
        }
        Why::Stopped(since) => {
            let reason =
                known.and_then(|(_, turn)| turn.stopped.as_ref()).map(|stopped| stopped.reason.as_str());
            let reason = printable(reason.unwrap_or_default());
            format!("stopped since {}: {reason}; --restart has it asked again", time(since))
        }
        Why::Running(since) => format!("being followed since {}, or its run broke off", time(since)),
    }
}
