//! A list goes in, texts come out: each article once, whatever its addresses.

use super::*;

/// Every path of the newsroom, as a list.
fn list_of(room: &Newsroom) -> Vec<String> {
    room.site().paths().iter().map(|path| url(room, path)).collect()
}

/// The article whose number stands in an address.
fn article_of<'a>(articles: &'a [Article], url: &str) -> &'a Article {
    articles.iter().find(|article| url.contains(&article.id().to_string())).unwrap()
}

#[test]
fn every_article_of_a_list_becomes_one_text() {
    let (room, desk) = newsroom(&Options::default());
    let list = list_of(&room);
    desk.write("urls.txt", list.join("\n"));
    let said = desk.fetch(&[&["--input", "urls.txt"][..], &PARTS].concat()).ends_with(0);
    let articles = room.site().articles().to_vec();
    let (rows, texts) = (desk.rows(), desk.texts());
    assert_eq!(texts.len(), articles.len());
    assert_eq!(rows.len(), list.len());
    for (row, url) in rows.iter().zip(&list) {
        assert_eq!(row["url"], **url, "rows stand in the order of the list");
        let article = article_of(&articles, url);
        let name = row["file"].as_str().or(row["duplicate_of"].as_str()).unwrap();
        assert_eq!(texts[name], expected(article), "{url}");
        let is_own = url.ends_with(&article.path()) && !url.contains("/amp/") && !url.contains("/print/");
        assert_eq!(row["status"], if is_own { "written" } else { "duplicate" }, "{url}");
        assert!(name.starts_with(&format!("{:03}_", article.index)), "{name}");
    }
    let head = said.out.lines().next().unwrap();
    assert!(head.starts_with(&format!("Read {} documents, ", list.len())), "{}", said.out);
    assert!(said.out.contains("  written        30\n"), "{}", said.out);
    assert!(said.out.contains("Texts: out/   each input's row: out/manifest.jsonl\n"), "{}", said.out);

    // The same again asks nothing and writes nothing.
    let asked = room.log().len();
    let said = desk.fetch(&[&["--input", "urls.txt"][..], &PARTS].concat()).ends_with(0);
    assert_eq!((room.log().len(), desk.rows().len()), (asked, list.len()));
    assert!(said.out.contains(&format!("  unchanged      {}  ", list.len())), "{}", said.out);
}

#[test]
fn rows_tell_what_was_asked_and_answered() {
    let (room, desk) = newsroom(&Options::default());
    let article = room.site().articles()[2].clone();
    let listed = [
        article.path(),
        format!("/bai/{}", article.id()),
        "/noi-bo/ban-nhap-1.html".into(),
        "/da-go/1".into(),
    ]
    .map(|path| url(&room, &path));
    desk.fetch(&listed.each_ref().map(String::as_str)).ends_with(1);
    let rows = desk.rows();
    let [own, redirected, closed, gone] = listed.each_ref().map(|url| row_of(&rows, url));
    assert_eq!((&own["attempts"], &own["http_status"]), (&1.into(), &200.into()));
    assert_eq!(own["final_url"], listed[0]);
    assert!(own["fetch_ms"].is_u64() && own["characters"].as_u64().unwrap() > 1_000);
    // Bytes as they were sent: the newsroom compresses.
    let sent = own["bytes"].as_u64().unwrap();
    let whole = room.site().answer(&room.address().to_string(), &article.path()).body.len() as u64;
    assert!(sent > 500 && sent < whole, "{sent} of {whole}");
    let fetched = own["fetched_at"].as_str().unwrap();
    assert!(fetched.len() == 20 && fetched.starts_with("20") && fetched.ends_with('Z'), "{fetched}");
    assert_eq!((&redirected["attempts"], &redirected["http_status"]), (&2.into(), &200.into()));
    assert_eq!((&redirected["final_url"], &redirected["duplicate_of"]), (&own["final_url"], &own["file"]));
    assert_eq!(
        (&closed["status"], &closed["reason"], &closed["attempts"]),
        (&"skipped".into(), &"robots".into(), &0.into())
    );
    assert!(closed["detail"].as_str().unwrap().ends_with("Disallow: /noi-bo/"), "{closed}");
    assert!(closed.get("fetched_at").is_none() && closed.get("http_status").is_none());
    assert_eq!(
        (&gone["status"], &gone["http_status"], &gone["attempts"]),
        (&"failed".into(), &410.into(), &1.into())
    );
    assert_eq!(code(gone), "http_status");
}

#[test]
fn other_spellings_and_hosts_of_an_article_are_its_copies() {
    let (room, desk) = newsroom(&Options::default());
    let articles = room.site().articles().to_vec();
    let (path, port) = (articles[0].path(), room.address().port());
    let own = url(&room, &path);
    let unvisited = [
        format!("HTTP://127.0.0.1:{port}/a/..{path}"),
        format!("{own}#binh-luan"),
        format!("{own}?utm_source=zalo&fbclid=x"),
        format!("http://0x7f.1:{port}{path}"),
    ];
    let visited = [
        format!("http://m.bao.localhost:{port}{path}"),
        format!("http://bao.localhost:{port}{path}"),
        format!("{own}?print=1"),
    ];
    let list = [std::slice::from_ref(&own), &unvisited, &visited, std::slice::from_ref(&own)].concat();
    desk.write("urls.txt", list.join("\n"));
    desk.fetch(&[&["--input", "urls.txt"][..], &PARTS].concat()).ends_with(0);
    let rows = desk.rows();
    let first = row_of(&rows, &own);
    assert_eq!((rows.len(), desk.texts().len()), (list.len() - 1, 1));
    for url in unvisited.iter().chain(&visited) {
        let row = row_of(&rows, url);
        assert_eq!((&row["status"], &row["duplicate_of"]), (&"duplicate".into(), &first["file"]), "{url}");
        assert_eq!(row.get("attempts").is_some(), visited.contains(url), "{url}");
    }
    let pages = room.log().iter().filter(|entry| entry.path != "/robots.txt").count();
    assert_eq!(pages, 1 + visited.len());
}

#[test]
fn what_is_no_article_says_why() {
    let (room, desk) = newsroom(&Options::default());
    let paths = ["/", "/xa-hoi", "/rss/home.rss", "/vong", "/khong-co"];
    let listed = paths.map(|path| url(&room, path));
    let said = desk.fetch(&listed.each_ref().map(String::as_str)).ends_with(1);
    let rows = desk.rows();
    let [home, section, feed, circle, none] = listed.each_ref().map(|url| row_of(&rows, url));
    for (row, reason) in [(home, "index_page"), (section, "index_page"), (feed, "not_a_document")] {
        assert_eq!((&row["status"], &row["reason"]), (&"skipped".into(), &reason.into()), "{row}");
        assert_eq!(row["http_status"], 200, "{row}");
    }
    for (row, reason) in [(circle, "redirect_loop"), (none, "http_status")] {
        assert_eq!((&row["status"], code(row)), (&"failed".into(), reason), "{row}");
        assert!(said.err.contains(row["error"]["message"].as_str().unwrap()), "{}", said.err);
    }
    assert!(desk.texts().is_empty());
    assert!(said.out.contains("  failed          2  "), "{}", said.out);
}

/// A spelling of an address that failed has nothing to be a copy of.
#[test]
fn a_copy_of_nothing_is_skipped() {
    let (room, desk) = newsroom(&Options::default());
    let listed = ["/khong-co", "/khong-co#a"].map(|path| url(&room, path));
    desk.fetch(&listed.each_ref().map(String::as_str)).ends_with(1);
    assert_eq!(row_of(&desk.rows(), &listed[1])["reason"], "repeated_url");
}

#[test]
fn articles_as_rows_and_names_by_source() {
    let (room, desk) = newsroom(&Options::default());
    let articles = room.site().articles()[..3].to_vec();
    let listed: Vec<String> = articles.iter().map(|article| url(&room, &article.path())).collect();
    desk.write("urls.txt", listed.join("\n"));
    let input = [&["--input", "urls.txt"][..], &PARTS].concat();
    desk.fetch(&[&input[..], &["--format", "jsonl"]].concat()).ends_with(0);
    let lines = fs::read_to_string(desk.path("out/articles.jsonl")).unwrap();
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(desk.texts().is_empty() && found.len() == 3);
    for ((found, row), article) in found.iter().zip(desk.rows()).zip(&articles) {
        assert_eq!(found["text"], expected(article));
        assert_eq!((&found["url"], &found["title"]), (&row["url"], &row["title"]));
        assert_eq!(row["file"], format!("articles.jsonl#{}", found["id"].as_str().unwrap()));
    }

    fs::remove_dir_all(desk.path("out")).unwrap();
    desk.fetch(&[&input[..], &["--naming", "source"]].concat()).ends_with(0);
    let texts = desk.texts();
    for article in &articles {
        let path = article.path();
        let name = format!("127.0.0.1{}.txt", path.trim_end_matches(".html"));
        assert_eq!(texts.get(&name), Some(&expected(article)), "{name} of {:?}", texts.keys());
    }
}

#[test]
fn without_deduplication_every_visited_address_has_its_text() {
    let (room, desk) = newsroom(&Options::default());
    let article = room.site().articles()[0].clone();
    let own = url(&room, &article.path());
    let listed = [own.clone(), url(&room, &format!("/amp{}", article.path())), format!("{own}#a")];
    let args = [&["--dedup", "off"][..], &PARTS, &listed.each_ref().map(String::as_str)].concat();
    desk.fetch(&args).ends_with(0);
    let rows = desk.rows();
    assert_eq!(
        rows.iter().map(|row| &row["status"]).collect::<Vec<_>>(),
        ["written", "written", "duplicate"]
    );
    assert!(desk.texts().values().all(|text| *text == expected(&article)));
    assert_eq!(rows[2]["duplicate_of"], rows[0]["file"]);
}
