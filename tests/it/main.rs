//! One binary for all tests of the built program.

mod metadata;
mod run;
mod source;
