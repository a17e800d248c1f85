//! The exit status of the program, which scripts depend on.
//!
//! Enters: how a command ended. Leaves: a number. Invariant: the three numbers never change their meaning.

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All done.
    Done = 0,
    /// Done, but some inputs failed, or the run broke off in the middle.
    SomeFailed = 1,
    /// The arguments or the configuration cannot be used; nothing was touched.
    Unusable = 2,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
