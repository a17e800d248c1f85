//! Runs that wait, break off, are killed or meet a full disk.

use super::*;

/// Hands a run its output folder when it is a child that will be killed.
const CHILD: &str = "TINSACH_TEST_RUN_CHILD";

#[test]
fn a_slow_document_holds_the_reader_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { jobs: 4, ..options(folder.path()) };
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let inputs = dump(2000).into_iter().inspect(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let most = AtomicUsize::new(0);
    let slow = |page: &RawPage| {
        if page.body.starts_with("Bài số 0\n".as_bytes()) {
            thread::sleep(Duration::from_millis(700));
            most.store(taken.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        work(page)
    };
    let summary = run(inputs, &options, slow, &Notes::default()).unwrap();
    assert_eq!(summary.inputs(), 2000);
    let most = most.into_inner();
    assert!((4..=64 + 4 * 16 + 1).contains(&most), "{most} inputs were taken");
}

#[test]
fn a_waiting_source_does_not_hold_finished_documents_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let (release, blocked) = mpsc::channel::<()>();
    let inputs = dump(3).into_iter().chain(std::iter::once_with(move || {
        let _ = blocked.recv();
        page("last.html", "Tin cuối\n")
    }));
    thread::scope(|scope| {
        let running = scope.spawn(|| run(inputs, &options, work, &Notes::default()));
        let deadline = Instant::now() + Duration::from_secs(30);
        while names(folder.path()).len() < 3 {
            assert!(Instant::now() < deadline, "nothing was written while the source waits");
            thread::sleep(Duration::from_millis(20));
        }
        drop(release);
        assert_eq!(running.join().unwrap().unwrap().written, 4);
    });
}

#[test]
fn a_failed_run_does_not_wait_for_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let forever = std::iter::repeat_with(|| {
        thread::sleep(Duration::from_hours(1));
        page("never.html", "")
    });
    let temporary = folder.path().join(".tinsach/tmp");
    let sabotage = |page: &RawPage| {
        let _ = fs::remove_dir(&temporary);
        work(page)
    };
    let error = run(dump(3).into_iter().chain(forever), &options, sabotage, &Notes::default()).unwrap_err();
    assert!(matches!(error, RunError::Write { .. }) && !error.is_usage(), "{error}");
    assert_eq!(clean(dump(3), &options).unwrap().written, 3);
}

#[test]
fn a_source_that_breaks_down_ends_the_run_and_keeps_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let inputs = dump(3).into_iter().chain(std::iter::once_with(|| panic!("a broken source")));
    let error = run(inputs, &options, work, &Notes::default()).unwrap_err();
    assert!(matches!(&error, RunError::Reader { message } if message == "a broken source"), "{error}");
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn killed_child() {
    let Some(out) = std::env::var_os(CHILD) else { return };
    let slowly = |page: &RawPage| {
        thread::sleep(Duration::from_micros(500));
        work(page)
    };
    run(dump(1000).into_iter(), &options(Path::new(&out)), slowly, &Notes::default()).unwrap();
}

#[test]
fn killed_at_any_moment_and_started_again_it_ends_the_same() {
    let undisturbed = tempfile::tempdir().unwrap();
    clean(dump(1000), &options(undisturbed.path())).unwrap();
    let killed = tempfile::tempdir().unwrap();
    let mut progress = Vec::new();
    for attempt in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "run::stopped::killed_child"])
            .env(CHILD, killed.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(40 + attempt * 17));
        child.kill().unwrap();
        child.wait().unwrap();
        progress
            .push(fs::metadata(killed.path().join("manifest.jsonl")).map_or(0, |manifest| manifest.len()));
    }
    clean(dump(1000), &options(killed.path())).unwrap();
    assert!(tree(killed.path()) == tree(undisturbed.path()), "manifest grew as {progress:?}");
    assert_eq!(clean(dump(1000), &options(killed.path())).unwrap().rows, 0);
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_full_disk_ends_the_run_and_a_larger_one_completes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mount = |option: &str| {
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", option, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !mount("size=2m") {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let out = folder.path().join("out");
    let inputs =
        || (0..400).map(|number| page(&format!("{number}"), &format!("{number} {}\n", "bài ".repeat(2500))));
    let outcome = run(inputs(), &options(&out), work, &Notes::default());
    let part = (rows(&out).len(), names(&out).len());
    let enlarged = mount("remount,size=64m");
    let completed = clean(inputs().collect(), &options(&out));
    let whole = (rows(&out).len(), names(&out).len());
    Command::new("umount").arg(folder.path()).status().unwrap();
    let error = outcome.unwrap_err();
    assert!(matches!(error, RunError::Write { .. }) && !error.is_usage(), "{error}");
    assert!(part.0 == part.1 && part.0 < 400, "{part:?}");
    assert!(enlarged);
    assert_eq!(completed.unwrap().written, 400 - part.0 as u64);
    assert_eq!(whole, (400, 400));
}
