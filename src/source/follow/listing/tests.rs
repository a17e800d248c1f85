//! Section pages in several layouts, and what is taken of them.

use super::*;
use crate::source::follow::Notice;

fn read(html: &str, rules: &ListingRules) -> Followed {
    listing(html, &Url::parse("https://x.vn/kinh-te").expect("a URL"), rules)
}

fn paths(followed: &Followed) -> Vec<&str> {
    followed.found.iter().map(|found| found.url.path()).collect()
}

#[track_caller]
fn check(html: &str, expected: &[&str]) {
    assert_eq!(paths(&read(html, &ListingRules::default())), expected, "{html}");
}

const MENU: &str = "<nav><a href=/>Trang chủ</a><a href=/kinh-te>Kinh tế</a><a href=/kinh-te/tai-chinh-ngan-hang>Tài chính \
                    ngân hàng hôm nay</a><a href=/tag/gia-xang-12345.html>Giá xăng dầu hôm nay ra sao</a></nav>";
const FOOT: &str = "<footer><a href=/dieu-khoan-su-dung-va-bao-mat.html>Điều khoản sử dụng và chính sách bảo mật</a>\
                    <a href=/tin-tuc-noi-bat-trong-ngay-hom-nay.html>Tin tức nổi bật trong ngày hôm nay của báo</a></footer>";

/// Cards with a picture, a heading and a lead, each linked.
#[test]
fn cards_with_headings() {
    let card = |id: u32, title: &str| {
        format!(
            "<article class=item-news><div class=thumb><a href='/gia-xang-giam-lan-{id}.html' title='{title}'><img></a></div>\
             <h3 class=title-news><a href='/gia-xang-giam-lan-{id}.html'>{title}</a></h3><p class=description>\
             <a href='/gia-xang-giam-lan-{id}.html'>Đoạn mở đầu của bài báo này dài hơn tiêu đề rất nhiều.</a></p>\
             <a class=cat href=/kinh-te>Kinh tế</a> <a href='/gia-xang-giam-lan-{id}.html#box_comment'>12</a></article>"
        )
    };
    let page = format!(
        "{MENU}<main>{}{}{}</main>{FOOT}",
        card(4_783_920, "Giá xăng giảm lần thứ ba"),
        card(4_783_921, "Giá dầu tăng lần thứ tư"),
        card(4_783_920, "Giá xăng giảm lần thứ ba")
    );
    let followed = read(&page, &ListingRules::default());
    assert_eq!(paths(&followed), ["/gia-xang-giam-lan-4783920.html", "/gia-xang-giam-lan-4783921.html"]);
    assert_eq!(followed.found[0].title.as_deref(), Some("Giá xăng giảm lần thứ ba"));
}

/// A bare list, without headings or articles.
#[test]
fn bare_lists() {
    let page = "<div class=menu><a href=/the-thao>Thể thao</a><a href=/video>Video</a></div><ul class=list>\
                <li><a href=/2026/11/22/gia-xang-giam-manh/>Giá xăng giảm mạnh từ chiều nay</a></li>\
                <li><a href=/2026/11/22/>22/11/2026</a></li>\
                <li><a href=/2026/11/21/bao-so-15-vao-bien-dong>Bão số 15 vào Biển Đông</a></li></ul>";
    check(page, &["/2026/11/22/gia-xang-giam-manh/", "/2026/11/21/bao-so-15-vao-bien-dong"]);
}

/// Blocks that are links as a whole, in English.
#[test]
fn blocks_that_are_links() {
    let page = "<html lang=en><main><section><div class=card><a class=card href=/news/articles/c4g7z8k9x1zo><h2>Petrol prices \
                fall for a third week</h2><p>Drivers say it is not enough.</p></a></div><div class=card><a class=card \
                href=/news/articles/c0x7z8k9x1aa><h2>Storm nears the coast</h2></a></div></section>\
                <aside><ol><li><a href=/world/2026/nov/22/why-rivers-run-dry-in-spring>Why rivers run dry in spring</a></ol></aside>\
                <a href=/news/live>Live</a><a href=https://facebook.com/sharer?u=x>Share</a></main>";
    check(
        page,
        &[
            "/news/articles/c4g7z8k9x1zo",
            "/news/articles/c0x7z8k9x1aa",
            "/world/2026/nov/22/why-rivers-run-dry-in-spring",
        ],
    );
    let followed = read(page, &ListingRules::default());
    assert_eq!(followed.found[0].language.as_deref(), Some("en"));
    assert_eq!(followed.found[0].title.as_deref(), Some("Petrol prices fall for a third week"));
    assert_eq!(followed.notices, []);
}

/// Headlines whose addresses tell nothing: structure decides.
#[test]
fn short_addresses() {
    let item = |n: u32| {
        format!("<div class=story><h3><a href=/s/{n}>Thành phố mở thêm bảy tuyến xe buýt {n}</a></h3></div>")
    };
    let page = format!("{MENU}{}{}{}<a href=/s/a>Xem thêm</a>{FOOT}", item(1), item(2), item(3));
    check(&page, &["/s/1", "/s/2", "/s/3"]);
    let query = "<table><tr><td><a href='xem-tin.aspx?NewsID=12345'>Sở Nội vụ tuyển dụng viên chức năm 2026</a></td></tr></table>";
    check(query, &["/xem-tin.aspx"]);
}

/// Where most articles have a number, what has none is a section.
#[test]
fn sections_with_long_names() {
    let section = "<li><a href=/trai-nghiem-va-danh-gia.htm>Trải nghiệm và đánh giá</a></li>".repeat(3)
        + "<li><a href=/tuoi-tre-50-nam.htm>50 năm thành lập báo Tuổi Trẻ</a></li>";
    let article = |id: u32| {
        format!(
            "<li><a href=/gia-xang-giam-manh-{id}.htm>1</a><a href=/gia-xang-giam-manh-{id}.htm>Giá xăng giảm mạnh</a></li>"
        )
    };
    let page =
        format!("<ul>{section}</ul><ol>{}{}{}</ol>", article(10_001), article(10_002), article(10_003))
            + "<a href=/gia-xang-20001.htm>#giá xăng dầu hôm nay</a>";
    let followed = read(&page, &ListingRules::default());
    let expected =
        ["/gia-xang-giam-manh-10001.htm", "/gia-xang-giam-manh-10002.htm", "/gia-xang-giam-manh-10003.htm"];
    assert_eq!(paths(&followed), expected);
    assert_eq!(followed.found[0].title.as_deref(), Some("Giá xăng giảm mạnh"));
}

#[test]
fn patterns_include_and_exclude() {
    let page = "<a href=/a/1>x</a><a href=/a/2>Một tiêu đề dài nhiều chữ</a><a href=/b/gia-xang-giam-manh-12345.html>Giá xăng \
                giảm rất mạnh</a><a href=/a/video/3>y</a>";
    let rules = |include: &[&str], exclude: &[&str]| ListingRules {
        include: include.iter().map(|&it| it.to_owned()).collect(),
        exclude: exclude.iter().map(|&it| it.to_owned()).collect(),
        ..ListingRules::default()
    };
    assert_eq!(paths(&read(page, &rules(&["/a/*"], &["*/video/*"]))), ["/a/1", "/a/2"]);
    assert_eq!(paths(&read(page, &rules(&[], &[]))), ["/b/gia-xang-giam-manh-12345.html"]);
    assert_eq!(paths(&read(page, &rules(&[], &["/b/*"]))), [""; 0]);
}

#[test]
fn lists_are_bounded_and_other_sites_told() {
    let link = |n: u32| format!("<a href='/gia-xang-giam-manh-{n}.html'>Giá xăng giảm mạnh lần {n}</a>");
    let page = (10_000..10_030).map(link).collect::<Vec<_>>().concat();
    let page = page + "<a href=https://y.vn/gia-xang-giam-manh-12345.html>Giá xăng giảm mạnh lần nữa</a>";
    let followed = read(&page, &ListingRules { max_links: 10, ..ListingRules::default() });
    assert_eq!(
        (followed.found.len(), followed.notices),
        (10, vec![Notice::ManyItems(10), Notice::OtherSite(1)])
    );
}

#[test]
fn traps_are_passed_over() {
    let session = |sid: &str| {
        format!("<a href='/bai-viet-hay-trong-ngay-12345.html?sid={sid}'>Một bài viết hay trong ngày</a>")
    };
    let page = session("0123456789abcdef0") + &session("fedcba98765432100");
    assert_eq!(read(&page, &ListingRules::default()).found.len(), 1);
    let page = "<a href='/a/b/a/b/a/b/gia-xang-giam-manh-12345.html'>Giá xăng giảm rất mạnh</a>\
                <a href='/gia-xang-giam-manh-12345.html?month=12'>Giá xăng giảm rất mạnh</a>";
    let followed = read(page, &ListingRules::default());
    assert_eq!((followed.found.len(), followed.notices), (0, vec![Notice::Trap(2)]));
}

#[test]
fn links_are_relative_to_the_base_element() {
    check(
        "<base href=/tin/><a href=gia-xang-giam-manh-12345.html>Giá xăng giảm rất mạnh</a>",
        &["/tin/gia-xang-giam-manh-12345.html"],
    );
    check(
        "<base href='javascript:x'><a href=gia-xang-giam-manh-12345.html>Giá xăng giảm rất mạnh</a>",
        &["/gia-xang-giam-manh-12345.html"],
    );
}

#[test]
fn the_next_page_is_named_once() {
    let followed =
        read("<a href=?page=2>2</a><a href=?page=3>3</a><a href=?page=2>Sau</a>", &ListingRules::default());
    assert_eq!(followed.more.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://x.vn/kinh-te?page=2"]);
    let none = read("<a href=?page=2>2</a>", &ListingRules { max_pages: 1, ..ListingRules::default() });
    assert_eq!(none.more, []);
}
