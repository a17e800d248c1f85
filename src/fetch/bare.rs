//! URLs as they are asked, and as messages show them: without what nobody should hand on.

use url::Url;

/// Longest URL that a message shows, in characters.
const MAX_SHOWN: usize = 2_048;

/// The URL as it is asked: without user information, which nobody should hand on, and without fragment.
pub(super) fn bare(mut url: Url) -> Url {
    url.set_fragment(None);
    // Both fail only for URLs that cannot have any.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// A URL as messages show it: shortened, and without user name and password.
pub(super) fn shown(url: &Url) -> String {
    let bare = bare(url.clone());
    let mut text: String = bare.as_str().chars().take(MAX_SHOWN).collect();
    if text.len() < bare.as_str().len() {
        text.push('…');
    }
    text
}
