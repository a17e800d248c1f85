//! Files of our own writing, a path each, the verdict and the sentence behind it.

/// A parser to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    /// The crate `robotstxt`, a port of Google's parser.
    Robotstxt,
    /// The crate `texting_robots`.
    TextingRobots,
}

/// A file and a path.
pub(super) struct Case {
    pub(super) what: &'static str,
    pub(super) file: &'static [u8],
    pub(super) path: &'static str,
    pub(super) allowed: bool,
    /// The sentence of RFC 9309 that decides.
    pub(super) by: &'static str,
    /// Who says something else.
    pub(super) differs: &'static [Other],
}

const NOBODY: &[Other] = &[];
const GOOGLE: &[Other] = &[Other::Robotstxt];
const TEXTING: &[Other] = &[Other::TextingRobots];
const BOTH: &[Other] = &[Other::Robotstxt, Other::TextingRobots];

macro_rules! case {
    ($what:literal, $file:literal, $path:literal, $allowed:literal, $by:literal, $differs:ident) => {
        Case { what: $what, file: $file, path: $path, allowed: $allowed, by: $by, differs: $differs }
    };
}

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    // Groups.
    case!("no groups at all", b"", "/a", true, "2.2.1 p4 s1", NOBODY),
    case!("everybody", b"User-agent: *\nDisallow: /a\n", "/a/b", false, "2.2.1 p3 s1", NOBODY),
    case!("a group that names us instead of everybody's", b"User-agent: *\nDisallow: /\nUser-agent: tinsach\nDisallow: /x\n", "/a", true, "2.2.1 p3 s1", NOBODY),
    case!("a group that names us comes first in the file", b"User-agent: tinsach\nDisallow: /x\nUser-agent: *\nDisallow: /\n", "/a", true, "2.2.1 p3 s1", NOBODY),
    case!("names in another case", b"USER-AGENT: TinSach\nDISALLOW: /a\n", "/a", false, "2.2.1 p2 s1", NOBODY),
    case!("a name with a version", b"User-agent: tinsach/1.0\nDisallow: /a\n", "/a", false, "2.2.1 p1 s2", TEXTING),
    case!("a name with a version and more", b"User-agent: tinsach/1.0 (+https://x)\nDisallow: /a\n", "/a", false, "2.2.1 p1 s2", TEXTING),
    case!("a longer name that begins with ours", b"User-agent: tinsach-news\nDisallow: /a\n", "/a", true, "2.2.1 p2 s1", NOBODY),
    case!("a shorter name that ours begins with", b"User-agent: tin\nDisallow: /a\n", "/a", true, "2.2.1 p2 s1", NOBODY),
    case!("our two groups are one", b"User-agent: tinsach\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: tinsach\nDisallow: /c\n", "/c", false, "2.2.1 p2 s2", NOBODY),
    case!("our two groups are one, the first of them", b"User-agent: tinsach\nDisallow: /a\nUser-agent: tinsach\nDisallow: /c\n", "/a", false, "2.2.1 p2 s2", NOBODY),
    case!("everybody's two groups are one", b"User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /b\nUser-agent: *\nDisallow: /c\n", "/c", false, "2.2.1 p2 s2", NOBODY),
    case!("several names before the rules", b"User-agent: x\nUser-agent: tinsach\nUser-agent: y\nDisallow: /a\n", "/a", false, "2.1 p1 s1", NOBODY),
    case!("blank lines and comments between names", b"User-agent: tinsach\n\n# y too\n\nUser-agent: y\nDisallow: /a\n", "/a", false, "2.1 p1 s1", NOBODY),
    case!("blank lines between rules", b"User-agent: *\nDisallow: /b\n\n\nDisallow: /a\n", "/a", false, "2.1 p1 s1", NOBODY),
    case!("us and everybody in one group", b"User-agent: *\nUser-agent: tinsach\nDisallow: /a\n", "/a", false, "2.2.1 p2 s1", NOBODY),
    case!("our group has no rules", b"User-agent: *\nDisallow: /\nUser-agent: tinsach\n", "/a", true, "2.2.2 p2 s8", NOBODY),
    case!("a rule before all groups", b"Disallow: /a\nUser-agent: *\nDisallow: /b\n", "/a", true, "2.2.2 p5 s1", NOBODY),
    case!("rules and no group", b"Disallow: /a\n", "/a", true, "2.2.2 p5 s1", TEXTING),
    case!("a group for another crawler", b"User-agent: x\nDisallow: /\n", "/a", true, "2.2.1 p4 s1", NOBODY),

    // Records of other kinds.
    case!("a sitemap between names", b"User-agent: tinsach\nSitemap: https://x/s.xml\nUser-agent: x\nDisallow: /a\n", "/a", false, "2.2.4 p2 s2", GOOGLE),
    case!("a sitemap between rules", b"User-agent: *\nDisallow: /b\nSitemap: https://x/s.xml\nDisallow: /a\n", "/a", false, "2.2.4 p2 s2", NOBODY),
    case!("an unknown record between names", b"User-agent: tinsach\nHost: x\nUser-agent: x\nDisallow: /a\n", "/a", false, "2.2.4 p2 s1", GOOGLE),
    case!("an unknown record between rules", b"User-agent: *\nDisallow: /b\nHost: x\nDisallow: /a\n", "/a", false, "2.2.4 p2 s1", NOBODY),
    case!("a delay is a rule of the group before it", b"User-agent: tinsach\nCrawl-delay: 2\n\nUser-agent: x\nDisallow: /\n", "/a", true, "2.1 p1 s1", NOBODY),
    case!("a sitemap before all groups", b"Sitemap: https://x/s.xml\nUser-agent: *\nDisallow: /a\n", "/a", false, "2.2.4 p2 s1", NOBODY),

    // Which rule decides.
    case!("no rule matches", b"User-agent: *\nDisallow: /b\n", "/a", true, "2.2.2 p2 s8", NOBODY),
    case!("an empty rule", b"User-agent: *\nDisallow:\n", "/a", true, "2.2.2 p2 s8", NOBODY),
    case!("an empty rule beside another", b"User-agent: *\nDisallow:\nDisallow: /a\n", "/a", false, "2.2.2 p2 s4", NOBODY),
    case!("an empty rule last", b"User-agent: *\nDisallow: /\nDisallow:\n", "/a", false, "2.2.2 p2 s8", TEXTING),
    case!("an empty allow", b"User-agent: *\nDisallow: /a\nAllow:\n", "/a", false, "2.2.2 p2 s4", NOBODY),
    case!("the longer rule allows", b"User-agent: *\nDisallow: /a/\nAllow: /a/page\n", "/a/page", true, "2.2.2 p2 s5", NOBODY),
    case!("the longer rule disallows", b"User-agent: *\nAllow: /a/\nDisallow: /a/page\n", "/a/page", false, "2.2.2 p2 s5", NOBODY),
    case!("the order does not matter", b"User-agent: *\nAllow: /a/page\nDisallow: /a/\n", "/a/page", true, "2.2.2 p2 s5", NOBODY),
    case!("allow wins a tie", b"User-agent: *\nDisallow: /a\nAllow: /a\n", "/a", true, "2.2.2 p2 s7", NOBODY),
    case!("as many octets, other rules", b"User-agent: *\nDisallow: /a*c\nAllow: /ab*\n", "/abc", true, "2.2.2 p2 s7", NOBODY),
    case!("octets count, not characters", b"User-agent: *\nAllow: /\xc3\xa0\nDisallow: /*****b\n", "/\u{e0}-b", true, "2.2.2 p2 s5", NOBODY),
    case!("octets count when encoded", b"User-agent: *\nDisallow: /*/xyz\nAllow: /\xc3\xa0/\n", "/\u{e0}/xyz", true, "2.2.2 p2 s5", NOBODY),
    case!("wildcards are octets too", b"User-agent: *\nAllow: /*******\nDisallow: /a/b\n", "/a/b", true, "2.2.2 p2 s5", NOBODY),
    case!("letters have case", b"User-agent: *\nDisallow: /A\n", "/a", true, "2.2.2 p2 s2", NOBODY),
    case!("the match starts at the first octet", b"User-agent: *\nDisallow: a\n", "/a", true, "2.2.2 p2 s3", NOBODY),
    case!("a rule that is an address matches nothing", b"User-agent: *\nDisallow: https://bao.example/a\n", "/a", true, "2.2.2 p2 s3", NOBODY),
    case!("a rule that starts with a wildcard", b"User-agent: *\nDisallow: *.gif$\n", "/a.gif", false, "5.1 p1 s1", NOBODY),
    case!("the query is part of the path", b"User-agent: *\nDisallow: /*?print=\n", "/a?print=1", false, "2.2.2 p3 s1", NOBODY),
    case!("robots.txt itself", b"User-agent: *\nDisallow: /\n", "/robots.txt", true, "2.2.2 p2 s9", GOOGLE),
    case!("a path that begins as robots.txt", b"User-agent: *\nDisallow: /\n", "/robots.txt/a", false, "2.2.2 p2 s9", NOBODY),

    // Special characters.
    case!("a wildcard", b"User-agent: *\nDisallow: /a/*/c\n", "/a/b/b/c/d", false, "2.2.3 p1 s1", GOOGLE),
    case!("a wildcard for nothing", b"User-agent: *\nDisallow: /a*b\n", "/ab", false, "2.2.3 p1 s1", NOBODY),
    case!("a wildcard for a slash", b"User-agent: *\nDisallow: /*.pdf\n", "/a/b/c.pdf", false, "2.2.3 p1 s1", NOBODY),
    case!("an end", b"User-agent: *\nDisallow: /*.pdf$\n", "/c.pdf", false, "2.2.3 p1 s1", NOBODY),
    case!("an end that does not come", b"User-agent: *\nDisallow: /*.pdf$\n", "/c.pdf?x", true, "2.2.3 p1 s1", NOBODY),
    case!("an end after two tries", b"User-agent: *\nDisallow: /*a$\n", "/abcabca", false, "2.2.3 p1 s1", GOOGLE),
    case!("only the home page", b"User-agent: *\nDisallow: /\nAllow: /$\n", "/", true, "2.2.3 p1 s1", NOBODY),
    case!("a wildcard before the end", b"User-agent: *\nDisallow: /a*$\n", "/abc", false, "2.2.3 p1 s1", NOBODY),
    case!("a dollar within a rule is itself", b"User-agent: *\nDisallow: /a$b\n", "/a$b", false, "2.2.3 p1 s1", TEXTING),
    case!("an encoded star is itself", b"User-agent: *\nDisallow: /file-%2A.html\n", "/file-*.html", false, "2.2.3 p2 s1", BOTH),
    case!("an encoded star is no wildcard", b"User-agent: *\nDisallow: /file-%2A.html\n", "/file-x.html", true, "2.2.3 p2 s1", NOBODY),
    case!("an encoded dollar is itself", b"User-agent: *\nDisallow: /cost-%24\n", "/cost-$1", false, "2.2.3 p2 s1", BOTH),
    case!("a comment behind a rule", b"User-agent: * # everybody\nDisallow: /a # not this\n", "/a", false, "2.2.3 p1 s1", NOBODY),
    case!("a comment right behind a rule", b"User-agent: *\nDisallow: /a#b\n", "/a", false, "2.2.3 p1 s1", NOBODY),

    // Percent signs.
    case!("an unreserved octet encoded in the rule", b"User-agent: *\nDisallow: /%70rivate/\n", "/private/page", false, "2.2.2 p4 s1", BOTH),
    case!("an unreserved octet encoded in the address", b"User-agent: *\nDisallow: /private/\n", "/%70rivate/page", false, "2.2.2 p4 s1", BOTH),
    case!("a reserved octet stays encoded", b"User-agent: *\nDisallow: /a%2Fb\n", "/a/b", true, "2.2.2 p4 s1", NOBODY),
    case!("hex digits have no case", b"User-agent: *\nDisallow: /a%2fb\n", "/a%2Fb", false, "2.2.2 p4 s1", TEXTING),
    case!("hex digits have no case in the address", b"User-agent: *\nDisallow: /a%2Fb\n", "/a%2fb", false, "2.2.2 p4 s1", BOTH),
    case!("a rule in UTF-8", b"User-agent: *\nDisallow: /b\xc3\xa0i\n", "/b%C3%A0i-viet", false, "2.2.2 p3 s1", NOBODY),
    case!("a rule in UTF-8, the address in lower case", b"User-agent: *\nDisallow: /b\xc3\xa0i\n", "/b%c3%a0i-viet", false, "2.2.2 p3 s1", BOTH),
    case!("a rule encoded, the address in UTF-8", b"User-agent: *\nDisallow: /b%C3%A0i\n", "/b\u{e0}i-viet", false, "2.2.2 p3 s1", NOBODY),
    case!("an address within the query", b"User-agent: *\nDisallow: /a?u=https://b\n", "/a?u=https%3A%2F%2Fb/c", false, "2.2.2 p3 s1", BOTH),
    case!("an encoded address within the query", b"User-agent: *\nDisallow: /a?u=https%3A%2F%2Fb\n", "/a?u=https://b/c", false, "2.2.2 p3 s1", BOTH),
    case!("a percent sign alone", b"User-agent: *\nDisallow: /100%\n", "/100%", false, "2.2.2 p4 s2", NOBODY),
    case!("a blank within a rule", b"User-agent: *\nDisallow: /a b\n", "/a%20b", false, "2.2.2 p3 s1", GOOGLE),

    // Lines.
    case!("CR LF", b"User-agent: *\r\nDisallow: /a\r\n", "/a", false, "2.2 p1 s1", NOBODY),
    case!("CR alone", b"User-agent: *\rDisallow: /a\r", "/a", false, "2.2 p1 s1", NOBODY),
    case!("a mix of line ends, none at the end", b"User-agent: x\r\rUser-agent: *\n\rDisallow: /b\r\nDisallow: /a", "/a", false, "2.2 p1 s1", NOBODY),
    case!("a mark in front", b"\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "/a", false, "2.3.1.5 p1 s1", GOOGLE),
    case!("blanks everywhere", b"  User-agent\t: \t*\t\n\tDisallow : /a  \n", "/a", false, "2.2 p1 s1", NOBODY),
    case!("no blanks", b"User-agent:*\nDisallow:/a\n", "/a", false, "2.2 p1 s1", NOBODY),
    case!("no colon", b"User-agent *\nDisallow /a\n", "/a", false, "2.3.1.5 p1 s2", NOBODY),
    case!("no colon, and words behind", b"User-agent: *\nDisallow /a or not\n", "/a", true, "2.3.1.5 p1 s2", NOBODY),
    case!("misspelt names", b"Useragent: *\nDissalow: /a\n", "/a", false, "2.2.4 p1 s3", NOBODY),
    case!("a name that only begins like one", b"User-agent: *\nDisallowed: /a\n", "/a", true, "2.3.1.5 p1 s2", GOOGLE),
    case!("a star with words behind", b"User-agent: * all of you\nDisallow: /a\n", "/a", false, "2.3.1.5 p1 s1", TEXTING),
    case!("junk between lines", b"\x00\x01\xff\xfe\nUser-agent: *\n<html>\n\xc3\x28: x\nDisallow: /a\n", "/a", false, "2.3.1.5 p1 s2", NOBODY),
    case!("a page in place of the file", b"<!doctype html>\n<html><body><p>User-agent: *</p>\n<p>Disallow: /</p></body></html>\n", "/a", true, "2.3.1.5 p1 s2", NOBODY),
];
