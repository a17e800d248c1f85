//! One binary for all tests of the built program.

mod clean;
mod cli;
mod config;
mod crawl;
mod crawled;
mod docs;
mod fetch;
mod follow;
mod hostile;
mod metadata;
mod newsroom;
mod pages;
mod properties;
mod robots;
mod run;
mod samples;
mod sets;
mod source;
mod tidy;
mod timing;
mod url_list;
mod warc;
mod words;
