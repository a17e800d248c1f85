//! Cost against size: one page's body repeated.
//!
//! Enters: a page of `tests/pages` and a text of `samples`. Leaves: seconds per megabyte from 10 kB to 10 MB, which stay the
//! same where cost is linear.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;

use tinsach::page::{Form, RawPage};
use tinsach::pipeline::{Cleaner, clean_page};

use crate::clock::{Clock, passes};
use crate::megabytes;

const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
/// Of these, those at which a page of hardly anything but elements has fewer than are read.
const OF_ELEMENTS: usize = 3;
/// Elements around all of such a page.
const DEEP: usize = 500;
/// Seconds beyond which a larger document is not tried.
const PATIENCE: f64 = 60.0;

/// Prints the table.
#[expect(clippy::print_stdout, reason = "a bench prints its table")]
pub(crate) fn print(cleaner: &Cleaner) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("tests/pages/vi/mastercms/page.html"))?;
    let text = std::fs::read_to_string(root.join("samples/dump/02-mastercms-flat.txt"))?;
    let body = page.find("<body").and_then(|at| Some(at + page[at..].find('>')? + 1)).unwrap_or(0);
    let end = page.rfind("</body").unwrap_or(page.len());
    let paragraph =
        "<p>What stands in a column for long is read in the end, if only by the man who sets it.</p>";
    let deep = format!("<body>{}{}", paragraph.repeat(40), "<div>".repeat(DEEP));
    let entry = format!("<section><h2>What it says</h2>{paragraph}</section>");
    println!("{:32} {:>8} {:>9} {:>9}", "growth: one body repeated", "MB", "seconds", "s/MB");
    for (name, form, head, part, sizes) in [
        ("HTML", Form::Html, &page[..body], &page[body..end], &SIZES[..]),
        ("HTML, fields in deep elements", Form::Html, &deep, "<p><input></p>", &SIZES[..OF_ELEMENTS]),
        ("HTML, headings in deep elements", Form::Html, &deep, &entry, &SIZES[..OF_ELEMENTS]),
        ("flattened text", Form::Text, "", &*text, &SIZES[..]),
    ] {
        let mut last = 0.0;
        for &size in sizes {
            if last * 100.0 > PATIENCE * 10.0 {
                println!("{name:32} {:8.2} not tried", megabytes(size));
                continue;
            }
            let repeats = size.saturating_sub(head.len()).div_ceil(part.len()).max(1);
            let body = format!("{head}{}", part.repeat(repeats)).into_bytes();
            let page = RawPage { body, form: Some(form), ..RawPage::default() };
            last = seconds(&page, cleaner);
            let size = megabytes(page.body.len());
            println!("{name:32} {size:8.2} {last:9.4} {:9.4}", last / size);
        }
    }
    Ok(())
}

/// Seconds of one document; a slow one is cleaned once.
fn seconds(page: &RawPage, cleaner: &Cleaner) -> f64 {
    let clock = Clock::start();
    black_box(clean_page(page, cleaner));
    let once = clock.seconds();
    if once > 1.0 { once } else { passes(0.5, || drop(black_box(clean_page(page, cleaner)))) }
}
