//! Addresses: the canonical URL of a page, the site it belongs to, and the twins that show the same article.
//!
//! Enters: addresses as somebody typed or linked them. Leaves: one spelling for each page, and keys of it.
//! Invariant: canonicalising twice is canonicalising once, and nothing here looks a name up.
//!
//! A canonical URL names a page and is what two addresses are compared by. What a server is asked for is the address as
//! it was given: a server is free to care for the order of its parameters.

mod given;
mod parameter;
mod path;
mod percent;
mod site;
mod spelling;
mod twin;

pub use self::given::{AddressError, MAX_ADDRESS_BYTES, parse, without_credentials};
pub use self::site::site;
pub use self::spelling::{Key, canonical, key};
pub use self::twin::{twin, twin_key};
