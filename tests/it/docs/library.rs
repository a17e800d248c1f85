//! The example of the README's section "Library", word for word below these lines.
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use tinsach::dedup::exact::content_key;
use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{Cleaner, Outcome, article_text, clean_page};
use tinsach::rules::UserRules;

pub(super) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cleaner = Cleaner::new(&UserRules::default())?;
    let page = RawPage {
        url: Some("https://dienmau.example/doi-van-nghe.html".to_owned()),
        body: std::fs::read("samples/dump/07-twice.html")?,
        ..RawPage::default()
    };
    let result = clean_page(&page, &cleaner);
    match result.outcome {
        Outcome::Article => print!("{}", article_text(&result, &Label::ARTICLE)),
        Outcome::Skipped(reason) => println!("skipped: {}", reason.name()),
    }
    for block in result.blocks.iter().filter(|block| !block.label.is_article()) {
        println!("cut as {}: {}", block.label.name(), block.text);
    }
    if let Some(key) = content_key(&result) {
        println!("content key {key}, published {:?}", result.metadata.published);
    }
    Ok(())
}
