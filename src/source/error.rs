//! What can go wrong between a path and a page.
//!
//! Enters: faults met while walking, opening and taking apart inputs.
//! Leaves: one worded error for each. Invariant: every error names its input.

use std::io;

use thiserror::Error;

use super::fault::StreamFault;

/// Why an input, or a document in it, could not be read. Every variant holds the input's `id`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The path leads to nothing.
    #[error("{id}: no such file or folder; check the path")]
    NotFound {
        /// The input.
        id: String,
    },
    /// The operating system refused to open, list or read it.
    #[error("{id}: cannot be read: {cause}")]
    Unreadable {
        /// The input.
        id: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A symbolic link whose target is missing.
    #[error("{id}: dangling link; its target does not exist")]
    DanglingLink {
        /// The link.
        id: String,
    },
    /// A symbolic link that leads back to itself or to a folder it lies in.
    #[error("{id}: circular link; it leads back to itself or to a folder around it")]
    CircularLink {
        /// The link.
        id: String,
    },
    /// More links to folders inside each other than are followed.
    #[error("{id}: reached through more than {limit} links to folders; not followed")]
    TooManyLinks {
        /// The link.
        id: String,
        /// Links followed on one path.
        limit: usize,
    },
    /// Folders nested deeper than the walk goes.
    #[error("{id}: folder nested more than {limit} deep; give it as an argument of its own")]
    TooDeep {
        /// The folder.
        id: String,
        /// Folders entered below an argument.
        limit: usize,
    },
    /// Neither file nor folder: a fifo, socket or device.
    #[error("{id}: a {kind}, not a file; pipe JSONL through '-' instead")]
    SpecialFile {
        /// The input.
        id: String,
        /// What it is.
        kind: &'static str,
    },
    /// A document over the size limit, as stored or when decompressed.
    #[error("{id}: larger than the limit of {limit} bytes a document")]
    TooLarge {
        /// The document.
        id: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Another program wrote to the file while it was read.
    #[error("{id}: was changed while it was read; clean it again once it is whole")]
    Changed {
        /// The file.
        id: String,
    },
    /// The data end in the middle of something.
    #[error("{id}: truncated; the data end at byte {offset}, before the document does")]
    Truncated {
        /// The input.
        id: String,
        /// Bytes of decompressed data before the end.
        offset: u64,
    },
    /// Compressed data or an archive that contradicts its own format.
    #[error("{id}: damaged at byte {offset}: {reason}")]
    Corrupt {
        /// The input.
        id: String,
        /// Where, in bytes of the decompressed data.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Gzip inside gzip inside gzip.
    #[error("{id}: gzip nested more than {limit} deep; unpack it first")]
    NestedTooDeep {
        /// The input.
        id: String,
        /// Layers that are undone.
        limit: usize,
    },
    /// Compressed data that grow out of all proportion.
    #[error("{id}: decompresses to more than {ratio} times its size; given up at byte {offset}")]
    DecompressionBomb {
        /// The input.
        id: String,
        /// Bytes decompressed before giving up.
        offset: u64,
        /// Growth that is allowed.
        ratio: u64,
    },
    /// A line of a JSONL file that is no row.
    #[error("{id}: not a usable row: {reason}")]
    BrokenRow {
        /// File and line number.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// An archive record whose content cannot be taken apart.
    #[error("{id}: broken record: {reason}")]
    BrokenRecord {
        /// File and offset of the record.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// A compression of the payload that is not undone here.
    #[error("{id}: content coding '{coding}' is not supported; store the page decoded")]
    UnsupportedCoding {
        /// File and offset of the record.
        id: String,
        /// The coding's name.
        coding: String,
    },
    /// An archived answer that is no success.
    #[error("{id}: skipped, HTTP status {status}")]
    HttpStatus {
        /// File and offset of the record.
        id: String,
        /// The status.
        status: u16,
    },
    /// An archived answer that is neither HTML nor plain text.
    #[error("{id}: skipped, {media_type} is not a document")]
    NotADocument {
        /// File and offset of the record.
        id: String,
        /// Its media type, lower case.
        media_type: String,
    },
}

impl SourceError {
    /// The kind of error in `snake_case`, as the manifest writes it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Unreadable { .. } => "unreadable",
            Self::DanglingLink { .. } => "dangling_link",
            Self::CircularLink { .. } => "circular_link",
            Self::TooManyLinks { .. } => "too_many_links",
            Self::TooDeep { .. } => "too_deep",
            Self::SpecialFile { .. } => "special_file",
            Self::TooLarge { .. } => "too_large",
            Self::Changed { .. } => "changed",
            Self::Truncated { .. } => "truncated",
            Self::Corrupt { .. } => "corrupt",
            Self::NestedTooDeep { .. } => "nested_too_deep",
            Self::DecompressionBomb { .. } => "decompression_bomb",
            Self::BrokenRow { .. } => "broken_row",
            Self::BrokenRecord { .. } => "broken_record",
            Self::UnsupportedCoding { .. } => "unsupported_coding",
            Self::HttpStatus { .. } => "http_status",
            Self::NotADocument { .. } => "not_a_document",
        }
    }

    /// Whether nothing went wrong: the archive holds something there that is no document to clean.
    #[must_use]
    pub fn is_skip(&self) -> bool {
        matches!(self, Self::HttpStatus { .. } | Self::NotADocument { .. })
    }

    /// The input that it is about.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::NotFound { id, .. }
            | Self::Unreadable { id, .. }
            | Self::DanglingLink { id, .. }
            | Self::CircularLink { id, .. }
            | Self::TooManyLinks { id, .. }
            | Self::TooDeep { id, .. }
            | Self::SpecialFile { id, .. }
            | Self::TooLarge { id, .. }
            | Self::Changed { id, .. }
            | Self::Truncated { id, .. }
            | Self::Corrupt { id, .. }
            | Self::NestedTooDeep { id, .. }
            | Self::DecompressionBomb { id, .. }
            | Self::BrokenRow { id, .. }
            | Self::BrokenRecord { id, .. }
            | Self::UnsupportedCoding { id, .. }
            | Self::HttpStatus { id, .. }
            | Self::NotADocument { id, .. } => id,
        }
    }

    /// Words a fault of the byte stream behind `id`, `offset` bytes into the decompressed data.
    pub(super) fn from_stream(id: String, offset: u64, cause: io::Error) -> Self {
        match StreamFault::of(&cause) {
            Some(StreamFault::Truncated) => Self::Truncated { id, offset },
            Some(StreamFault::Bomb { ratio }) => Self::DecompressionBomb { id, offset, ratio: *ratio },
            Some(fault) => Self::Corrupt { id, offset, reason: fault.to_string() },
            None if cause.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated { id, offset },
            None => Self::Unreadable { id, cause },
        }
    }
}
