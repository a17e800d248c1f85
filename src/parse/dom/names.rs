//! Tag names as the tree builder wants them.
//!
//! Enters: a name's bytes, in lower case. Leaves: a [`LocalName`]. Pages repeat some dozens of names; a small table spares
//! the look-up among all names of HTML, which costs more than reading the tag.

use html5ever::LocalName;

/// Places in the table, a power of two.
const PLACES: usize = 256;

/// The last name seen at each place.
pub(super) struct Names([Option<LocalName>; PLACES]);

impl Names {
    pub(super) fn new() -> Self {
        Names([const { None }; PLACES])
    }

    pub(super) fn get(&mut self, name: &[u8]) -> LocalName {
        let place = &mut self.0[place(name)];
        match place {
            Some(known) if known.as_bytes() == name => known.clone(),
            _ => place.insert(LocalName::from(&*String::from_utf8_lossy(name))).clone(),
        }
    }
}

/// Length, ends and middle tell the names of HTML apart well enough.
fn place(name: &[u8]) -> usize {
    let at = |index: usize| name.get(index).map_or(0, |byte| usize::from(*byte));
    let last = at(name.len().wrapping_sub(1));
    (name.len() * 7 + at(0) * 31 + at(name.len() / 2) * 5 + last * 13) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_share_a_place_stay_apart() {
        let mut names = Names::new();
        let all: Vec<String> = (0..2000).map(|n| format!("x{n}")).collect();
        for name in all.iter().chain(&all) {
            assert_eq!(&*names.get(name.as_bytes()), name.as_str());
        }
    }
}
