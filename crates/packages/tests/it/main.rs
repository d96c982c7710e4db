//! Tests of the whole crate: the answers of other libraries, published vectors, and hostile text.
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read cases and take times; the crate does not"
)]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod hostile;
mod oracle;
mod orders;
mod purl;
mod ranges;
