//! What a page says of itself against what it shows: words of walls beside a short text, a heading that names the site.

use tinsach::label::Label;
use tinsach::page::RawPage;
use tinsach::pipeline::{CleanedPage, Cleaner, Outcome, SkipReason, clean_page};
use tinsach::rules::UserRules;

/// A page without styles or names, with that head and body.
fn cleaned(head: &str, body: &str) -> CleanedPage {
    let cleaner = Cleaner::new(&UserRules::default()).expect("the shipped rules");
    let page = format!("<!doctype html><html><head>{head}</head><body>{body}</body></html>");
    clean_page(&RawPage { body: page.into_bytes(), ..RawPage::default() }, &cleaner)
}

const TITLE: &str = "Phà đêm qua sông Lam ngừng chạy một tuần để thay phao";
const TEXT: &str = "<p>Chuyến phà đêm qua sông Lam sẽ ngừng chạy một tuần kể từ thứ Hai để thay phao và sơn lại mạn, theo \
    thông báo của bến phà sáng nay.</p><p>Hành khách có thể đi cầu phía thượng lưu, cách bến chừng bốn cây số, hoặc chờ chuyến \
    phà sáng lúc năm giờ rưỡi.</p><p>Đây là lần sửa chữa đầu tiên kể từ khi bến phà được nâng cấp cách đây ba năm.</p>";

fn outcome(head: &str, before: &str, after: &str) -> Outcome {
    let head = format!("<title>{TITLE}</title>{head}");
    cleaned(&head, &format!("{before}<main><article><h1>{TITLE}</h1>{TEXT}</article>{after}</main>")).outcome
}

#[test]
fn offers_that_every_page_has_are_no_walls() {
    for (before, after) in [
        ("<header>Already a subscriber? <a href=/login>Sign in</a></header>", ""),
        ("<p>Already a subscriber? <a href=/login>Sign in</a></p>", ""),
        (
            "",
            "<div style='display:none'><p>Vui lòng đăng nhập để tiếp tục.</p><button>Đăng nhập</button></div>",
        ),
        ("", "<h3>Bình luận (0)</h3><p>Bạn cần đăng nhập để gửi bình luận.</p>"),
        (
            "",
            "<ul><li><a href=/g>Cách đăng ký gói cước cho học sinh ở vùng sâu vùng xa từ tháng sau</a></li></ul>",
        ),
        ("", "<footer><p>Already a subscriber? <a href=/login>Sign in</a></p></footer>"),
    ] {
        assert_eq!(outcome("", before, after), Outcome::Article, "{before} {after}");
    }
    let free =
        r#"<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":true}</script>"#;
    let offer = "<div><p>Already a subscriber? <a href=/login>Sign in</a></p></div>";
    assert_eq!(outcome(free, "", offer), Outcome::Article);
}

#[test]
fn walls_below_a_teaser_are() {
    let wall = "<div><p>Vui lòng đăng nhập để đọc tiếp bài viết này.</p><button>Đăng nhập</button></div>";
    let hidden = "<div style='display:none'><p>Vui lòng đăng nhập để đọc tiếp bài viết này.</p></div>";
    let paid =
        r#"<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>"#;
    for (head, after) in [("", wall), (paid, wall), (paid, hidden)] {
        assert_eq!(outcome(head, "", after), Outcome::Skipped(SkipReason::Wall), "{head} {after}");
    }
    let login = "<h1>Đăng nhập</h1><div style='display:none'><p>Vui lòng đăng nhập để tiếp tục.</p></div>";
    assert_ne!(cleaned("", login).outcome, Outcome::Article);
}

/// The title, and whether the name of the site is kept as text.
fn titled(head: &str, body: &str) -> (Option<String>, bool) {
    let page = cleaned(head, &format!("{body}{}", TEXT.repeat(2)));
    let names = page.blocks.iter().any(|block| block.label.is_article() && *block.text == *"Báo Bến Phà");
    (page.metadata.title, names)
}

#[test]
fn a_site_s_name_is_no_title() {
    let head = format!(
        "<title>{TITLE} - Báo Bến Phà</title><meta property=og:title content='{TITLE}'>\
         <meta property=og:site_name content='Báo Bến Phà'>"
    );
    for body in [
        format!("<h1>Báo Bến Phà</h1><h2>{TITLE}</h2>"),
        format!("<h1><a href=/>Báo Bến Phà</a></h1><div>{TITLE}</div>"),
        "<h1>Báo Bến Phà</h1><h2>Phà đêm sông Lam ngừng chạy để thay phao</h2>".to_owned(),
        "<h1>Báo Bến Phà</h1>".to_owned(),
    ] {
        let found = titled(&head, &body);
        assert!(!found.1, "{body}");
        assert!(found.0.is_some_and(|found| found.contains("ngừng chạy")), "{body}");
    }
    // Where the heading is what the head states, and where it is another wording of it.
    let about = "<title>Báo Bến Phà</title><meta property=og:site_name content='Báo Bến Phà'>";
    for (head, heading) in [(about, "Báo Bến Phà"), (&head, "Một tuần không phà đêm")] {
        let page = cleaned(head, &format!("<h1>{heading}</h1>{}", TEXT.repeat(2)));
        assert_eq!(page.blocks.first().map(|block| block.label), Some(Label::Title), "{heading}");
    }
}
