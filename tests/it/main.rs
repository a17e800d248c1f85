//! One binary for all tests of the built program.

mod clean;
mod cli;
mod config;
mod hostile;
mod metadata;
mod pages;
mod run;
mod samples;
mod source;
mod tidy;
