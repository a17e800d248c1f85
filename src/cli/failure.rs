//! Why a command ended early, in words, with the exit status that follows.
//!
//! Enters: errors of files, configuration and output. Leaves: one error that names its subject.
//! Invariant: a reader who closed our output early is no failure.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::exit_code::ExitCode;
use crate::config::ConfigMistake;
use crate::pipeline::CleanerError;

/// Why a command could not do its work.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Failure {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    ConfigUnreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The configuration file is far too large to be one.
    #[error("{} is larger than {limit} bytes, so it can be no configuration", path.display())]
    ConfigTooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The configuration has mistakes, each with its line.
    #[error("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    ConfigMistakes {
        /// All of them, by line.
        mistakes: Vec<ConfigMistake>,
    },
    /// A file stands where one would be written.
    #[error("{} is there already; --force overwrites it", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// A file that was asked for cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The page to explain would be overwritten by its explanation.
    #[error("--html would overwrite the input {}; choose another file", path.display())]
    OverInput {
        /// The input.
        path: PathBuf,
    },
    /// A folder of rules cannot be read.
    #[error("cannot read rules in {}: {source}; see [rules] dirs in the configuration", path.display())]
    RulesUnreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A rule file cannot be used.
    #[error("cannot use the rules: {0}")]
    Rules(#[from] CleanerError),
    /// The one input of the command cannot be read.
    #[error("{message}")]
    Input {
        /// What is wrong, with the input's name.
        message: String,
    },
    /// An argument cannot be used; nothing was touched.
    #[error("{message}")]
    Argument {
        /// What is wrong, with the argument.
        message: String,
    },
    /// The run broke off in the middle; what it says tells how to go on.
    #[error("{message}")]
    Aborted {
        /// What happened.
        message: String,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// The exit status that the failure leads to.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::Done,
            Failure::Output(_) | Failure::Input { .. } | Failure::Aborted { .. } => ExitCode::SomeFailed,
            _ => ExitCode::Unusable,
        }
    }
}
