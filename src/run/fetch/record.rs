//! Records of the raw archive, from exchanges.
//!
//! Enters: exchanges. Leaves: WARC records as whole gzip members, and what the ledger needs to choose among them.
//! Invariant: what a record holds is what was sent and answered; a payload is stored once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::fetch::Exchange;
use crate::write::warc::{self, ArchiveFile, Capture, Digest, Earlier, Info, Packer};

/// Level of gzip: the first one takes a third of the time of the usual one, and about a fifth more room.
const LEVEL: u32 = 1;

/// What a visit adds to the archive.
pub(super) struct Records {
    /// Records of the exchanges that led to the last one.
    pub(super) before: Vec<u8>,
    /// Records of the last exchange.
    pub(super) last: Vec<u8>,
    /// Digest of its payload.
    pub(super) payload: [u8; 32],
    exchange: Exchange,
}

/// Makes records for the file that is being written.
#[derive(Clone)]
pub(super) struct Recorder {
    file: Arc<Mutex<ArchiveFile>>,
    info: Arc<RunInfo>,
    /// Packers that nobody uses.
    packers: Arc<Mutex<Vec<Packer>>>,
}

struct RunInfo {
    user_agent: String,
    obeys_robots: bool,
    began: SystemTime,
}

impl Recorder {
    /// A recorder for a run whose first records go to a file of this name.
    pub(super) fn new(user_agent: &str, obeys_robots: bool, file_name: &str) -> Recorder {
        let info = RunInfo { user_agent: user_agent.to_owned(), obeys_robots, began: SystemTime::now() };
        let (file, _) = begin(&info, file_name, &mut Packer::new(0));
        Recorder { file: Arc::new(Mutex::new(file)), info: Arc::new(info), packers: Arc::default() }
    }

    /// The record that begins a file; those made from here on refer to it.
    pub(super) fn begin(&self, file_name: &str) -> Vec<u8> {
        let (file, record) = self.with_packer(|packer| begin(&self.info, file_name, packer));
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
        record
    }

    /// The records of an exchange that led on.
    pub(super) fn hop(&self, exchange: &Exchange) -> Vec<u8> {
        self.with_packer(|packer| {
            warc::exchange(&capture(exchange), &Digest::of(&exchange.body), None, &self.file(), packer)
        })
    }

    /// The records of a visit that ended with `exchange`, behind those `before` it.
    pub(super) fn records(&self, before: Vec<u8>, exchange: Exchange) -> Records {
        let digest = Digest::of(&exchange.body);
        let last = self
            .with_packer(|packer| warc::exchange(&capture(&exchange), &digest, None, &self.file(), packer));
        Records { before, last, payload: digest.0, exchange }
    }

    /// The last exchange of a visit, where an earlier one, of this address and time, had the same payload.
    pub(super) fn revisit(&self, records: &Records, uri: &str, nanoseconds: u64) -> Vec<u8> {
        let date = UNIX_EPOCH + std::time::Duration::from_nanos(nanoseconds);
        let earlier = Earlier { uri, date };
        let digest = Digest(records.payload);
        let capture = capture(&records.exchange);
        self.with_packer(|packer| warc::exchange(&capture, &digest, Some(&earlier), &self.file(), packer))
    }

    /// Lends a packer, of which there are as many as threads that make records.
    fn with_packer<T>(&self, work: impl FnOnce(&mut Packer) -> T) -> T {
        let idle = || self.packers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut packer = idle().pop().unwrap_or_else(|| Packer::new(LEVEL));
        let outcome = work(&mut packer);
        idle().push(packer);
        outcome
    }

    fn file(&self) -> ArchiveFile {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    /// Address and time of the last exchange, the time in nanoseconds since 1970.
    pub(super) fn place(&self) -> (String, u64) {
        let since = self.exchange.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        (self.exchange.url.to_string(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

fn begin(info: &RunInfo, file_name: &str, packer: &mut Packer) -> (ArchiveFile, Vec<u8>) {
    let info = Info {
        file_name,
        date: info.began,
        software: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
        user_agent: &info.user_agent,
        obeys_robots: info.obeys_robots,
    };
    warc::begin(&info, packer)
}

fn capture(exchange: &Exchange) -> Capture<'_> {
    Capture {
        uri: exchange.url.as_str(),
        date: exchange.started,
        ip: exchange.remote.map(|remote| remote.ip()),
        request_head: &exchange.request_head,
        version: exchange.version,
        status: exchange.status,
        reason: exchange.reason.as_deref(),
        fields: exchange.fields.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect(),
        body: &exchange.body,
        truncated: exchange.is_cut.then_some(warc::Truncated::Length),
    }
}
