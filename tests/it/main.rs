//! One binary for all tests of the built program.

mod pages;
mod samples;
