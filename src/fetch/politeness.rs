//! When a site may be asked again.
