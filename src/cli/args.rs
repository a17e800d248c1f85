//! What can be typed on the command line.
//!
//! Enters: the program's arguments. Leaves: [`Args`]; [`CleanArgs::apply`] and [`CleaningArgs::apply`] lay the flags
//! over a configuration. Invariant: a flag that was not typed changes nothing.

mod crawl;
mod request;
mod state;

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValue};
use clap::{ColorChoice, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::config::{Config, DedupMode, Format, LogFormat, Naming};
use crate::label::Label;

pub use crawl::CrawlArgs;
pub use request::RequestArgs;
pub use state::{StateArgs, StateCommand};

const EXAMPLES: &str = "\
Examples:
  tinsach clean dump/ --out corpus        clean a folder of pages and texts into corpus/
  tinsach fetch --input urls.txt          fetch a list of addresses politely, and clean the pages
  tinsach crawl --watch                   follow the sources of config.toml, as they fall due
  tinsach explain dump/page.html          show what is kept and cut of one page, and why
  tinsach config init                     write ./config.toml with every option at its default

Exit status:
  0  all done
  1  done, but some inputs failed: each is in the manifest and on standard error
  2  unusable arguments or configuration; nothing was touched";

const CLEAN_EXAMPLES: &str = "\
Examples:
  tinsach clean dump/ pages.warc.gz --out corpus
  tinsach clean dump/ --include title,lead,body --format jsonl
  tinsach clean dump/ --naming source --dedup off      one text for each input, by its name
  zcat rows.jsonl.gz | tinsach clean - --out corpus    rows with \"url\" and \"html\" or \"text\"

Inputs are HTML, flattened text, gzip of either, WARC and JSONL, told apart by
content, not by name. The same command again writes nothing new; a run that was
killed goes on where it stopped.";

const FETCH_USAGE: &str = "\
tinsach fetch [OPTIONS] <URL>...
       tinsach fetch [OPTIONS] --input <FILE>
       tinsach fetch [OPTIONS] --retry-failed";

const FETCH_EXAMPLES: &str = "\
Examples:
  tinsach fetch https://example.vn/bai-1.html --out corpus
  tinsach fetch --input urls.txt --out corpus --archive
  tinsach fetch --input urls.txt --out corpus --retry-failed
  zcat urls.csv.gz | tinsach fetch --input - --out corpus

A list is plain text with an address a line (# begins a comment), CSV with a
column url, or JSONL with a field url. The same command again fetches nothing
twice; a run that was killed or stopped goes on where it was. Sites are asked one
request at a time, a second apart, as their robots.txt allows. Set contact in
[fetch] of the configuration; time-outs, tries, proxy and fields are there too.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  tinsach explain page.html --color always | less -R
  tinsach explain page.html --html page-explained.html
  tinsach explain https://example.vn/bai-1.html

Each block shows its number, + if kept or - if cut, its label, the estimate from
0 to 1 that it is article text, its text, and the signals that decided, with
their weights (log-odds in favour of the article) and rules.";

const CONFIG_EXAMPLES: &str = "\
Examples:
  tinsach config init --config team.toml
  tinsach config check --config team.toml
  tinsach config show";

/// Turns news pages, and text flattened from them, into a clean, deduplicated corpus.
#[derive(Debug, Parser)]
#[command(name = "tinsach", version, arg_required_else_help = true, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clean files, folders and archives into a folder of texts with a manifest.
    #[command(after_help = CLEAN_EXAMPLES)]
    Clean(CleanArgs),
    /// Fetch a list of addresses, and clean their pages into a folder of texts with a manifest.
    #[command(after_help = FETCH_EXAMPLES, override_usage = FETCH_USAGE)]
    Fetch(FetchArgs),
    /// Follow feeds, sitemaps, section pages and lists, and fetch and clean each article that is not yet there.
    Crawl(CrawlArgs),
    /// Show each block of one page: kept or cut, its label, and why.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Check, show or write the configuration.
    #[command(after_help = CONFIG_EXAMPLES)]
    Config(ConfigArgs),
    /// Check, shrink, list, forget or rebuild what runs remember.
    State(StateArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page (`tinsach man | man -l -`).
    Man,
}

/// Arguments of `clean`.
#[derive(Debug, clap::Args)]
pub struct CleanArgs {
    /// Files, folders (taken with all below them) and archives; `-` reads JSONL from standard input.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where and how texts are written.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How each document is cleaned.
    #[command(flatten)]
    pub cleaning: CleaningArgs,
}

/// Options that `clean`, `fetch` and `crawl` share.
#[derive(Debug, clap::Args)]
pub struct OutputArgs {
    /// Folder for texts, manifest and state [default: clean].
    #[arg(long, value_name = "DIR", value_parser = NonEmptyStringValueParser::new())]
    pub out: Option<String>,
    /// How copies are treated [default: exact].
    #[arg(long, value_enum, value_name = "MODE")]
    pub dedup: Option<DedupMode>,
    /// What texts are called [default: hash].
    #[arg(long, value_enum, value_name = "NAMES")]
    pub naming: Option<Naming>,
    /// What articles are written as [default: txt].
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Documents cleaned at once, up to 1024; 0 takes all cores. The output does not depend on it [default: 0].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub jobs: Option<u16>,
    /// No progress and no summary; failed inputs are still named on standard error.
    #[arg(long)]
    pub quiet: bool,
    /// Form of messages and summary [default: text].
    #[arg(long, value_enum, value_name = "FORM")]
    pub log_format: Option<LogFormat>,
}

/// Arguments of `fetch`.
#[derive(Debug, clap::Args)]
pub struct FetchArgs {
    /// Addresses to fetch.
    #[arg(value_name = "URL", required_unless_present_any = ["input", "retry_failed"])]
    pub urls: Vec<String>,
    /// List of addresses: text, CSV or JSONL, also gzip; `-` reads standard input. May be given more than once.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// How servers are asked.
    #[command(flatten)]
    pub request: RequestArgs,
    /// Try addresses again that failed in earlier runs into the same folder.
    #[arg(long)]
    pub retry_failed: bool,
    /// Where and how texts are written.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How each document is cleaned.
    #[command(flatten)]
    pub cleaning: CleaningArgs,
}

/// Options that `clean`, `fetch`, `crawl` and `explain` share.
#[derive(Debug, clap::Args)]
pub struct CleaningArgs {
    /// Labels whose blocks are kept, apart by commas [default: title,lead,body,subhead,caption,byline].
    ///
    /// The others are date, section, tags, related, repeat, sidebar, comment, share, navigation, legal, ad, other.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_enum, hide_possible_values = true)]
    pub include: Vec<Label>,
    /// Clean by the general path alone, without site rules [default: with site rules].
    #[arg(long)]
    pub no_site_rules: bool,
    /// Largest document in MiB after decompression, 1 to 1024; a larger one fails [default: 32].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub max_document_mib: Option<u64>,
    /// Configuration file; flags override it [default: ./config.toml, if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The page: an HTML file, a flattened text, or an address; of an archive, its first document.
    #[arg(value_name = "PATH|URL")]
    pub path: PathBuf,
    /// Write a page for the browser to FILE, in place of text on standard output.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Colour; `auto` means on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// How the page is cleaned.
    #[command(flatten)]
    pub cleaning: CleaningArgs,
}

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file [default: ./config.toml].
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// What to do with it.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Name each mistake with its line; exit status 2 if there is one.
    Check,
    /// Print every option with the value in effect, as TOML.
    Show,
    /// Write the default with every key explained.
    Init {
        /// Overwrite a file that is there.
        #[arg(long)]
        force: bool,
    },
}

impl CleanArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        self.cleaning.apply(config);
        self.output.apply(config);
    }
}

impl FetchArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        self.cleaning.apply(config);
        self.output.apply(config);
        self.request.apply(config);
    }
}

impl OutputArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        lay(&mut config.output.dir, self.out.clone());
        lay(&mut config.output.format, self.format);
        lay(&mut config.output.naming, self.naming);
        lay(&mut config.dedup.mode, self.dedup);
        lay(&mut config.run.jobs, self.jobs.map(usize::from));
        lay(&mut config.run.log_format, self.log_format);
        config.run.quiet |= self.quiet;
    }
}

impl CleaningArgs {
    /// Lays the typed flags over a configuration.
    pub fn apply(&self, config: &mut Config) {
        if !self.include.is_empty() {
            config.clean.include =
                Label::ALL.into_iter().filter(|label| self.include.contains(label)).collect();
        }
        config.clean.site_rules &= !self.no_site_rules;
        lay(&mut config.input.max_document_mib, self.max_document_mib);
    }
}

fn lay<T>(option: &mut T, typed: Option<T>) {
    if let Some(value) = typed {
        *option = value;
    }
}

impl ValueEnum for Label {
    fn value_variants<'a>() -> &'a [Self] {
        &Label::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ValueEnum for DedupMode {
    fn value_variants<'a>() -> &'a [Self] {
        &[DedupMode::Off, DedupMode::Exact]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            DedupMode::Off => PossibleValue::new("off").help("Write every article"),
            DedupMode::Exact => PossibleValue::new("exact").help("Leave out what has an earlier one's text"),
        })
    }
}

impl ValueEnum for Naming {
    fn value_variants<'a>() -> &'a [Self] {
        &[Naming::Hash, Naming::Source]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Naming::Hash => {
                PossibleValue::new("hash").help("Number and content key: 000_7f6c86709e46efd1.txt")
            }
            Naming::Source => {
                PossibleValue::new("source").help("The input's own name: a/b.html becomes a/b.txt")
            }
        })
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Format::Txt, Format::Jsonl]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Format::Txt => PossibleValue::new("txt").help("A text file each"),
            Format::Jsonl => PossibleValue::new("jsonl").help("A row of articles.jsonl each"),
        })
    }
}

impl ValueEnum for LogFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[LogFormat::Text, LogFormat::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            LogFormat::Text => PossibleValue::new("text").help("Lines for people"),
            LogFormat::Json => PossibleValue::new("json").help("One JSON object per line"),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn clean(flags: &[&str]) -> CleanArgs {
        let line = ["tinsach", "clean", "dump"].iter().chain(flags);
        match Args::try_parse_from(line).map(|args| args.command) {
            Ok(Command::Clean(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_holds() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_that_were_not_typed_change_nothing() {
        let mut config = Config::from_toml(
            "[run]\nquiet = true\njobs = 3\nlog_format = \"json\"\n[clean]\nsite_rules = false\ninclude = [\"ad\"]\n\
             [output]\nformat = \"jsonl\"\nnaming = \"source\"\ndir = \"x\"\n[dedup]\nmode = \"off\"\n",
            "t",
        )
        .expect("valid");
        let before = config.clone();
        clean(&[]).apply(&mut config);
        assert_eq!(config, before);
    }

    #[test]
    fn typed_flags_win() {
        let mut config = Config::default();
        let line = "--out o --include body,title,body --dedup off --naming source --format jsonl --jobs 3 --quiet \
                    --log-format json --no-site-rules --max-document-mib 5";
        clean(&line.split_whitespace().collect::<Vec<_>>()).apply(&mut config);
        let expected = "[input]\nmax_document_mib = 5\n[clean]\ninclude = [\"title\", \"body\"]\nsite_rules = false\n\
                        [dedup]\nmode = \"off\"\n[output]\ndir = \"o\"\nformat = \"jsonl\"\nnaming = \"source\"\n\
                        [run]\njobs = 3\nquiet = true\nlog_format = \"json\"\n";
        assert_eq!(Config::from_toml(expected, "t"), Ok(config));
    }

    #[test]
    fn help_names_the_real_defaults() {
        let mut command = Args::command();
        let clean = command.find_subcommand_mut("clean").expect("clean");
        let help = clean.render_long_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let config = Config::default();
        let include: Vec<&str> = config.clean.include.iter().map(|label| label.name()).collect();
        for value in [
            config.output.dir.clone(),
            include.join(","),
            config.input.max_document_mib.to_string(),
            config.run.jobs.to_string(),
            "exact".into(),
            "hash".into(),
            "txt".into(),
            "text".into(),
        ] {
            assert!(help.contains(&format!("[default: {value}]")), "{value}: {help}");
        }
        for label in Label::ALL {
            assert!(help.contains(label.name()), "{}", label.name());
        }
    }
}
