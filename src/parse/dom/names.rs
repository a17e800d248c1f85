//! Names of tags as the tree builder wants them.
//!
//! Enters: a name's bytes, in lower case. Leaves: a [`LocalName`]. Pages repeat some dozens of names; a small table spares
//! the look-up among all names of HTML, which costs more than reading the tag.
//! Invariant: a page brings a bounded number of names into the one set of all that are no names of HTML. That set is a
//! table of fixed size, so a million of them would cost hours.

use html5ever::{LocalName, local_name};

/// Places in the table, a power of two.
const PLACES: usize = 256;
/// Bytes up to which a name needs no set.
const SHORT: usize = 7;
/// Longer names that are looked up in the set; all beyond are taken for one name. Real pages have some dozens.
const MAX_LOOKS: u32 = 50_000;

/// The last name seen at each place.
pub(super) struct Names {
    places: [Option<LocalName>; PLACES],
    looks: u32,
}

impl Names {
    pub(super) fn new() -> Self {
        Names { places: [const { None }; PLACES], looks: 0 }
    }

    pub(super) fn get(&mut self, name: &[u8]) -> LocalName {
        let place = &mut self.places[place(name)];
        match place {
            Some(known) if known.as_bytes() == name => known.clone(),
            _ => {
                self.looks += u32::from(name.len() > SHORT);
                if self.looks > MAX_LOOKS && name.len() > SHORT {
                    return local_name!("data");
                }
                place.insert(LocalName::from(&*String::from_utf8_lossy(name))).clone()
            }
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

    #[test]
    fn names_beyond_number_are_one() {
        let mut names = Names::new();
        let all: Vec<String> = (0..MAX_LOOKS + 10).map(|n| format!("element-{n}")).collect();
        let last = all.iter().map(|name| names.get(name.as_bytes())).last();
        assert_eq!(last, Some(local_name!("data")));
        assert_eq!(&*names.get(b"div"), "div");
    }
}
