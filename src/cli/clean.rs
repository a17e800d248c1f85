//! `tinsach clean`: files, folders and archives into a folder of clean texts.
//!
//! Enters: the typed arguments. Leaves: texts, manifest and state in the output folder, a summary on standard output.
//! Invariant: everything that can be wrong with the arguments is found before the output folder is touched.

use std::path::{Path, PathBuf};
use std::thread;

use super::args::CleanArgs;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::progress::{Progress, Unit};
use super::{conduct, rules, settings};
use crate::run;
use crate::source::{self, SourceOptions};

/// Runs the command.
pub(super) fn run(args: &CleanArgs) -> Result<ExitCode, Failure> {
    let mut config = settings::load(args.cleaning.config.as_deref())?.config;
    args.apply(&mut config);
    let (cleaner, user_rules) = rules::cleaner(&config)?;
    refuse_output_among_inputs(Path::new(&config.output.dir), &args.paths)?;
    let limits = SourceOptions { max_document_bytes: config.max_document_bytes() };
    let items = source::read(&args.paths, &limits)
        .map_err(|error| Failure::Argument { message: error.to_string() })?;
    let progress = Progress::start(config.run.quiet, Unit::File);
    count_ahead(&progress, &args.paths);

    let options = conduct::options(&config, &user_rules);
    conduct::conduct(&config, &progress, |watcher| {
        run::run(
            items.map(input),
            &options,
            |page| conduct::product(page, &cleaner, &config.clean.include),
            watcher,
        )
    })
}

/// Counts the inputs beside the run, where somebody is watching.
fn count_ahead(progress: &Progress, paths: &[PathBuf]) {
    if !progress.is_drawn() {
        return;
    }
    let (progress, paths) = (progress.clone(), paths.to_vec());
    // The run ends without waiting for this thread, and goes on without it where it cannot start.
    _ = thread::Builder::new().name("count".to_owned()).spawn(move || {
        if let Some(total) = source::count(&paths) {
            progress.expect(total);
        }
    });
}

fn input(item: source::Item) -> run::Input {
    let page = item.page.map_err(|error| run::InputError {
        code: error.code(),
        message: error.to_string(),
        is_skip: error.is_skip(),
    });
    run::Input { id: item.id, stem: item.stem, page }
}

/// Texts written among the inputs would be read as inputs of the next run.
fn refuse_output_among_inputs(out: &Path, inputs: &[PathBuf]) -> Result<(), Failure> {
    let Some(place) = place_of(out) else { return Ok(()) };
    for input in inputs.iter().filter(|input| input.is_dir()) {
        if input.canonicalize().is_ok_and(|input| place.starts_with(input)) {
            let message = format!(
                "the output folder {} lies inside the input {}, where the next run would read it; \
                 choose another --out",
                out.display(),
                input.display()
            );
            return Err(Failure::Argument { message });
        }
    }
    Ok(())
}

/// Where a path that need not be there yet will lie: its part that is there decides, the rest comes below that.
fn place_of(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|part| {
        let real = if part.as_os_str().is_empty() { Path::new(".") } else { part }.canonicalize().ok()?;
        Some(real.join(path.strip_prefix(part).ok()?))
    })
}
