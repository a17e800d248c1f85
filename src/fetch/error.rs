//! What can go wrong between a URL and an answer.
//!
//! Enters: faults met by the layers below. Leaves: one worded error for each.
//! Invariant: every error names its URL, and none shows user names or passwords of a URL.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use url::Url;

use super::bare::shown;

/// Why a client could not be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A file of root certificates that cannot be used.
    #[error("{}: no usable root certificate: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A proxy address that cannot be used.
    #[error("the proxy's address cannot be used: {reason}")]
    Proxy {
        /// What is wrong.
        reason: String,
    },
    /// A field or cookie that cannot be sent.
    #[error("the field '{name}' cannot be sent: {reason}")]
    Field {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The TLS or HTTP layer could not be set up.
    #[error("fetching cannot be set up: {reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

/// The part of an exchange whose time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Looking up the name.
    Resolve,
    /// Connection and TLS handshake.
    Connect,
    /// The header section of the answer.
    FirstByte,
    /// The whole exchange.
    Total,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Resolve => "the name to be looked up",
            Self::Connect => "a connection",
            Self::FirstByte => "the answer to begin",
            Self::Total => "the whole answer",
        }
    }
}

/// Why an exchange gave no document. Every variant holds the URL, without user names and passwords.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No URL that can be asked.
    #[error("{url}: {reason}")]
    BadUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Neither http nor https.
    #[error("{url}: refused, '{scheme}' is neither http nor https")]
    RefusedScheme {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A port of another protocol.
    #[error("{url}: refused, port {port} belongs to another protocol")]
    RefusedPort {
        /// The URL.
        url: String,
        /// The port.
        port: u16,
    },
    /// An address that is not of the public Internet.
    #[error("{url}: refused, {address} is {reason}")]
    RefusedAddress {
        /// The URL.
        url: String,
        /// The address, or a name that stands for it.
        address: String,
        /// What the address is.
        reason: &'static str,
    },
    /// The name has no address.
    #[error("{url}: its host has no address: {reason}")]
    Dns {
        /// The URL.
        url: String,
        /// What the resolver said.
        reason: String,
        /// The resolver could not tell; it may later.
        is_temporary: bool,
    },
    /// No connection.
    #[error("{url}: no connection: {reason}")]
    Connect {
        /// The URL.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// The proxy asks for a user name and password, or for others.
    #[error("{url}: the proxy refused: {reason}")]
    Proxy {
        /// The URL.
        url: String,
        /// What it said.
        reason: String,
    },
    /// No secure connection.
    #[error("{url}: no secure connection: {reason}")]
    Tls {
        /// The URL.
        url: String,
        /// What is wrong, in words.
        reason: String,
    },
    /// Time ran out.
    #[error("{url}: gave up after {} s of waiting for {}", limit.as_secs_f64(), stage.name())]
    Timeout {
        /// The URL.
        url: String,
        /// What was waited for.
        stage: Stage,
        /// How long.
        limit: Duration,
    },
    /// The body came too slowly.
    #[error("{url}: fewer than {min_rate} bytes a second")]
    TooSlow {
        /// The URL.
        url: String,
        /// The least rate, in bytes a second.
        min_rate: u64,
    },
    /// The connection ended in the middle.
    #[error("{url}: truncated: {reason}")]
    Truncated {
        /// The URL.
        url: String,
        /// Where it ended.
        reason: String,
    },
    /// The connection was cut off.
    #[error("{url}: connection reset: {reason}")]
    Reset {
        /// The URL.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// An answer that breaks the protocol.
    #[error("{url}: not a valid HTTP answer: {reason}")]
    BadFraming {
        /// The URL.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A status that gives no document.
    #[error("{url}: HTTP status {status}")]
    Status {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
        /// The field `Retry-After`, as sent.
        retry_after: Option<String>,
    },
    /// A status that answers a request which was not made.
    #[error("{url}: HTTP status {status}, which was not asked for")]
    Unasked {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
    /// A redirect that leads nowhere.
    #[error("{url}: redirect (HTTP status {status}) that cannot be followed: {reason}")]
    BadRedirect {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
        /// What is wrong.
        reason: String,
    },
    /// A body over the limit, as announced, as sent or when decoded.
    #[error("{url}: larger than the limit of {limit} bytes")]
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// More content codings than are undone.
    #[error("{url}: more than {limit} content codings")]
    TooManyCodings {
        /// The URL.
        url: String,
        /// Codings that are undone.
        limit: usize,
    },
    /// A content coding that is not known.
    #[error("{url}: content coding '{coding}' is not known")]
    UnknownCoding {
        /// The URL.
        url: String,
        /// Its name, shortened.
        coding: String,
    },
    /// A body that contradicts its coding, or ends before it does.
    #[error("{url}: cannot be decoded: {reason}")]
    BadCoding {
        /// The URL.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A body that grows out of all proportion.
    #[error("{url}: decodes to more than {ratio} times its size")]
    DecompressionBomb {
        /// The URL.
        url: String,
        /// Growth that is allowed.
        ratio: u64,
    },
    /// An answer that is surely no text.
    #[error("{url}: skipped, {media_type} is not a document")]
    NotADocument {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
        /// Its media type, lower case.
        media_type: String,
    },
    /// A success without a body.
    #[error("{url}: skipped, the answer (HTTP status {status}) is empty")]
    Empty {
        /// The URL.
        url: String,
        /// The status.
        status: u16,
    },
}

/// Statuses that may pass: waiting, too many requests, and failures of the server or of one before it.
const PASSING: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];

impl FetchError {
    /// The end of an exchange that broke the client itself.
    #[must_use]
    pub fn broken(url: &Url) -> FetchError {
        FetchError::BadFraming {
            url: shown(url),
            reason: "the answer broke the client; please report it".to_owned(),
        }
    }

    /// The kind of error in `snake_case`, as the manifest writes it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad_url",
            Self::RefusedScheme { .. } => "refused_scheme",
            Self::RefusedPort { .. } => "refused_port",
            Self::RefusedAddress { .. } => "refused_address",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Proxy { .. } => "proxy",
            Self::Tls { .. } => "tls",
            Self::Timeout { stage: Stage::Resolve, .. } => "dns_timeout",
            Self::Timeout { stage: Stage::Connect, .. } => "connect_timeout",
            Self::Timeout { stage: Stage::FirstByte, .. } => "first_byte_timeout",
            Self::Timeout { stage: Stage::Total, .. } => "total_timeout",
            Self::TooSlow { .. } => "too_slow",
            Self::Truncated { .. } => "truncated",
            Self::Reset { .. } => "reset",
            Self::BadFraming { .. } => "bad_framing",
            Self::Status { .. } => "http_status",
            Self::Unasked { .. } => "unasked_status",
            Self::BadRedirect { .. } => "bad_redirect",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyCodings { .. } => "too_many_codings",
            Self::UnknownCoding { .. } => "unknown_coding",
            Self::BadCoding { .. } => "bad_coding",
            Self::DecompressionBomb { .. } => "decompression_bomb",
            Self::NotADocument { .. } => "not_a_document",
            Self::Empty { .. } => "empty",
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Timeout { .. }
            | Self::TooSlow { .. }
            | Self::Connect { .. }
            | Self::Truncated { .. }
            | Self::Reset { .. } => true,
            Self::Dns { is_temporary, .. } => *is_temporary,
            Self::Status { status, .. } => PASSING.contains(status),
            _ => false,
        }
    }

    /// Whether nothing went wrong: there is something, but no document to clean.
    #[must_use]
    pub fn is_skip(&self) -> bool {
        matches!(self, Self::NotADocument { .. } | Self::Empty { .. })
    }

    /// The status and `Retry-After` field of an answer that gave no document.
    #[must_use]
    pub fn status(&self) -> Option<(u16, Option<&str>)> {
        match self {
            Self::Status { status, retry_after, .. } => Some((*status, retry_after.as_deref())),
            Self::Unasked { status, .. }
            | Self::BadRedirect { status, .. }
            | Self::NotADocument { status, .. }
            | Self::Empty { status, .. } => Some((*status, None)),
            _ => None,
        }
    }

    /// The URL, without user name and password.
    #[must_use]
    pub fn url(&self) -> &str {
        match self {
            Self::BadUrl { url, .. }
            | Self::RefusedScheme { url, .. }
            | Self::RefusedPort { url, .. }
            | Self::RefusedAddress { url, .. }
            | Self::Dns { url, .. }
            | Self::Connect { url, .. }
            | Self::Proxy { url, .. }
            | Self::Tls { url, .. }
            | Self::Timeout { url, .. }
            | Self::TooSlow { url, .. }
            | Self::Truncated { url, .. }
            | Self::Reset { url, .. }
            | Self::BadFraming { url, .. }
            | Self::Status { url, .. }
            | Self::Unasked { url, .. }
            | Self::BadRedirect { url, .. }
            | Self::TooLarge { url, .. }
            | Self::TooManyCodings { url, .. }
            | Self::UnknownCoding { url, .. }
            | Self::BadCoding { url, .. }
            | Self::DecompressionBomb { url, .. }
            | Self::NotADocument { url, .. }
            | Self::Empty { url, .. } => url,
        }
    }
}
