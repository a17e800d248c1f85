//! Which addresses may be asked.
//!
//! Enters: an address and a port, or a URL's host. Leaves: nothing, or why it is refused. Touches no network.
//! Invariant: what IANA's special-purpose registries do not call globally reachable is refused, unless an entry
//! allows it; a port of another protocol is refused, unless an entry names it.
//!
//! Spellings of an address (`0x7f.1`, `2130706433`, `[::ffff:127.0.0.1]`) need no care here: the URL parser makes
//! an address of each before it gets here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

/// Ports of other protocols: the list of the Fetch standard, section "Port blocking".
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// IANA's registry of special-purpose IPv4 addresses, entries that are not globally reachable, and multicast. The
/// two addresses of 192.0.0.0/24 that are reachable serve no pages.
const SPECIAL_V4: [(Ipv4Addr, u8, &str); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8, "an address of this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "an address shared behind a carrier's NAT"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "an address for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay address of 6to4"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "a documentation address"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// The same for IPv6, the first that holds. Tunnels that carry an IPv4 address (6to4, Teredo) have no pages behind
/// them, and could lead into a private network; so all of them are refused.
const SPECIAL_V6: [(Ipv6Addr, u8, &str); 14] = [
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "an address of a local translator"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "a discard-only address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "a Teredo address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "an address for protocols"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "a documentation address"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 address"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "a documentation address"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a unique local address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

/// The only block from which addresses of single hosts on the public Internet are given out (RFC 4291, RFC 3587).
const GLOBAL_UNICAST: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Addresses of a translator: the last four bytes are an IPv4 address (RFC 6052).
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Addresses, and perhaps ports, that may be asked although they are refused to all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    base: IpAddr,
    prefix: u8,
    ports: Option<RangeInclusive<u16>>,
}

/// A text that is no [`Allowed`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is no range of addresses: {reason}; write it like 10.0.0.0/8 or 127.0.0.1/32:8080-8090")]
pub struct AllowedError {
    text: String,
    reason: &'static str,
}

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Not of the public Internet; what it is instead, with its article.
    Address(&'static str),
    /// A port of another protocol.
    Port(u16),
}

impl FromStr for Allowed {
    type Err = AllowedError;

    /// Reads an address, with or without `/` and the length of a prefix, and `:` with a port or a range of ports.
    /// An IPv6 address before a port needs its prefix, or brackets.
    fn from_str(text: &str) -> Result<Self, AllowedError> {
        let error = |reason| AllowedError { text: text.chars().take(80).collect(), reason };
        let (range, ports) = split_ports(text.trim());
        let (base, prefix) = match range.split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (range, None),
        };
        let base = base.trim_start_matches('[').trim_end_matches(']');
        let base: IpAddr = base.parse().map_err(|_| error("it does not start with an IP address"))?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |prefix| number(prefix).ok_or(()));
        let prefix = prefix.ok().filter(|prefix| *prefix <= longest);
        let prefix = prefix.ok_or_else(|| error("the length of its prefix is no number up to 32 or 128"))?;
        let ports = ports.map(|ports| read_ports(ports).ok_or(())).transpose();
        let ports = ports.map_err(|()| error("its ports are no numbers up to 65535"))?;
        let prefix = u8::try_from(prefix).map_err(|_| error("its prefix is too long"))?;
        Ok(Self { base, prefix, ports })
    }
}

impl Allowed {
    fn covers(&self, addr: IpAddr) -> bool {
        is_within(addr, self.base, self.prefix)
    }

    fn covers_port(&self, addr: IpAddr, port: u16) -> bool {
        self.covers(addr) && self.ports.as_ref().is_none_or(|ports| ports.contains(&port))
    }

    fn names_port(&self, addr: IpAddr, port: u16) -> bool {
        self.covers(addr) && self.ports.as_ref().is_some_and(|ports| ports.contains(&port))
    }
}

/// Whether `addr` may be asked on `port`.
///
/// # Errors
/// Where it may not: the reason.
pub fn check(addr: IpAddr, port: u16, allow: &[Allowed]) -> Result<(), Refused> {
    let addr = embedded(addr);
    if is_bad_port(port) && !allow.iter().any(|entry| entry.names_port(addr, port)) {
        return Err(Refused::Port(port));
    }
    match special(addr) {
        Some(what) if !allow.iter().any(|entry| entry.covers_port(addr, port)) => Err(Refused::Address(what)),
        _ => Ok(()),
    }
}

/// Whether `addr` may be asked on one port at least. For look-ups, which do not know the port.
pub(super) fn may_be_asked(addr: IpAddr, allow: &[Allowed]) -> bool {
    let addr = embedded(addr);
    special(addr).is_none() || allow.iter().any(|entry| entry.covers(addr))
}

/// Whether no entry can make `port` good, whatever the address.
pub(super) fn is_refused_port(port: u16, allow: &[Allowed]) -> bool {
    let named = |entry: &Allowed| entry.ports.as_ref().is_some_and(|ports| ports.contains(&port));
    is_bad_port(port) && !allow.iter().any(named)
}

/// Whether a name stands for this machine (RFC 6761, section 6.3).
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name == "localhost.localdomain"
}

fn is_bad_port(port: u16) -> bool {
    BAD_PORTS.binary_search(&port).is_ok()
}

/// The IPv4 address that an IPv6 address leads to; others as they are.
fn embedded(addr: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = addr else { return addr };
    if is_within(addr, IpAddr::V6(NAT64.0), NAT64.1) {
        let [.., a, b, c, d] = v6.octets();
        return IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    }
    addr.to_canonical()
}

/// What an address is that is not of the public Internet.
fn special(addr: IpAddr) -> Option<&'static str> {
    match addr {
        IpAddr::V4(_) => SPECIAL_V4
            .iter()
            .find(|(base, prefix, _)| is_within(addr, IpAddr::V4(*base), *prefix))
            .map(|(_, _, what)| *what),
        IpAddr::V6(_) => SPECIAL_V6
            .iter()
            .find(|(base, prefix, _)| is_within(addr, IpAddr::V6(*base), *prefix))
            .map(|(_, _, what)| *what)
            .or_else(|| {
                let is_global = is_within(addr, IpAddr::V6(GLOBAL_UNICAST.0), GLOBAL_UNICAST.1);
                (!is_global).then_some("not a global unicast address")
            }),
    }
}

/// Whether the first `prefix` bits of both addresses are the same.
fn is_within(addr: IpAddr, base: IpAddr, prefix: u8) -> bool {
    let (addr, base, width) = match (addr, base) {
        (IpAddr::V4(addr), IpAddr::V4(base)) => (u128::from(addr.to_bits()), u128::from(base.to_bits()), 32),
        (IpAddr::V6(addr), IpAddr::V6(base)) => (addr.to_bits(), base.to_bits(), 128),
        _ => return false,
    };
    let ignored = u32::from(width - prefix.min(width));
    // Shifting by the whole width is no shift at all in Rust, hence the check.
    let first_bits = |bits: u128| bits.checked_shr(ignored).unwrap_or(0);
    first_bits(addr) == first_bits(base)
}

/// Splits `:` and ports off, where the text has them.
fn split_ports(text: &str) -> (&str, Option<&str>) {
    let behind = text.find(['/', ']']).unwrap_or(0);
    let is_v4 = text.bytes().filter(|byte| *byte == b':').count() <= 1;
    if behind == 0 && !is_v4 {
        return (text, None);
    }
    match text[behind..].rfind(':') {
        Some(at) => (&text[..behind + at], Some(&text[behind + at + 1..])),
        None => (text, None),
    }
}

fn read_ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(first..=last)
}

/// Digits only: `u16` would take a plus sign as well.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use url::{Host, Url};

    use super::*;

    fn allowed(text: &str) -> Vec<Allowed> {
        text.split_whitespace().filter_map(|entry| entry.parse().ok()).collect()
    }

    fn verdict(addr: &str, port: u16, allow: &str) -> Result<(), Refused> {
        let addr: IpAddr = addr.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        check(addr, port, &allowed(allow))
    }

    /// Both ends of what lies between the special blocks.
    const PUBLIC: &str = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 \
        169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 198.17.255.255 198.20.0.0 \
        223.255.255.255 2606:4700::1111 2400:: 2001:200:: 2a00::1 3ffe::1 ::ffff:1.1.1.1 64:ff9b::101:101";

    const SPECIAL: &str = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 \
        169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.255.255 198.18.0.1 \
        198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 \
        ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::a00:1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 \
        2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 fc00::1 \
        fd12:3456::1 fe80::1 fec0::1 ff02::1 5f00::1 4000::1 fd00:ec2::254";

    #[test]
    fn only_the_public_internet_is_asked() {
        for addr in PUBLIC.split_whitespace() {
            assert_eq!(verdict(addr, 443, ""), Ok(()), "{addr}");
        }
        for addr in SPECIAL.split_whitespace() {
            assert!(matches!(verdict(addr, 443, ""), Err(Refused::Address(_))), "{addr}");
        }
    }

    #[test]
    fn entries_allow_what_they_name() {
        assert_eq!(verdict("127.0.0.1", 8800, "127.0.0.0/8"), Ok(()));
        assert_eq!(verdict("127.0.0.1", 8800, "127.0.0.1"), Ok(()));
        assert_eq!(verdict("::ffff:127.0.0.1", 8800, "127.0.0.0/8:8800-8810"), Ok(()));
        assert_eq!(verdict("::1", 8080, "::1/128:8080"), Ok(()));
        assert_eq!(verdict("::1", 8080, "[::1]:8080"), Ok(()));
        assert_eq!(verdict("::1", 8080, "::1"), Ok(()));
        assert_eq!(verdict("10.9.8.7", 80, "0.0.0.0/0"), Ok(()));
        assert_eq!(verdict("fd00::1", 80, "::/0"), Ok(()));
        assert!(verdict("127.0.0.1", 8811, "127.0.0.0/8:8800-8810").is_err());
        assert!(verdict("127.0.0.2", 80, "127.0.0.1/32").is_err());
        assert!(verdict("10.0.0.1", 80, "::/0").is_err());
        assert!(verdict("::1", 80, "127.0.0.0/8").is_err());
        // An entry with ports takes nothing from addresses that need none.
        assert_eq!(verdict("1.1.1.1", 443, "1.1.1.1/32:80"), Ok(()));
    }

    #[test]
    fn ports_of_other_protocols_need_to_be_named() {
        assert!(BAD_PORTS.is_sorted());
        for port in [0, 22, 25, 6667, 10080] {
            assert_eq!(verdict("1.1.1.1", port, ""), Err(Refused::Port(port)));
            assert_eq!(verdict("127.0.0.1", port, "127.0.0.0/8"), Err(Refused::Port(port)));
        }
        assert_eq!(verdict("127.0.0.1", 25, "127.0.0.0/8:20-30"), Ok(()));
        assert!(
            is_refused_port(25, &allowed("127.0.0.0/8")) && !is_refused_port(25, &allowed("127.0.0.0/8:25"))
        );
    }

    #[test]
    fn ranges_are_read_or_refused() {
        for text in
            ["10.0.0.0/8", "127.0.0.1:80", "::1/128:1-2", "[::1]:8080", "[fe80::]/10", "::", " 1.2.3.4 "]
        {
            assert!(text.parse::<Allowed>().is_ok(), "{text}");
        }
        for text in [
            "",
            "10",
            "10.0.0.0/33",
            "::1/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "1.2.3.4:",
            "1.2.3.4:70000",
            "1.2.3.4:9-8",
            "example.vn",
            "1.2.3.4/8/8",
            "1.2.3.4:80:80",
            "::1/128:x",
        ] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }

    #[test]
    fn spellings_are_one_address() {
        for host in [
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "0x7f000001",
            "127.0.0.1.",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:0:0:1]",
            "１２７.0.0.1",
        ] {
            let url = Url::parse(&format!("http://{host}/")).ok();
            let addr = match url.as_ref().and_then(Url::host) {
                Some(Host::Ipv4(addr)) => IpAddr::V4(addr),
                Some(Host::Ipv6(addr)) => IpAddr::V6(addr),
                other => panic!("{host}: {other:?}"),
            };
            assert_eq!(check(addr, 80, &[]), Err(Refused::Address("a loopback address")), "{host}");
        }
        assert!(
            is_local_name("LOCALHOST.") && is_local_name("a.localhost") && !is_local_name("localhost.vn")
        );
    }
}
