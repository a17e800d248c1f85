//! One spelling for percent-encoded bytes (RFC 3986, section 6.2.2).
//!
//! Enters: a path, a query or a fragment. Leaves: the same with unreserved characters decoded and hex in upper case.
//! Invariant: a percent sign that encodes nothing is encoded itself, so that twice is once.

/// Normalises percent-encodings.
pub(super) fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match byte(rest.as_bytes()) {
            Some(byte) => {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    out.push('%');
                    out.push_str(&rest[..2].to_ascii_uppercase());
                }
                rest = &rest[2..];
            }
            None => out.push_str("%25"),
        }
    }
    out.push_str(rest);
    out
}

/// The byte that two hex digits at the start stand for.
fn byte(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let [high, low, ..] = digits else { return None };
    Some(value(*high)? << 4 | value(*low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encodings_have_one_spelling() {
        for (text, expected) in [
            ("/%7Ea%2d%5f%2E", "/~a-_."),
            ("/b%c3%a1o", "/b%C3%A1o"),
            ("/a%2fb%3F", "/a%2Fb%3F"),
            ("/100%", "/100%25"),
            ("/%zz%4", "/%25zz%254"),
            ("/%%341", "/%2541"),
            ("/%e1ế%", "/%E1ế%25"),
        ] {
            assert_eq!(normalised(text), expected);
        }
    }

    proptest! {
        #[test]
        fn twice_is_once(text in "(%|[0-9a-fA-F]|\\PC){0,40}") {
            let once = normalised(&text);
            prop_assert_eq!(normalised(&once), once);
        }
    }
}
