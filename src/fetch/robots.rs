//! robots.txt after RFC 9309.
