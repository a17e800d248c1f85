//! Metadata of whole pages and of flattened text, and that no input makes it fail.

use proptest::prelude::*;
use scraper::Html;
use tinsach::parse::author::names_in;
use tinsach::parse::date::{Offset, parse_date};
use tinsach::parse::head::{HeadFacts, read_head};
use tinsach::parse::jsonld::LinkedData;
use tinsach::parse::metadata::Metadata;
use tinsach::parse::resolve::{Visible, resolve};
use tinsach::parse::site_name::SiteNames;

const URL: &str = "https://songxanh.vn/kinh-te/gia-lua-123.html";
const BODY: &str =
    "Sáng nay, thương lái ở chợ đầu mối trả giá lúa cao hơn tuần trước, nông dân vui mừng ra đồng.";

fn metadata(page: &str, visible: &Visible<'_>) -> Metadata {
    resolve(&read_head(&Html::parse_document(page)), visible, Some(URL))
}

fn seen() -> Visible<'static> {
    Visible { body_sample: BODY, ..Visible::default() }
}

#[test]
fn a_page_with_everything() {
    let page = r#"<html lang="en"><head>
        <title>Giá lúa tăng trở lại sau bão | Báo Sông Xanh</title>
        <link rel="canonical" href="/kinh-te/gia-lua-123.html#top">
        <link rel="amphtml" href="https://songxanh.vn/amp/gia-lua-123.html">
        <meta property="og:site_name" content="Báo Sông Xanh"><meta property="og:type" content="article">
        <meta property="og:title" content="Giá lúa tăng trở lại sau bão">
        <meta property="article:author" content="https://www.facebook.com/songxanh">
        <meta name="author" content="Báo Sông Xanh"><meta name="keywords" content="giá lúa, Sông Xanh, miền Tây">
        <script type="application/ld+json">{"@type":"BreadcrumbList","itemListElement":[
          {"item":{"name":"Trang chủ"}},{"item":{"name":"Kinh tế"}}]}</script>
        <script type="application/ld+json">{"@type":"NewsArticle","headline":"Gi&amp;#225; lúa tăng trở lại sau bão",
          "description":"Thương lái tìm mua từ sớm, giá tăng hai trăm đồng mỗi cân so với tuần trước.",
          "author":[{"@type":"Person","name":"Theo Lê Mai"},{"name":"Vũ Tâm"}],"datePublished":"2024-07-04T19:15:00Z",
          "articleSection":"kinh tế","publisher":{"name":"Báo Sông Xanh"},"isAccessibleForFree":true,
          "articleBody":"Một.\n\nHai."}</script></head>
        <body><h1>Giá lúa tăng trở lại sau bão</h1></body></html>"#;
    let facts = read_head(&Html::parse_document(page));
    assert_eq!(facts.json_ld_body.as_deref(), Some("Một.\nHai."));
    assert_eq!(facts.og_type.as_deref(), Some("article"));
    assert_eq!(facts.is_accessible_for_free, Some(true));
    assert_eq!(facts.amp_url.as_deref(), Some("https://songxanh.vn/amp/gia-lua-123.html"));
    assert_eq!(facts.headlines.len(), 2);

    let visible = Visible { dates: vec!["Hôm nay 06/07/2024", "19:15 | 04/07/2024"], ..seen() };
    let wanted = Metadata {
        title: Some("Giá lúa tăng trở lại sau bão".to_owned()),
        lead: Some("Thương lái tìm mua từ sớm, giá tăng hai trăm đồng mỗi cân so với tuần trước.".to_owned()),
        author: Some("Lê Mai, Vũ Tâm".to_owned()),
        published: Some("2024-07-04T19:15:00+07:00".to_owned()),
        section: Some("Kinh tế".to_owned()),
        tags: vec!["giá lúa".to_owned(), "miền Tây".to_owned()],
        language: Some("vi".to_owned()),
        canonical_url: Some(URL.to_owned()),
        site: Some("Báo Sông Xanh".to_owned()),
    };
    assert_eq!(metadata(page, &visible), wanted);
}

#[test]
fn a_page_that_states_nothing() {
    let page = r#"<div class="head-date">Hôm nay: Thứ sáu 05/07/2024 18:38</div>
        <h1 class="article-detail-title">Giá lúa tăng trở lại sau bão</h1>
        <div class="datetime"><span class="format_time">19:15</span> | <span class="format_date">04/07/2024</span></div>
        <p class="article-detail-author">Lê Mai/trangkhac.vn</p>
        <svg><title>Mũi tên</title></svg>"#;
    let found = metadata(page, &seen());
    assert_eq!(found.title.as_deref(), Some("Giá lúa tăng trở lại sau bão"));
    assert_eq!(found.author.as_deref(), Some("Lê Mai"));
    assert_eq!(found.published.as_deref(), Some("2024-07-04T19:15:00+07:00"));
    assert_eq!(found.language.as_deref(), Some("vi"));
    assert_eq!(found.site.as_deref(), Some("songxanh.vn"));
    assert_eq!(found.canonical_url, None);
}

#[test]
fn flattened_text_has_only_what_is_seen() {
    let visible = Visible {
        title: Some("Giá lúa tăng trở lại sau bão"),
        lead: Some("(SX) - Thương lái tìm mua từ sớm."),
        byline: Some("Bài và ảnh: Lê Mai"),
        dates: vec!["Cập nhật: 05/07/2024 08:00", "Thứ Năm, ngày 4 tháng 7 năm 2024, 19h15"],
        section: Some("Kinh tế"),
        tags: vec!["#giá lúa"],
        body_sample: BODY,
    };
    let found = resolve(&HeadFacts::default(), &visible, None);
    assert_eq!(found.title.as_deref(), visible.title);
    assert_eq!(found.lead.as_deref(), visible.lead);
    assert_eq!(found.author.as_deref(), Some("Lê Mai"));
    assert_eq!(found.published.as_deref(), Some("2024-07-04T19:15:00+07:00"));
    assert_eq!(found.section.as_deref(), Some("Kinh tế"));
    assert_eq!(found.tags, ["giá lúa"]);
    assert_eq!((found.language.as_deref(), found.site), (Some("vi"), None));
    assert_eq!(resolve(&HeadFacts::default(), &Visible::default(), None), Metadata::default());
}

#[test]
fn times_that_disagree() {
    for (stated, shown, wanted) in [
        ("2024-07-04T19:15:00Z", "19:15 | 04/07/2024", "2024-07-04T19:15:00+07:00"),
        ("2024-07-04T12:15:00Z", "19:15 | 04/07/2024", "2024-07-04T12:15:00Z"),
        ("2024-07-04T12:15:00", "19:15 | 04/07/2024", "2024-07-04T19:15:00+07:00"),
        ("2024-07-04T19:15:42", "19:15 | 04/07/2024", "2024-07-04T19:15:42+07:00"),
        ("2024-07-04", "19:15 | 04/07/2024", "2024-07-04T19:15:00+07:00"),
        ("2024-07-04T00:00:00", "19:15 | 04/07/2024", "2024-07-04T19:15:00+07:00"),
        ("2024-07-04T19:15:00+07:00", "07:00 | 09/07/2024", "2024-07-04T19:15:00+07:00"),
        ("1720095300", "", "2024-07-04T19:15:00+07:00"),
        ("hôm qua", "04/07/2024", "2024-07-04"),
    ] {
        let page = format!(r#"<meta property="article:published_time" content="{stated}">"#);
        let found = metadata(&page, &Visible { dates: vec![shown], ..seen() });
        assert_eq!(found.published.as_deref(), Some(wanted), "{stated} {shown}");
    }
    let page = r#"<meta name="date" content="2024-07-04T19:15:00">"#;
    let abroad =
        resolve(&read_head(&Html::parse_document(page)), &Visible::default(), Some("https://a.com/b"));
    assert_eq!(abroad.published.as_deref(), Some("2024-07-04T19:15:00"));
}

#[test]
fn canonical_addresses() {
    for (href, og_url, wanted) in [
        ("https://songxanh.vn/bai-9.html#x", "", Some("https://songxanh.vn/bai-9.html")),
        ("/bai-9.html", "", Some("https://songxanh.vn/bai-9.html")),
        ("https://songxanh.vn/", "https://songxanh.vn/bai-9.html", Some("https://songxanh.vn/bai-9.html")),
        ("javascript:void(0)", "", None),
        ("file:///etc/passwd", "", None),
        ("http://localhost/bai-9.html", "", None),
        ("http://[", "", None),
    ] {
        let page =
            format!(r#"<link rel="canonical" href="{href}"><meta property="og:url" content="{og_url}">"#);
        assert_eq!(metadata(&page, &seen()).canonical_url.as_deref(), wanted, "{href}");
    }
}

#[test]
fn the_cards_of_an_index_page_are_no_article() {
    let card = |title: &str| format!(r#"{{"@type":"NewsArticle","headline":"{title}"}}"#);
    let page = format!(
        r#"<title>Báo Sông Xanh</title><script type="application/ld+json">[{},{}]</script>"#,
        card("Tin thứ nhất trong ngày"),
        card("Tin thứ hai trong ngày")
    );
    assert_eq!(metadata(&page, &seen()).title, None);
}

#[test]
fn a_site_object_named_like_the_article_hides_no_title() {
    let page = r#"<script type="application/ld+json">{"@type":"WebSite","name":"Lũ về trong đêm"}</script>
        <meta property="og:title" content="Lũ về trong đêm"><h1>Lũ về trong đêm</h1>"#;
    assert_eq!(metadata(page, &seen()).title.as_deref(), Some("Lũ về trong đêm"));
}

#[test]
fn hostile_markup_is_bounded() {
    let nested = format!("{}Lê Mai", r#"<div class="author date" itemprop="author">"#.repeat(2_000));
    let scripts =
        r#"<script type="application/ld+json">{"@type":"Article","headline":"x"}</script>"#.repeat(5_000);
    let metas = r#"<meta name="keywords" content="a,b,c"><h1>Tựa</h1>"#.repeat(5_000);
    for page in [nested, scripts, metas] {
        let facts = read_head(&Html::parse_document(&page));
        assert!(facts.headlines.len() <= 64 && facts.tags.len() <= 64 && facts.author_hints.len() <= 16);
    }
}

/// Pieces that dates, bylines and JSON are made of, so that random texts reach deep into the parsers.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("2024-07-04"),
        Just("04/07/2024"),
        Just("T19:15"),
        Just(":"),
        Just("/"),
        Just("-"),
        Just("+07:00"),
        Just("12"),
        Just("2024"),
        Just(" tháng "),
        Just("ngày "),
        Just("GMT"),
        Just("pm"),
        Just("年"),
        Just("月"),
        Just("{\"@type\":\"Article\","),
        Just("\"headline\":"),
        Just("\"a\""),
        Just("\""),
        Just("\\"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just("<p>"),
        Just("<"),
        Just("&amp;"),
        Just("&#"),
        Just("Theo "),
        Just(" - "),
        Just("İ"),
        Just("ế"),
        Just("\u{301}"),
        Just("<!--"),
        Just("CDATA["),
        Just("]]>"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_it_fail(text in prop_oneof![fragments(), any::<String>()]) {
        let date = parse_date(&text, Offset::VIETNAM);
        prop_assert!(date.is_none_or(|date| parse_date(&date, Offset::Unknown) == Some(date)));
        LinkedData::default().read(&text);
        let _ = names_in(&text, &SiteNames::new(std::slice::from_ref(&text), Some(URL)));
        let page = format!(
            r#"<title>{text}</title><meta property="og:title" content="{text}"><h1>{text}</h1>
               <script type="application/ld+json">{text}</script><time datetime="{text}">{text}</time>
               <link rel="canonical" href="{text}"><p class="author">{text}</p>"#
        );
        let visible = Visible { title: Some(&text), byline: Some(&text), dates: vec![&text], body_sample: &text,
            ..Visible::default() };
        let _ = metadata(&page, &visible);
        let _ = resolve(&HeadFacts::default(), &visible, Some(&text));
    }
}
