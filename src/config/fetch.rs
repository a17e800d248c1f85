//! `[fetch]`: how pages are fetched.
//!
//! Enters: nothing. Leaves: the section's struct and its defaults.
//! Invariant: the defaults are polite; whoever wants less has to say so.

use serde::{Deserialize, Serialize};

/// `[fetch]`: how pages are fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fetch {
    /// A page or mail address where sites reach whoever fetches; part of the user agent.
    pub contact: String,
    /// The whole `User-Agent` field; empty for the program's name, version and the contact.
    pub user_agent: String,
    /// Time between two requests to a site, and to an address.
    pub delay: Seconds,
    /// Time until an answer begins; the whole answer may take six times as long.
    pub timeout: Seconds,
    /// Requests and pages in work at once, over all sites; 1 to 4096.
    pub concurrency: usize,
    /// Tries of an address, the first one included, where a failure may pass; 1 to 20.
    pub attempts: u32,
    /// Whether robots.txt is obeyed.
    pub robots: bool,
    /// Whether answers are archived as they were sent.
    pub archive: Archive,
    /// A page larger than this fails, in MiB, as sent and decoded; 1 to 1024.
    pub max_page_mib: u64,
    /// Addresses that may be asked although they are not public: `10.0.0.0/8`, `127.0.0.1/32:8080`.
    pub allow_addresses: Vec<String>,
    /// Fields that are sent to single hosts: `example.vn Accept-Language: vi`.
    pub host_fields: Vec<String>,
    /// Address of a proxy; empty for that of the environment.
    pub proxy: String,
    /// PEM files with root certificates that are trusted besides those of the system.
    pub certificates: Vec<String>,
}

impl Default for Fetch {
    fn default() -> Self {
        Fetch {
            contact: String::new(),
            user_agent: String::new(),
            delay: Seconds(1_000),
            timeout: Seconds(10_000),
            concurrency: 64,
            attempts: 3,
            robots: true,
            archive: Archive::Off,
            max_page_mib: 10,
            allow_addresses: Vec::new(),
            host_fields: Vec::new(),
            proxy: String::new(),
            certificates: Vec::new(),
        }
    }
}

impl Fetch {
    /// The `User-Agent` field.
    #[must_use]
    pub fn agent(&self) -> String {
        let program = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        match (self.user_agent.as_str(), self.contact.as_str()) {
            ("", "") => program.to_owned(),
            ("", contact) => format!("{program} (+{contact})"),
            (whole, _) => whole.to_owned(),
        }
    }

    /// Whether sites are told how to reach whoever fetches.
    #[must_use]
    pub fn names_contact(&self) -> bool {
        !self.contact.is_empty() || self.user_agent.contains(['@', '+'])
    }
}

/// Whether answers are archived as they were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Archive {
    /// They are not.
    #[default]
    Off,
    /// They are, beside the texts.
    On,
    /// They are, and no texts are written.
    Only,
}

/// A time in seconds, kept in milliseconds; as TOML a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub u64);

impl Seconds {
    /// Longest delay between two requests to a site: a day.
    pub const MOST: Seconds = Seconds(86_400_000);

    /// From a number of seconds; less than nothing is nothing, fractions below a millisecond fall away.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
    pub fn from_number(seconds: f64) -> Seconds {
        Seconds((seconds.clamp(0.0, 1e12) * 1_000.0).round() as u64)
    }
}

impl Serialize for Seconds {
    #[expect(clippy::cast_precision_loss, reason = "a delay has few digits")]
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Seconds::from_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_says_who_fetches() {
        let mut fetch = Fetch::default();
        let program = concat!("tinsach/", env!("CARGO_PKG_VERSION"));
        assert_eq!((fetch.agent().as_str(), fetch.names_contact()), (program, false));
        fetch.contact = "mailto:ban@example.vn".to_owned();
        assert_eq!(
            (fetch.agent(), fetch.names_contact()),
            (format!("{program} (+mailto:ban@example.vn)"), true)
        );
        fetch.user_agent = "Bao/1".to_owned();
        assert_eq!(fetch.agent(), "Bao/1");
    }
}
