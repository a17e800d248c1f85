//! What was made of a name, kept for when a page says it again.
//!
//! Enters: strings of one page. Leaves: what a function makes of each, called once for most. Pages repeat a few hundred
//! class lists a few thousand times. The table has a fixed size; names that share a place push each other out.

/// Places in the table, a power of two.
const PLACES: usize = 1024;

/// The last names seen, and what was made of them.
#[derive(Debug)]
pub(crate) struct Memo<'a, T> {
    places: Vec<Option<(&'a str, T)>>,
}

impl<'a, T: Copy> Memo<'a, T> {
    pub(crate) fn new() -> Self {
        Memo { places: vec![None; PLACES] }
    }

    /// What `make` makes of a name.
    pub(crate) fn get(&mut self, name: &'a str, make: impl FnOnce(&'a str) -> T) -> T {
        let place = &mut self.places[place(name.as_bytes())];
        match place {
            Some((known, value)) if *known == name => *value,
            _ => place.insert((name, make(name))).1,
        }
    }
}

/// A place from a name's length, start, middle and end.
fn place(name: &[u8]) -> usize {
    let word = |at: usize| {
        name.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
    };
    let last = name.len().saturating_sub(8);
    let mixed = if last == 0 {
        name.iter().fold(0, |mixed, byte| mixed << 8 | u64::from(*byte))
    } else {
        word(0) ^ word(last / 2).rotate_left(21) ^ word(last).rotate_left(42) ^ name.len() as u64
    };
    // The golden ratio spreads the bits; the highest are the best mixed.
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_once_while_no_other_takes_its_place() {
        let names: Vec<String> = (0..3000).map(|n| format!("{} class-{n}", "x".repeat(n % 40))).collect();
        let (mut memo, mut made) = (Memo::new(), 0);
        for name in &names {
            for _ in 0..2 {
                let length = memo.get(name, |name| {
                    made += 1;
                    name.len()
                });
                assert_eq!(length, name.len());
            }
        }
        assert_eq!(made, names.len());
    }
}
