//! Faults of compressed and chunked data.
//!
//! Enters: what decoders report. Leaves: one typed fault inside an [`io::Error`].
//! Invariant: a fault, once met, is repeated by every later read, so looking ahead cannot hide it.

use std::io::{self, Read};

use thiserror::Error;

/// What is wrong with the data. Travels inside an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum StreamFault {
    #[error("the data end too early")]
    Truncated,
    #[error("{0}")]
    Corrupt(String),
    #[error("bytes that are not gzip follow the last complete gzip member")]
    TrailingBytes,
    #[error("decompresses to more than {ratio} times its size")]
    Bomb { ratio: u64 },
}

impl StreamFault {
    /// The fault inside `error`, if it holds one.
    pub(super) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    /// The fault behind a decoder's error; `None` for an error of the reader underneath.
    fn behind(error: &io::Error) -> Option<Self> {
        if let Some(fault) = Self::of(error) {
            return Some(fault.clone());
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Some(Self::Truncated),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Some(Self::Corrupt(error.to_string()))
            }
            _ => None,
        }
    }
}

impl From<StreamFault> for io::Error {
    fn from(fault: StreamFault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

/// A decoder whose faults have their type and do not go away.
pub(super) struct Fused<R> {
    decoder: R,
    fault: Option<StreamFault>,
}

impl<R> Fused<R> {
    pub(super) fn new(decoder: R) -> Self {
        Self { decoder, fault: None }
    }
}

impl<R: Read> Read for Fused<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        self.decoder.read(into).map_err(|error| match StreamFault::behind(&error) {
            Some(fault) => {
                self.fault = Some(fault.clone());
                fault.into()
            }
            None => error,
        })
    }
}
