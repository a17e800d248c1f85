//! Runs the newsroom: `cargo run --example newsroom -- [--port N] [--seed N] [--faults SEED] [--crawl-delay SECONDS]`.
//!
//! It listens on 127.0.0.1 alone, on port 8080 unless told otherwise (0 takes a free one), and prints its address.
//! `/_urls` lists what to fetch, `/_log` tells what was asked for, `/_publish?n=3` and `/_edit?id=1004` change the site.

#[allow(dead_code, reason = "tests use what the example does not")]
#[path = "mod.rs"]
mod newsroom;

use newsroom::{Newsroom, Options};

#[allow(clippy::print_stdout, reason = "the address is what this program has to say")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = Newsroom::start(&options(std::env::args().skip(1))?)?;
    println!("newsroom: http://{}/", room.address());
    room.wait();
    Ok(())
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn std::error::Error>> {
    let mut options = Options { port: 8080, ..Options::default() };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => options.port = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--faults" => options.faults = Some(value.parse()?),
            "--crawl-delay" => options.crawl_delay = Some(value),
            _ => return Err(format!("{name}: there are --port, --seed, --faults and --crawl-delay").into()),
        }
    }
    Ok(options)
}
