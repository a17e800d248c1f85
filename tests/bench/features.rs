//! Writes the features of every block of a folder of documents, for `train.py`.
//!
//! `cargo run --release --example features -- DIR OUT`: `DIR` holds documents, `OUT.f32` gets the rows, `OUT.jsonl` a line
//! for each document with the texts of its blocks, `OUT.names` the features' names. `OUT.titles.f32` and `OUT.titles.names` hold
//! the same of the lines of flattened text that may be the title; the documents say which these are.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use tinsach::classify::context::Stated;
use tinsach::classify::model::Model;
use tinsach::classify::title::lines::Lines;
use tinsach::classify::{self, features};
use tinsach::page::{Form, RawPage};
use tinsach::parse::{dom, head};
use tinsach::rules::{RuleSet, UserRules};
use tinsach::{decode, segment};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: features DIR OUT".into());
    };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let rules = RuleSet::new(&UserRules::default())?;
    let model = Model::shipped()?;
    let mut rows = BufWriter::new(File::create(format!("{out}.f32"))?);
    let mut title_rows = BufWriter::new(File::create(format!("{out}.titles.f32"))?);
    let mut documents = BufWriter::new(File::create(format!("{out}.jsonl"))?);
    let (mut names, mut title_names) = (Vec::new(), Vec::new());
    for path in paths {
        let form = if path.extension().is_some_and(|found| found == "txt") { Form::Text } else { Form::Html };
        let page = RawPage { body: std::fs::read(&path)?, form: Some(form), ..RawPage::default() };
        let Ok(decoded) = decode::decode(&page) else { continue };
        let mut facts = head::HeadFacts::default();
        let segmented = match decoded.form {
            Form::Html => {
                let dom = dom::parse(&decoded.text, &rules.attributes);
                facts = head::read_head(&dom.html);
                segment::html::segment(&dom, &rules.lexicon, &segment::site::Roles::new())
            }
            Form::Text => segment::flat::segment(&decoded.text),
        };
        let stated = Stated {
            headlines: &facts.headlines,
            site_names: &facts.site_names,
            descriptions: &facts.descriptions,
            body: facts.json_ld_body.as_deref(),
        };
        let context = classify::read(&segmented, &stated, &rules.phrases, &model);
        if names.is_empty() {
            names = features::names(&context);
        }
        let mut row = vec![0.0; names.len()];
        for at in 0..context.len() {
            features::fill(&context, at, &mut row);
            for value in &row {
                rows.write_all(&value.to_le_bytes())?;
            }
        }
        let lines = Lines::of(&context);
        title_names = lines.names();
        let candidates = (decoded.form == Form::Text).then_some(lines);
        for value in candidates.iter().flat_map(Lines::rows) {
            title_rows.write_all(&value.to_le_bytes())?;
        }
        let candidates: Vec<usize> = candidates.iter().flat_map(Lines::places).collect();
        let texts: Vec<&str> = segmented.blocks.iter().map(|block| block.text.as_str()).collect();
        let kinds: Vec<String> = segmented.blocks.iter().map(|block| format!("{:?}", block.kind)).collect();
        let containers: Vec<u32> =
            (0..segmented.blocks.len()).map(|at| segmented.dom(at).map_or(0, |dom| dom.container)).collect();
        let parents: Vec<u32> = segmented.containers.iter().map(|container| container.parent).collect();
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let line = serde_json::json!({"id": id, "title": context.title, "candidates": candidates, "texts": texts, "kinds": kinds, "containers": containers, "parents": parents});
        writeln!(documents, "{line}")?;
    }
    std::fs::write(format!("{out}.names"), names.join("\n"))?;
    std::fs::write(format!("{out}.titles.names"), title_names.join("\n"))?;
    Ok(())
}
