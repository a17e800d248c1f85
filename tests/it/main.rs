//! One binary for all tests of the built program.

mod metadata;
mod pages;
mod run;
mod samples;
mod source;
