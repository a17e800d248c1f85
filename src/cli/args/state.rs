//! What can be typed behind `tinsach state`.
//!
//! Enters: arguments. Leaves: [`StateArgs`]. Invariant: each command names one folder, by flag or by configuration.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

const EXAMPLES: &str = "\
Examples:
  tinsach state check --out corpus
  tinsach state export --out corpus > addresses.jsonl
  tinsach state forget example.vn --out corpus

The memory of a folder lies in its .tinsach/state.db. No command changes texts or
rows. While a run writes to the folder, all of them are refused.";

/// Arguments of `state`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct StateArgs {
    /// Output folder whose memory is meant [default: clean].
    #[arg(long, value_name = "DIR", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub out: Option<String>,
    /// Configuration file, for the output folder [default: ./config.toml, if it is there].
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// What to do with it.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// The commands of `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Say whether it is whole, and what is in it; exit status 1 if it is not.
    Check,
    /// Give back the room of what was deleted.
    Compact,
    /// Print every address that was listed, as a row of JSON each.
    Export,
    /// Forget the addresses of a host and of those below it, so that they are fetched anew when listed again.
    Forget {
        /// The host, such as example.vn.
        host: String,
    },
    /// Make another database from the manifest, in the place of a damaged or missing one.
    Rebuild,
}
