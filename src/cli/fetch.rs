//! `tinsach fetch`: a list of addresses into a folder of clean texts, and a raw archive on request.
//!
//! Enters: the typed arguments. Leaves: texts, manifest, state and archive in the output folder, a summary.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Host;

use super::args::FetchArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::progress::{Progress, Unit};
use super::signals::Signals;
use super::{conduct, rules, settings};
use crate::config::{Archive, Config};
use crate::fetch::guard::Allowed;
use crate::fetch::retry::RetryPolicy;
use crate::fetch::{FetchOptions, HostFields, Limits};
use crate::page::RawPage;
use crate::run::InputError;
use crate::run::fetch::{End, FetchRun, ListedAddress, Paces, Work, fetch};
use crate::source::url_list::{self, UrlInput};

/// Longest time that a connection stays open while nothing is asked.
const MAX_IDLE: Duration = Duration::from_secs(10);

/// Said where sites are not told who asks.
pub(super) const NO_CONTACT: &str =
    "sites cannot tell who fetches: set contact in [fetch] of the configuration to a page or mail address";

/// Runs the command.
pub(super) fn run(args: &FetchArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    let (cleaner, user_rules) = rules::cleaner(&config)?;
    let list = list(args)?;
    let fetch_run = FetchRun { retries_failed: args.retry_failed, ..fetch_run(&config)? };
    let options = conduct::options(&config, &user_rules);
    let progress = Progress::start(config.run.quiet, Unit::Address);
    let include = config.clean.include.clone();
    let clean: Work =
        Arc::new(move |page: &RawPage, _source: Option<&str>| conduct::product(page, &cleaner, &include));
    let work = (config.fetch.archive != Archive::Only).then_some(clean);
    let signals = Signals::listen(false)?;
    let mut end = End::Whole;
    let code = conduct::conduct(&config, &progress, |watcher| {
        if !config.fetch.names_contact() {
            watcher.notice(NO_CONTACT);
        }
        let (summary, how) = fetch(list, (&fetch_run, &options), work, signals.stop(), watcher)?;
        end = how;
        Ok(summary)
    })?;
    Ok(if end == End::Stopped { ExitCode::SomeFailed } else { code })
}

/// The addresses that were typed, then those of the lists.
fn list(args: &FetchArgs) -> Result<impl Iterator<Item = ListedAddress> + Send + use<>, Failure> {
    if let Some(file) = args.urls.iter().find(|url| Path::new(url).is_file()) {
        let message = format!("{file} is a file; to fetch the addresses in it: --input {file}");
        return Err(Failure::Argument { message });
    }
    let typed = args.urls.iter().cloned().map(UrlInput::Address);
    let inputs: Vec<UrlInput> = typed.chain(args.input.iter().cloned().map(UrlInput::List)).collect();
    let listed = url_list::read(&inputs).map_err(|error| Failure::Argument { message: error.to_string() })?;
    Ok(listed.map(|listed| match listed {
        Ok(listed) => ListedAddress { url: listed.url, error: None },
        Err(error) => ListedAddress {
            url: error.id().to_owned(),
            error: Some(InputError { code: error.code(), message: error.to_string(), is_skip: false }),
        },
    }))
}

/// What the configuration says of fetching, checked.
pub(super) fn fetch_run(config: &Config) -> Result<FetchRun, Failure> {
    let fetch = &config.fetch;
    let bad = |key: &str, text: &str, why: String| Failure::Argument {
        message: format!("[fetch] {key}: \"{text}\": {why}"),
    };
    let mut allow: Vec<Allowed> = Vec::new();
    for network in &fetch.allow_addresses {
        allow.push(network.parse().map_err(|error| bad("allow_addresses", network, format!("{error}")))?);
    }
    let mut host_fields = Vec::new();
    for line in &fetch.host_fields {
        let why =
            || "must be a host, a space and a field, as in \"example.vn Accept-Language: vi\"".to_owned();
        host_fields.push(host_field(line).ok_or_else(|| bad("host_fields", line, why()))?);
    }
    let first_byte = Duration::from_millis(fetch.timeout.0);
    let limits = Limits {
        first_byte,
        total: first_byte.saturating_mul(6),
        max_body_bytes: fetch.max_page_mib.saturating_mul(1 << 20).min(config.max_document_bytes()),
        ..Limits::default()
    };
    let delay = Duration::from_millis(fetch.delay.0);
    Ok(FetchRun {
        client: FetchOptions {
            limits,
            allow,
            proxy: Some(fetch.proxy.clone()).filter(|proxy| !proxy.is_empty()),
            host_fields,
            certificates: fetch.certificates.iter().map(PathBuf::from).collect(),
            // Until the next request to the site, where nothing holds it up.
            idle: (2 * delay + Duration::from_millis(100)).min(MAX_IDLE),
            ..FetchOptions::new(fetch.agent())
        },
        delay,
        concurrency: fetch.concurrency,
        obeys_robots: fetch.robots,
        retry: RetryPolicy { attempts: fetch.attempts, ..RetryPolicy::default() },
        archives: fetch.archive != Archive::Off,
        retries_failed: false,
        paces: Paces::default(),
    })
}

/// `example.vn Name: value`; a `Cookie` field gives cookies.
fn host_field(line: &str) -> Option<HostFields> {
    let (host, field) = line.trim().split_once(' ')?;
    let (name, value) = field.split_once(':')?;
    let (name, value) = (name.trim(), value.trim());
    let (below, host) = host.strip_prefix("*.").map_or(("", host), |host| ("*.", host));
    // As addresses have it, so that the two can be compared.
    let host = format!("{below}{}", Host::parse(host).ok()?);
    let mut fields = HostFields { host, fields: Vec::new(), cookies: Vec::new() };
    if name.eq_ignore_ascii_case("cookie") {
        let cookies = value.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        fields.cookies = cookies.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    } else {
        fields.fields.push((name.to_owned(), value.to_owned()));
    }
    let says_something = !fields.fields.is_empty() || !fields.cookies.is_empty();
    (says_something && !name.is_empty()).then_some(fields)
}
