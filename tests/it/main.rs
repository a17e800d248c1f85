//! One binary for all tests of the built program.

mod clean;
mod cli;
mod config;
mod metadata;
mod pages;
mod run;
mod samples;
mod sets;
mod source;
mod tidy;
