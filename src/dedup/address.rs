//! Keys by which a second copy of an article is found from its addresses: its own, the one it says is canonical, and those
//! of its AMP, mobile and print versions.
//!
//! Enters: a [`CleanedPage`] and the URL it was got from in the end. Leaves: keys; two pages are one if they share a key.
//! Invariant: two pages share a key only if their titles or their openings agree as well: dumps give one address to many
//! pages, and an address may show another article tomorrow.

use sha2::{Digest, Sha256};
use url::Url;

use super::exact;
use crate::canonical::{canonical, site, twin_key};
use crate::normalize::fold::fold;
use crate::pipeline::CleanedPage;

/// Characters of the folded text that make an opening.
const OPENING_CHARACTERS: usize = 200;
/// Characters that a text needs to have an opening that tells it from others.
const LEAST_OPENING: usize = 60;

/// The keys under which a second copy of the page would be found: addresses with the opening of its text.
///
/// The URL that the page names as canonical counts where it lies on the same site; a home page counts for a home page
/// only, because systems that name it for every article are common.
#[must_use]
pub fn opening_keys(page: &CleanedPage, final_url: &Url) -> Vec<[u8; 16]> {
    let opening = opening(page);
    let key = |address| opening.as_deref().map(|opening| joined("opening", &address, opening));
    addresses(page, final_url).into_iter().filter_map(key).collect()
}

/// The same with its title, for versions of a page that leave the lead out. Only where every page comes from an address
/// of its own: one address shows another text under the same title the day after.
#[must_use]
pub fn title_keys(page: &CleanedPage, final_url: &Url) -> Vec<[u8; 16]> {
    let title = page.metadata.title.as_deref().map(fold).filter(|title| !title.is_empty());
    let key = |address| title.as_deref().map(|title| joined("title", &address, title));
    addresses(page, final_url).into_iter().filter_map(key).collect()
}

/// The addresses of all versions of a page: its own, and the stated one.
fn addresses(page: &CleanedPage, final_url: &Url) -> Vec<[u8; 16]> {
    let mut addresses = vec![twin_key(final_url)];
    addresses.extend(stated(page, final_url).map(|url| twin_key(&url)));
    addresses.dedup();
    addresses
}

/// The URL that the page names as canonical, if it can be trusted.
fn stated(page: &CleanedPage, own: &Url) -> Option<Url> {
    let url = own.join(page.metadata.canonical_url.as_deref()?).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && site(&url) == site(own) && (!is_home(&url) || is_home(own))).then_some(url)
}

/// Whether a URL is that of a site's first page.
fn is_home(url: &Url) -> bool {
    let url = canonical(url);
    url.path() == "/" && url.query().is_none() && url.fragment().is_none()
}

/// The first characters of the folded text; `None` where there are few.
fn opening(page: &CleanedPage) -> Option<String> {
    // No character has more than four bytes.
    let text = exact::folded_text(page, 4 * OPENING_CHARACTERS);
    let opening: String = text.chars().take(OPENING_CHARACTERS).collect();
    (opening.chars().count() >= LEAST_OPENING).then_some(opening)
}

fn joined(kind: &str, address: &[u8; 16], text: &str) -> [u8; 16] {
    let mut hasher = Sha256::new();
    // No kind holds a zero, and all addresses are of one length: where each part ends is certain.
    hasher.update(kind);
    hasher.update([0]);
    hasher.update(address);
    hasher.update(text);
    let digest: [u8; 32] = hasher.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::evidence::Evidence;
    use crate::label::Label;
    use crate::parse::metadata::Metadata;
    use crate::pipeline::{LabelledBlock, Outcome};

    const TITLE: &str = "Mùa gặt sớm ở xã Đông";
    const BODY: &str = "Từ tờ mờ sáng, bà con đã ra đồng; năm nay lúa chín sớm hơn mọi năm gần nửa tháng, ai cũng mừng. \
                        Chiều về, những chuyến xe chở thóc nối nhau trên con đường đê, tiếng cười nói rộn cả một vùng, \
                        và đến tối thì sân nhà nào cũng sáng đèn.";

    fn page(title: &str, canonical: Option<&str>, body: &str) -> CleanedPage {
        let block =
            |label, text: &str| LabelledBlock { text: text.into(), label, evidence: Evidence::default() };
        CleanedPage {
            form: None,
            charset: "UTF-8",
            outcome: Outcome::Article,
            metadata: Metadata {
                title: Some(title.to_owned()),
                canonical_url: canonical.map(str::to_owned),
                ..Metadata::default()
            },
            blocks: vec![
                block(Label::Title, title),
                block(Label::Related, "Tin khác"),
                block(Label::Body, body),
            ],
            rules: Vec::new(),
        }
    }

    /// Whether two pages of these URLs are one.
    fn meet(one: (&CleanedPage, &str), other: (&CleanedPage, &str)) -> bool {
        let keys = |(page, url): (&CleanedPage, &str)| {
            let url = Url::parse(url).expect("a URL");
            [opening_keys(page, &url), title_keys(page, &url)].concat()
        };
        let others = keys(other);
        keys(one).iter().any(|key| others.contains(key))
    }

    #[test]
    fn one_address_may_show_many_pages() {
        let (one, other) = (page(TITLE, None, BODY), page("Khác hẳn", None, "Ngắn"));
        assert!(meet((&one, "https://x.vn/a?utm_id=1"), (&one, "http://www.x.vn/a/")));
        assert!(!meet((&one, "https://x.vn/a"), (&other, "https://x.vn/a")));
        assert!(!meet((&one, "https://x.vn/a"), (&one, "https://x.vn/b")));
    }

    #[test]
    fn versions_meet_where_title_or_opening_agree() {
        let plain = (&page(TITLE, None, BODY), "https://x.vn/bai.html");
        for url in ["https://amp.x.vn/bai.html", "https://m.x.vn/bai.html", "https://x.vn/print/bai.html"] {
            assert!(meet(plain, (&page("MÙA GẶT  sớm ở xã Đông", None, ""), url)), "{url}");
            assert!(meet(plain, (&page("Mùa gặt", None, &format!("(XVN) - {BODY} Thêm.")), url)), "{url}");
            assert!(!meet(plain, (&page("Mùa gặt", None, "Lúa chín."), url)), "{url}");
        }
        assert!(!meet(plain, (&page(TITLE, None, BODY), "https://x.vn/bai-2.html")));
        assert!(!meet(plain, (&page(TITLE, None, BODY), "https://m.y.vn/bai.html")));
    }

    #[test]
    fn the_stated_address_counts_where_it_can_be_true() {
        let copy = |canonical| page(TITLE, Some(canonical), BODY);
        let original = (&page(TITLE, None, BODY), "https://x.vn/bai-1.html");
        for canonical in ["https://x.vn/bai-1.html", "/bai-1.html", "http://amp.x.vn/bai-1.html"] {
            assert!(meet(original, (&copy(canonical), "https://x.vn/in/9")), "{canonical}");
        }
        assert!(!meet(original, (&page("Khác", Some("/bai-1.html"), "Khác."), "https://x.vn/in/9")));
        assert!(!meet(original, (&copy("https://x.vn/bai-2.html"), "https://x.vn/in/9")));
        assert!(!meet(original, (&copy("mailto:a@x.vn"), "https://x.vn/in/9")));
        // Another site's address, and the home page.
        assert!(!meet(original, (&copy("https://x.vn/bai-1.html"), "https://y.vn/9")));
        assert!(!meet(
            (&copy("https://x.vn/"), "https://x.vn/8"),
            (&copy("https://x.vn/"), "https://x.vn/9")
        ));
    }

    #[test]
    fn keys_are_few_and_their_own() {
        let (page, url) = (page(TITLE, Some("/b"), BODY), Url::parse("https://x.vn/a").expect("a URL"));
        let keys = [opening_keys(&page, &url), title_keys(&page, &url)].concat();
        assert_eq!(keys.len(), 4);
        assert!((0..4).all(|at| !keys[..at].contains(&keys[at])));
    }
}
