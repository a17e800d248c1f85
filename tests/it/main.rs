//! One binary for all tests of the built program.

mod cli;
mod config;
mod tidy;
