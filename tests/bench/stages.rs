//! The share of each stage in the cost of a document.
//!
//! Enters: documents and a cleaner. Leaves: a table. The stages are called here one by one as `clean_page` calls them, so
//! their sum is held against its time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tinsach::classify::context::{Context, Stated};
use tinsach::classify::model::{Batch, LANES};
use tinsach::classify::outcome::Says;
use tinsach::classify::{self, Known, Verdict, features, outcome};
use tinsach::decode::{self, Decoded};
use tinsach::dedup::exact::content_key;
use tinsach::label::Label;
use tinsach::page::{Form, RawPage};
use tinsach::parse::head::HeadFacts;
use tinsach::parse::resolve::Visible;
use tinsach::parse::{dom, head, resolve};
use tinsach::pipeline::{Cleaner, clean_page};
use tinsach::segment::block::Segmented;
use tinsach::segment::site::Roles;
use tinsach::segment::{flat, html, site};

use crate::{Corpus, float};

const STAGES: [&str; 11] = [
    "decode",
    "parse",
    "head",
    "site rule",
    "segment",
    "context",
    "features",
    "model",
    "claims",
    "resolve",
    "key",
];
const DECODE: usize = 0;
const PARSE: usize = 1;
const HEAD: usize = 2;
const SITE: usize = 3;
const SEGMENT: usize = 4;
const CONTEXT: usize = 5;
const FEATURES: usize = 6;
const MODEL: usize = 7;
const CLAIMS: usize = 8;
const RESOLVE: usize = 9;
const KEY: usize = 10;

/// Time by stage.
#[derive(Default)]
struct Times([Duration; STAGES.len()]);

impl Times {
    fn of<T>(&mut self, stage: usize, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.0[stage] += started.elapsed();
        result
    }
}

/// Prints the share of each stage over all documents of some corpora.
#[expect(clippy::print_stdout, reason = "a bench prints its table")]
pub(crate) fn print<'a>(corpora: impl Iterator<Item = &'a Corpus>, cleaner: &Cleaner) {
    let (mut times, mut whole, mut documents) = (Times::default(), Duration::ZERO, 0);
    let mut form = Form::Html;
    for page in corpora.flat_map(|corpus| {
        form = corpus.form;
        &corpus.pages
    }) {
        let started = Instant::now();
        let result = clean_page(page, cleaner);
        whole += started.elapsed();
        documents += 1;
        staged(page, cleaner, &mut times);
        black_box(times.of(KEY, || content_key(&result)));
    }
    let sum: Duration = times.0.iter().sum();
    let name = if form == Form::Html { "HTML" } else { "flattened text" };
    println!("{:32} {:>9} {:>7}", format!("stages, {name}"), "µs/doc", "share");
    for (stage, time) in
        STAGES.iter().zip(times.0).filter(|(_, time)| time.as_secs_f64() > sum.as_secs_f64() / 1e3)
    {
        let micros = time.as_secs_f64() * 1e6 / float(documents);
        println!("{stage:32} {micros:9.1} {:6.1}%", 100.0 * time.as_secs_f64() / sum.as_secs_f64());
    }
    let micros = whole.as_secs_f64() * 1e6 / float(documents);
    println!("{:32} {micros:9.1}\n", "clean_page (without key)");
}

/// Takes one document through the stages.
fn staged(page: &RawPage, cleaner: &Cleaner, times: &mut Times) {
    let Ok(decoded) = times.of(DECODE, || decode::decode(page)) else { return };
    let (segmented, facts) = match decoded.form {
        Form::Html => read_html(&decoded, cleaner, times),
        Form::Text => (times.of(SEGMENT, || flat::segment(&decoded.text)), HeadFacts::default()),
    };
    let stated = Stated {
        headlines: &facts.headlines,
        site_names: &facts.site_names,
        descriptions: &facts.descriptions,
        body: facts.json_ld_body.as_deref(),
    };
    let context =
        times.of(CONTEXT, || classify::read(&segmented, &stated, &cleaner.rules.phrases, &cleaner.model));
    let verdicts = classified(&context, &facts, cleaner, times);
    let says = Says { article: true, free: facts.is_accessible_for_free };
    let outcome = outcome::outcome(&context, &verdicts, &cleaner.rules.phrases, says);
    black_box(outcome);
    let visible = visible(&segmented, &verdicts);
    black_box(times.of(RESOLVE, || resolve::resolve(&facts, &visible, None)));
}

fn read_html(decoded: &Decoded<'_>, cleaner: &Cleaner, times: &mut Times) -> (Segmented, HeadFacts) {
    let dom = times.of(PARSE, || dom::parse(&decoded.text, &cleaner.rules.attributes));
    let facts = times.of(HEAD, || head::read_head(&dom.html));
    let found = times.of(SITE, || site::find(&dom, &decoded.text, None, &cleaner.rules.sites));
    let none = Roles::new();
    let roles = found.as_ref().map_or(&none, |found| &found.roles);
    let segmented = times.of(SEGMENT, || html::segment(&dom, &cleaner.rules.lexicon, roles));
    // Freeing the tree is part of what it costs.
    times.of(PARSE, || drop(dom));
    (segmented, facts)
}

/// Classification with features and model told apart: what is left of its time is the claims'.
fn classified(
    context: &Context<'_>,
    facts: &HeadFacts,
    cleaner: &Cleaner,
    times: &mut Times,
) -> Vec<Verdict> {
    let before = times.0[FEATURES] + times.0[MODEL];
    let forest = cleaner.model.forest(context.form());
    let mut batch = Batch::new(forest);
    for from in (0..context.len()).step_by(LANES) {
        let blocks = from..context.len().min(from + LANES);
        times.of(FEATURES, || features::fill_batch(context, blocks, &mut batch));
        black_box(times.of(MODEL, || forest.score(&batch)));
    }
    let counted = (times.0[FEATURES] + times.0[MODEL]).saturating_sub(before);
    let known = Known { authors: &facts.authors, site_names: &facts.site_names, ..Known::default() };
    let started = Instant::now();
    let verdicts = classify::classify(context, known, &cleaner.model);
    times.0[CLAIMS] += started.elapsed().saturating_sub(counted);
    verdicts
}

fn visible<'a>(page: &'a Segmented, verdicts: &[Verdict]) -> Visible<'a> {
    let of = |label: Label| {
        let found = page.blocks.iter().zip(verdicts).filter(move |(_, verdict)| verdict.label == label);
        found.map(|(block, _)| block.text.as_str())
    };
    Visible {
        title: of(Label::Title).next(),
        lead: of(Label::Lead).next(),
        byline: of(Label::Byline).next(),
        dates: of(Label::Date).take(8).collect(),
        section: of(Label::Section).next_back(),
        tags: of(Label::Tags).take(40).collect(),
        body_sample: of(Label::Body).max_by_key(|text| text.len()).unwrap_or_default(),
    }
}
