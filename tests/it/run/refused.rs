//! Folders and databases that a run does not touch, and says why.

use super::*;

#[test]
fn a_second_run_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let (release, blocked) = mpsc::channel::<()>();
    let (started, ready) = mpsc::channel();
    thread::scope(|scope| {
        let first = options.clone();
        let first = scope.spawn(move || {
            let inputs = std::iter::once_with(move || {
                started.send(()).unwrap();
                let _ = blocked.recv();
                page("a.html", "Tin\n")
            });
            run(inputs, &first, work, &Notes::default())
        });
        ready.recv().unwrap();
        let error = clean(dump(3), &options).unwrap_err();
        assert!(matches!(&error, RunError::Locked { dir } if dir == folder.path()));
        assert!(error.is_usage());
        assert!(names(folder.path()).is_empty());
        drop(release);
        assert_eq!(first.join().unwrap().unwrap().written, 1);
    });
}

#[test]
fn a_database_that_cannot_be_used_is_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    clean(dump(300), &options).unwrap();
    let database = folder.path().join(".tinsach/state.db");
    let good = fs::read(&database).unwrap();
    let before = tree(folder.path());
    let mut flipped = good.clone();
    flipped[4096..20_000].fill(0x5a);
    let with = |sql: &str| {
        fs::write(&database, &good).unwrap();
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        fs::read(&database).unwrap()
    };
    let newer = with("PRAGMA user_version = 99");
    let foreign = with("PRAGMA application_id = 7");
    let without_table = with("DROP TABLE names");
    for (content, kind) in [
        (b"not a database at all".to_vec(), "damaged"),
        (good[..good.len() / 2].to_vec(), "damaged"),
        (good[..50].to_vec(), "damaged"),
        (flipped, "damaged"),
        (without_table, "damaged"),
        (newer, "newer"),
        (foreign, "foreign"),
    ] {
        fs::write(&database, &content).unwrap();
        let error = clean(dump(310), &options).unwrap_err();
        let found = match &error {
            RunError::State(StateError::Damaged { .. }) => "damaged",
            RunError::State(StateError::Newer { found: 99, .. }) => "newer",
            RunError::State(StateError::Foreign { .. }) => "foreign",
            _ => "other",
        };
        assert_eq!(found, kind, "{error}");
        assert!(error.is_usage() && error.to_string().contains("state.db"), "{error}");
        assert!(tree(folder.path()) == before && fs::read(&database).unwrap() == content);
    }
    fs::write(&database, &good).unwrap();
    assert_eq!(clean(dump(300), &options).unwrap().rows, 0);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    for out in [file.clone(), file.join("below"), PathBuf::from("/proc/tinsach-cannot-be-here")] {
        if out.starts_with("/proc") && !Path::new("/proc/self").exists() {
            continue;
        }
        let error = clean(dump(3), &options(&out)).unwrap_err();
        assert!(matches!(error, RunError::Folder { .. }) && error.is_usage(), "{error}");
    }
    assert_eq!(fs::read(file).unwrap(), b"kept");
}
