//! What can be typed behind `tinsach crawl`.
//!
//! Enters: arguments. Leaves: [`CrawlArgs`]; [`CrawlArgs::apply`] lays the flags over a configuration.
//! Invariant: of the things that the command can do, one is asked for.

use super::{CleaningArgs, OutputArgs, RequestArgs};
use crate::config::Config;

const USAGE: &str = "\
tinsach crawl [--once | --watch] [OPTIONS]
       tinsach crawl --status | --dry-run | --restart <NAME>
       tinsach crawl --discover <URL>";

const EXAMPLES: &str = "\
Examples:
  tinsach crawl --discover https://example.vn/ >> config.toml
  tinsach crawl                          follow what is due, fetch what is new, and end
  tinsach crawl --watch                  go on, each source in its turn, until SIGTERM
  tinsach crawl --status                 each source: last and next run, found, failed, lag
  tinsach crawl --dry-run                what a run would do at this moment, and why

Sources are the [[source]] tables of the configuration. A source is asked only for
what has changed, and an article is fetched once. A run that was killed goes on where
it was. SIGHUP makes --watch read the configuration again; SIGTERM and ctrl-C let what
is on its way end. Set contact in [fetch] of the configuration.";

/// Arguments of `crawl`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, override_usage = USAGE)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct CrawlArgs {
    /// Follow what is due, fetch what is new, and end; what is done where nothing else is asked for.
    #[arg(long, group = "what")]
    pub once: bool,
    /// Go on until stopped, each source in its turn.
    #[arg(long, group = "what")]
    pub watch: bool,
    /// Show each source: state, last and next run, found, failed, lag.
    #[arg(long, group = "what")]
    pub status: bool,
    /// Show in order what would be done at this moment, and why; nothing is asked and nothing written.
    #[arg(long, group = "what")]
    pub dry_run: bool,
    /// Look for the feeds, sitemaps and sections of a site, and print them as `[[source]]` tables.
    #[arg(long, group = "what", value_name = "URL")]
    pub discover: Option<String>,
    /// Have a source asked again that was gone for good, or is waiting after failures. May be given more than once.
    #[arg(long, group = "what", value_name = "NAME")]
    pub restart: Vec<String>,
    /// Follow every source at once, due or not.
    #[arg(long, conflicts_with_all = ["status", "discover", "restart"])]
    pub now: bool,
    /// How servers are asked.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Where and how texts are written.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How each document is cleaned.
    #[command(flatten)]
    pub cleaning: CleaningArgs,
}

impl CrawlArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        self.cleaning.apply(config);
        self.output.apply(config);
        self.request.apply(config);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Args, Command};

    fn is_taken(line: &str) -> bool {
        let args = Args::try_parse_from(["tinsach", "crawl"].into_iter().chain(line.split_whitespace()));
        matches!(args.map(|args| args.command), Ok(Command::Crawl(_)))
    }

    #[test]
    fn one_thing_is_done_at_a_time() {
        for right in
            ["", "--once --now", "--watch --out x --delay 0", "--dry-run --now", "--restart a --restart b"]
        {
            assert!(is_taken(right), "{right}");
        }
        for wrong in ["--once --watch", "--status --now", "--discover", "--discover x --status", "--watch x"]
        {
            assert!(!is_taken(wrong), "{wrong}");
        }
    }
}
