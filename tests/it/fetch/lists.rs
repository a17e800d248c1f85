//! Lists of every kind and from everywhere; what is wrong with a line costs that line.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(content: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn lists_of_every_kind_give_the_same() {
    let (room, desk) = newsroom(&Options::default());
    let urls: Vec<String> =
        room.site().articles()[..3].iter().map(|article| url(&room, &article.path())).collect();
    let [a, b, c] = [0, 1, 2].map(|at: usize| urls[at].as_str());
    let plain = format!("# bài cần lấy\n\n{a}\r\n  {b}   # thử\n\n#{c}x\n{c}");
    desk.write("plain.txt", &plain);
    desk.write("table.csv", format!("id,url,title\n1,{a},\"Một, hai\"\n2,{b},ba\n3,{c},\n"));
    desk.write(
        "rows.jsonl",
        format!("{{\"url\":\"{a}\",\"n\":1}}\n\n{{\"url\":\"{b}\"}}\n{{\"url\":\"{c}\"}}\n"),
    );
    desk.write("packed.txt.gz", gzip(&plain));
    let mut all = Vec::new();
    for list in ["plain.txt", "table.csv", "rows.jsonl", "packed.txt.gz", "-"] {
        let mut command = desk.command(&["--input", list]);
        if list == "-" {
            command.stdin(File::open(desk.path("packed.txt.gz")).unwrap());
        }
        desk.run(command).ends_with(0);
        let listed: Vec<String> =
            desk.rows().iter().map(|row| row["url"].as_str().unwrap().to_owned()).collect();
        assert_eq!(listed, urls, "{list}");
        all.push(desk.texts());
        fs::remove_dir_all(desk.path("out")).unwrap();
    }
    assert!(all.iter().all(|texts| texts.len() == 3 && *texts == all[0]));
}

#[test]
fn arguments_come_before_lists_and_lists_in_their_order() {
    let (room, desk) = newsroom(&Options::default());
    let urls: Vec<String> =
        room.site().articles()[..4].iter().map(|article| url(&room, &article.path())).collect();
    desk.write("b.txt", &urls[2]);
    desk.write("a.txt", &urls[3]);
    desk.fetch(&["--input", "b.txt", "--input", "a.txt", &urls[0], &urls[1]]).ends_with(0);
    let listed: Vec<String> = desk.rows().iter().map(|row| row["url"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, urls);
}

#[test]
fn a_list_that_is_not_there_is_refused_before_anything_is_touched() {
    let desk = Desk::new([]);
    desk.write("urls.txt", "");
    fs::create_dir(desk.path("folder")).unwrap();
    for args in [
        &["--input", "missing.txt"][..],
        &["--input", "urls.txt", "--input", "missing.txt"],
        &["--input", "folder"],
        &[],
    ] {
        let said = desk.fetch(args).ends_with(2);
        assert!(!said.err.is_empty() && said.out.is_empty() && desk.is_untouched(), "{args:?} {said:?}");
    }
    desk.fetch(&["--input", "urls.txt"]).ends_with(0);
}

#[test]
fn a_line_that_cannot_be_used_has_a_row_and_the_run_goes_on() {
    let (room, desk) = newsroom(&Options::default());
    let good = url(&room, &room.site().articles()[0].path());
    let bad = ["ftp://127.0.0.1/a", "không phải địa chỉ", "/tương-đối", "http://", "http://a b/"];
    desk.write("urls.txt", [&bad[..], &[&good]].concat().join("\n"));
    desk.write("rows.jsonl", format!("{{\"url\": 5}}\n{{\"title\"\n{{\"url\": \"{good}#\"}}\n"));
    let said = desk.fetch(&["--input", "urls.txt", "--input", "rows.jsonl"]).ends_with(1);
    let rows = desk.rows();
    for url in bad {
        let row = row_of(&rows, url);
        assert!(row["status"] == "failed" && code(row).starts_with("address_"), "{row}");
        assert!(said.err.contains(url), "{}", said.err);
    }
    assert_eq!(row_of(&rows, &good)["status"], "written");
    let broken: Vec<&str> =
        rows.iter().filter(|row| code(row) == "broken_row").map(|row| row["url"].as_str().unwrap()).collect();
    assert_eq!(broken, ["rows.jsonl#1", "rows.jsonl#2"]);
    assert_eq!(rows.len(), bad.len() + 1 + 3);
    assert_eq!(desk.texts().len(), 1);
}

#[test]
fn passwords_in_addresses_are_repeated_nowhere() {
    let (room, desk) = newsroom(&Options::default());
    let port = room.address().port();
    let listed = [
        format!("http://ten:matkhau@127.0.0.1:{port}/a"),
        format!("http://matkhau@127.0.0.1:{port}/a"),
        format!("ten:matkhau@127.0.0.1:{port}"),
    ];
    desk.write("urls.txt", listed.join("\n"));
    let said = desk.fetch(&["--input", "urls.txt", &listed[0]]).ends_with(1);
    assert!(!said.err.contains("matkhau") && !said.out.contains("matkhau"), "{}", said.err);
    let mut folders = vec![desk.path("out")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let holds = fs::read(&path).unwrap().windows(7).any(|part| part == b"matkhau");
            assert!(!holds, "{}", path.display());
        }
    }
    assert_eq!((desk.rows().len(), room.log().len()), (3, 0));
    assert!(with(&desk.rows(), "status", "failed").len() == 3);
}
