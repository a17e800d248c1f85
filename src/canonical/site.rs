//! The site that a page belongs to: the unit of politeness.
//!
//! Enters: a URL. Leaves: its registrable domain by the Public Suffix List, private suffixes included.
//! Invariant: an address literal and a name without a dot are sites of their own.

use url::{Host, Url};

/// The registrable domain of a URL's host: `tuoitre.vn` for `amp.tuoitre.vn`, `a.blogspot.com` for itself; the address
/// for an IP literal (an IPv4-mapped one as the IPv4 address it is); the host itself where it is a public suffix or has
/// no dot; empty where there is no host. Ports take no part.
#[must_use]
pub fn site(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => site_of_name(name).to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => {
            address.to_ipv4_mapped().map_or_else(|| format!("[{address}]"), |address| address.to_string())
        }
        None => String::new(),
    }
}

/// The registrable part of a host name in lower case.
pub(super) fn site_of_name(name: &str) -> &str {
    let name = name.trim_end_matches('.');
    psl::domain_str(name).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_registrable_domains() {
        for (url, expected) in [
            ("https://tuoitre.vn/a", "tuoitre.vn"),
            ("https://amp.TuoiTre.vn:8443/a", "tuoitre.vn"),
            ("https://m.nld.com.vn./", "nld.com.vn"),
            ("https://laodongvaphapluat.laodongthudo.vn/", "laodongthudo.vn"),
            ("https://suckhoeviet.org.vn/", "suckhoeviet.org.vn"),
            ("https://sggp.hochiminhcity.gov.vn/", "hochiminhcity.gov.vn"),
            ("https://a.blogspot.com/", "a.blogspot.com"),
            ("https://x.b.blogspot.com/", "b.blogspot.com"),
            ("https://a.github.io/", "a.github.io"),
            ("https://github.io/", "github.io"),
            ("https://com.vn/", "com.vn"),
            ("https://a.báo.vn/", "xn--bo-mia.vn"),
            ("https://a.b.公司.cn/", "b.xn--55qx5d.cn"),
            ("https://a.b.c.intern/", "c.intern"),
            ("https://localhost:8800/", "localhost"),
            ("https://127.1/", "127.0.0.1"),
            ("https://[::1]:80/", "[::1]"),
            ("https://[::ffff:10.0.0.1]/", "10.0.0.1"),
            ("mailto:a@x.vn", ""),
        ] {
            assert_eq!(Url::parse(url).map(|url| site(&url)), Ok(expected.to_owned()), "{url}");
        }
    }
}
