//! Article pages in five layouts, built as real papers build theirs.
//!
//! Enters: an article and what stands beside it. Leaves: HTML. Invariant: all of the article's text is on the page
//! once, and whatever else is there stands in a box of its own.

use std::fmt::Write as _;

use super::article::{Article, Block, Layout};

/// An article with its surroundings.
pub(super) struct Page<'a> {
    pub(super) article: &'a Article,
    /// Scheme, host and port.
    pub(super) base: &'a str,
    /// Others of its language, the nearest first.
    pub(super) others: Vec<&'a Article>,
    /// Whether the page names its address.
    pub(super) has_canonical: bool,
}

/// What a name of a section's folder reads.
pub(super) fn section_name(section: &str) -> &'static str {
    match section {
        "xa-hoi" => "Xã hội",
        "van-hoa" => "Văn hóa",
        "kinh-te" => "Kinh tế",
        "giao-duc" => "Giáo dục",
        "the-thao" => "Thể thao",
        "khoa-hoc" => "Khoa học",
        _ => "News",
    }
}

/// Text for HTML and XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The whole page.
pub(super) fn article(page: &Page<'_>) -> String {
    let body = match page.article.layout {
        Layout::MasterCms => mastercms(page),
        Layout::VnExpress => vnexpress(page),
        Layout::Ims => ims(page),
        Layout::Semantic => semantic(page),
        Layout::English => english(page),
    };
    format!("<!DOCTYPE html>\n<html lang=\"{}\">\n{}\n{body}\n</html>\n", page.article.language, head(page))
}

/// Name of the paper.
pub(super) fn paper(article: &Article) -> &'static str {
    if article.language == "en" { "The Marrow Courier" } else { "Báo Bến Mẫu" }
}

fn head(page: &Page<'_>) -> String {
    let Page { article, base, .. } = page;
    let (title, lead, paper) = (escaped(&article.title), escaped(&article.lead), paper(article));
    let published = article.date("%Y-%m-%dT%H:%M:%S+07:00");
    let mut head = format!(
        "<head>\n<meta charset=\"utf-8\">\n<title>{title} | {paper}</title>\n\
         <meta name=\"description\" content=\"{lead}\">\n<meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"og:title\" content=\"{title}\">\n<meta property=\"og:site_name\" content=\"{paper}\">\n\
         <meta property=\"article:published_time\" content=\"{published}\">\n\
         <meta property=\"article:section\" content=\"{}\">\n",
        section_name(article.section)
    );
    let path = article.path();
    if page.has_canonical {
        _ = writeln!(head, "<meta property=\"og:url\" content=\"{base}{path}\">");
        _ = writeln!(head, "<link rel=\"canonical\" href=\"{base}{path}\">");
        if article.index % 3 == 0 {
            _ = writeln!(head, "<link rel=\"amphtml\" href=\"{base}/amp{path}\">");
        }
    }
    if article.layout != Layout::MasterCms {
        let data = serde_json::json!({
            "@context": "http://schema.org", "@type": "NewsArticle", "headline": article.title,
            "description": article.lead, "datePublished": published,
            "author": {"@type": "Person", "name": article.byline},
            "publisher": {"@type": "Organization", "name": paper},
        });
        _ = writeln!(head, "<script type=\"application/ld+json\">{data}</script>");
    }
    head + "<style>.x { color: #222 }</style>\n<script>window.dataLayer = [];</script>\n</head>"
}

/// Links to the sections, in a list.
pub(super) fn menu(language: &str) -> String {
    if language == "en" {
        return "<ul><li><a href=\"/en\">Home</a></li><li><a href=\"/en/news\">News</a></li></ul>".into();
    }
    let sections = ["xa-hoi", "van-hoa", "kinh-te", "giao-duc", "the-thao", "khoa-hoc"];
    let item = |section| format!("<li><a href=\"/{section}\">{}</a></li>", section_name(section));
    let items: String = sections.into_iter().map(item).collect();
    format!("<ul><li><a href=\"/\">Trang chủ</a></li>{items}</ul>")
}

/// Tags with links, in a row.
fn tags(article: &Article) -> String {
    let links: Vec<String> =
        article.tags.iter().map(|tag| format!("<a href=\"/tag/{}\">{tag}</a>", tag.len())).collect();
    links.join(" ")
}

/// One piece of HTML for each block.
fn body(page: &Page<'_>, paragraph: &str, subhead: &str, caption: &str) -> String {
    let mut body = String::new();
    for block in &page.article.blocks {
        let (frame, text) = match block {
            Block::Paragraph(text) => (paragraph, text),
            Block::Subhead(text) => (subhead, text),
            Block::Caption(text) => (caption, text),
        };
        body.push_str(&frame.replace("{}", &escaped(text)).replace("{id}", &page.article.id().to_string()));
        body.push('\n');
    }
    body
}

/// Something for each of some other articles: `{path}`, `{title}`, `{lead}`, `{date}`, `{section}` are filled in.
fn each(articles: &[&Article], frame: &str) -> String {
    let fill = |article: &&Article| {
        frame
            .replace("{path}", &article.path())
            .replace("{title}", &escaped(&article.title))
            .replace("{lead}", &escaped(&article.lead))
            .replace("{date}", &article.date("%H:%M | %d/%m/%Y"))
            .replace("{section}", section_name(article.section))
    };
    articles.iter().map(fill).collect()
}

const FOOTER: &str = "<p>Giấy phép số 000/GP-BTTTT. Tổng biên tập: Hồ Thị Ví Dụ</p><p>Tòa soạn: số 1 phố Mẫu. Điện thoại: \
                      024.0000.0000</p><p>Ghi rõ nguồn khi phát hành lại thông tin từ trang này</p>";

fn mastercms(page: &Page<'_>) -> String {
    let article = page.article;
    let content = body(
        page,
        "<p class=\"normalPara\" style=\"text-align: justify;\">{}</p>",
        "<p style=\"text-align: justify;\"><strong>{}</strong></p>",
        "<table class=\"MASTERCMS_TPL_TABLE\"><tbody><tr><td><img class=\"__img_mastercms\" src=\"/anh/{id}.jpg\" alt=\"\">\
         </td></tr><tr><td>{}</td></tr></tbody></table>",
    );
    let card = "<div class=\"article\"><h3 class=\"article-title\"><a class=\"article-link f0\" href=\"{path}\" \
                title=\"{title}\">{title}</a></h3><p class=\"article-info\"><span class=\"article-date\">{date}</span></p>\
                <div class=\"article-desc\">{lead}</div></div>\n";
    format!(
        "<body><header id=\"header\"><span class=\"hna-system-date\">Hôm nay: {today}</span></header>\
         <nav id=\"nav\">{menu}</nav>\n<main id=\"main\"><div class=\"article-detail\">\
         <div class=\"article-button-share\"><a class=\"btn-share\" href=\"#\">Zalo</a> <a class=\"btn-share btn-print\" \
         href=\"/print{path}\">In bài viết</a></div>\n<h1 class=\"article-detail-title f0\">{title}</h1>\n\
         <div class=\"article-info fw\"><span class=\"article-date\">{date}</span> <a class=\"article-cat\" \
         href=\"/{section}\">{name}</a></div>\n<div class=\"article-detail-desc fw lt f0\">{lead}</div>\n\
         <div class=\"__MASTERCMS_CONTENT fw lt f1 mb clearfix\">\n<table class=\"__MB_ARTICLE_A\"><tbody><tr><td>{inside}</td></tr>\
         </tbody></table>\n{content}<div class=\"article-detail-author f0\">{byline}</div>\n</div></div>\n\
         <div class=\"article-tag\"><span>Tags:</span><div class=\"article-keyword\">{tags}</div></div>\n\
         <div class=\"article-detail-similar\"><h2 class=\"bx-cat-name\">Có thể bạn quan tâm</h2>\n{similar}</div>\n\
         <div class=\"article-detail-other hna-newsbreak\"><h2 class=\"bx-cat-name\">Tin khác</h2>\n{more}</div></main>\n\
         <footer id=\"footer\"><p><strong>BÁO BẾN MẪU</strong></p>{FOOTER}<a href=\"?mobile=1\">Phiên bản di động</a></footer></body>",
        today = article.date("%d/%m/%Y %H:%M"),
        menu = menu("vi"),
        path = article.path(),
        title = escaped(&article.title),
        date = article.date("%H:%M | %d/%m/%Y"),
        section = article.section,
        name = section_name(article.section),
        lead = escaped(&article.lead),
        inside = each(&page.others[..2], "<a href=\"{path}\" title=\"{title}\">{title}</a>\n"),
        byline = article.byline,
        tags = tags(article),
        similar = each(&page.others[2..5], card),
        more = each(&page.others[5..8], card),
    )
}

fn vnexpress(page: &Page<'_>) -> String {
    let article = page.article;
    let content = body(
        page,
        "<p class=\"Normal\">{}</p>",
        "<p class=\"Normal\"><strong>{}</strong></p>",
        "<figure class=\"tplCaption\"><div class=\"fig-picture\"><img src=\"/anh/{id}.jpg\" alt=\"\"></div><figcaption>\
         <p class=\"Image\">{}</p></figcaption></figure>",
    );
    format!(
        "<body data-source=\"Detail\"><header class=\"section top-header\"><a href=\"/\" class=\"logo\"><img alt=\"Báo Bến Mẫu\" \
         src=\"/logo.svg\"></a></header><nav class=\"main-nav\">{menu}</nav>\n<section class=\"section page-detail top-detail\">\
         <div class=\"sidebar-1\"><div class=\"header-content\"><ul class=\"breadcrumb\"><li><a href=\"/{section}\">{name}</a></li>\
         </ul><span class=\"date\">{date} (GMT+7)</span></div>\n<h1 class=\"title-detail\">{title}</h1>\n\
         <p class=\"description\">{lead}</p>\n<article class=\"fck_detail \">\n<ul class=\"list-news hidden\">{inside}</ul>\n\
         {content}<p class=\"Normal\" style=\"text-align:right;\"><strong>{byline}</strong></p>\n</article>\n\
         <div class=\"footer-content\"><a href=\"/{section}\">Trở lại {name}</a></div></div>\n\
         <div class=\"sidebar-2\"><h2 class=\"title-box-category\">Xem nhiều</h2>{popular}</div></section>\n\
         <div id=\"_detail_cungChuyenMuc\"><h2>Cùng chuyên mục</h2>{similar}</div>\n\
         <div id=\"box_comment_vne\"><h3>Ý kiến (0)</h3><textarea placeholder=\"Ý kiến của bạn\"></textarea><button>Gửi</button></div>\n\
         <div id=\"_detail_listtag\"><h4>Tags</h4>{tags}</div>\n<footer class=\"footer\">{FOOTER}</footer></body>",
        menu = menu("vi"),
        section = article.section,
        name = section_name(article.section),
        date = article.date("%d/%m/%Y, %H:%M"),
        title = escaped(&article.title),
        lead = escaped(&article.lead),
        inside =
            each(&page.others[..2], "<li><h4 class=\"title-news\"><a href=\"{path}\">{title}</a></h4></li>"),
        byline = article.byline,
        popular = each(
            &page.others[2..5],
            "<article class=\"item-news\"><h3 class=\"title-news\"><a href=\"{path}\">{title}</a></h3></article>\n"
        ),
        similar = each(
            &page.others[5..8],
            "<article class=\"item-news\"><h3 class=\"title-news\"><a href=\"{path}\">{title}</a></h3>\
             <p class=\"description\"><a href=\"{path}\">{lead}</a></p></article>\n"
        ),
        tags = tags(article),
    )
}

fn ims(page: &Page<'_>) -> String {
    let article = page.article;
    let content = body(
        page,
        "<p>{}</p>",
        "<h2>{}</h2>",
        "<figure class=\"VCSortableInPreviewMode\" type=\"Photo\"><div><img src=\"/anh/{id}.jpg\" alt=\"\"></div>\
         <figcaption class=\"PhotoCMS_Caption\"><p>{}</p></figcaption></figure>",
    );
    format!(
        "<body><header class=\"header\"><a href=\"/\" class=\"logo\"><img alt=\"Báo Bến Mẫu\" src=\"/logo.svg\"></a>\
         <nav class=\"header__nav\">{menu}</nav></header>\n<div class=\"main\"><div class=\"detail__main\">\
         <div class=\"detail-top\"><div class=\"detail-cate\"><a href=\"/{section}\">{name}</a></div><div class=\"detail-time\">\
         <div data-role=\"publishdate\">{date} GMT+7</div></div></div>\n\
         <h1 class=\"detail-title article-title\" data-role=\"title\">{title}</h1>\n<h2 class=\"detail-sapo\" data-role=\"sapo\">{lead}</h2>\n\
         <div class=\"detail-cmain\"><div class=\"detail-content afcbc-body\" data-role=\"content\" itemprop=\"articleBody\">\n\
         {content}<div class=\"VCSortableInPreviewMode\" type=\"RelatedOneNews\">{inside}</div>\n</div>\n\
         <div class=\"box-author-detail\"><div class=\"detail-author-bot\"><a class=\"name\" href=\"/tac-gia\">{byline}</a></div></div></div>\n\
         <div class=\"sendstarauthor\"><span>Trở thành người đầu tiên tặng sao cho bài viết</span></div>\n\
         <div class=\"detail-tab\">{tags}</div>\n<div class=\"comment-wrapper\"><p class=\"title-comment\">Bình luận (0)</p>\
         <button>Gửi bình luận</button></div>\n<div class=\"detail__same-category\"><p class=\"box-category-title\">Tin cùng chuyên mục</p>\n\
         {similar}</div></div></div>\n<footer class=\"footer\">{FOOTER}</footer></body>",
        menu = menu("vi"),
        section = article.section,
        name = section_name(article.section),
        date = article.date("%d/%m/%Y %H:%M"),
        title = escaped(&article.title),
        lead = escaped(&article.lead),
        inside = each(
            &page.others[..1],
            "<a href=\"{path}\" class=\"OneNewsTitle\">{title}</a><p class=\"VCObjectBoxRelatedNewsItemSapo\">{lead}</p>"
        ),
        byline = article.byline,
        tags = tags(article),
        similar = each(
            &page.others[1..6],
            "<div class=\"box-category-item\"><h3 class=\"box-title-text\"><a class=\"box-category-link-title\" \
             href=\"{path}\">{title}</a></h3></div>\n"
        ),
    )
}

fn semantic(page: &Page<'_>) -> String {
    let article = page.article;
    let content = body(
        page,
        "<p>{}</p>",
        "<h2>{}</h2>",
        "<figure><img src=\"/anh/{id}.jpg\" alt=\"\"><figcaption>{}</figcaption></figure>",
    );
    format!(
        "<body><header><a href=\"/\">Báo Bến Mẫu</a><nav>{menu}</nav></header>\n<main><article>\n<header><h1>{title}</h1>\n\
         <p class=\"sapo\">{lead}</p>\n<p class=\"author\">{byline}</p> <time datetime=\"{iso}\">{date}</time></header>\n\
         <div class=\"content\">\n{content}</div>\n<p class=\"tags\">Từ khóa: {tags}</p>\n</article>\n\
         <aside class=\"related\"><h2>Tin liên quan</h2><ul>{similar}</ul></aside></main>\n\
         <aside class=\"sidebar\"><h2>Đọc nhiều</h2><ol>{popular}</ol></aside>\n<footer>{FOOTER}</footer></body>",
        menu = menu("vi"),
        title = escaped(&article.title),
        lead = escaped(&article.lead),
        byline = article.byline,
        iso = article.date("%Y-%m-%dT%H:%M:%S+07:00"),
        date = article.date("%d/%m/%Y %H:%M"),
        tags = tags(article),
        similar = each(&page.others[..4], "<li><a href=\"{path}\"><h3>{title}</h3></a><p>{lead}</p></li>\n"),
        popular = each(&page.others[4..8], "<li><a href=\"{path}\">{title}</a></li>\n"),
    )
}

fn english(page: &Page<'_>) -> String {
    let article = page.article;
    let content = body(
        page,
        "<p>{}</p>",
        "<h2>{}</h2>",
        "<figure><img src=\"/img/{id}.jpg\" alt=\"\"><figcaption>{}</figcaption></figure>",
    );
    format!(
        "<body><a class=\"skip\" href=\"#maincontent\">Skip to main content</a>\n<header><a class=\"masthead\" href=\"/en\">\
         The Marrow Courier</a><nav>{menu}</nav><a href=\"/subscribe\">Subscribe</a></header>\n<main id=\"maincontent\"><article>\n\
         <h1>{title}</h1>\n<p class=\"standfirst\">{lead}</p>\n<div class=\"meta\"><p class=\"byline\">By {byline}</p>\
         <time datetime=\"{iso}\">{date}</time></div>\n<div class=\"article-body\">\n{content}</div>\n\
         <div class=\"topics\"><span>Topics</span> {tags}</div>\n</article>\n\
         <section class=\"comments\"><h2>Comments (0)</h2><p>Sign in to join the discussion.</p></section>\n\
         <section class=\"more\"><h2>More on this story</h2><ul>{similar}</ul></section></main>\n\
         <div class=\"newsletter\"><h2>Sign up to our morning email</h2><button>Sign up</button></div>\n\
         <footer><p>© 2026 Marrow Courier Ltd. All rights reserved.</p></footer></body>",
        menu = menu("en"),
        title = escaped(&article.title),
        lead = escaped(&article.lead),
        byline = article.byline,
        iso = article.date("%Y-%m-%dT%H:%M:%S+07:00"),
        date = article.date("%A %-d %B %Y"),
        tags = tags(article),
        similar = each(&page.others[..3], "<li><a href=\"{path}\"><h3>{title}</h3><p>{lead}</p></a></li>\n"),
    )
}
