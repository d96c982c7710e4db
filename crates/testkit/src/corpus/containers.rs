//! Containers that lie, escape, explode or nest, and honest ones that look like it.

mod benign;
mod bombs;
mod lies;
mod nesting;
mod renamed;
mod slip;
mod streams;
mod tapes;

use super::{Case, Label};

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        benign::cases(),
        bombs::cases(),
        lies::cases(),
        nesting::cases(),
        renamed::cases(),
        slip::cases(),
        streams::cases(),
        tapes::cases(),
    ]
    .concat()
}

/// Protocol 0: would run `echo`.
const EVIL: &[u8] = b"cos\nsystem\n(S'echo chainwright'\ntR.";
/// Protocol 2: `{"a": 1}`.
const GOOD: &[u8] = b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.";

/// `EVIL` and `GOOD` as real compressors write them.
const EVIL_BZIP2: &str = "425a68393141592653594680f08a000006d380001040c118002ae39ca02000228190f503d4d0281a686464c4cf26582895b63580a76e2dcaa05e9f14837a1f1772453850904680f08a";
const EVIL_LZMA: &str = "5d00008000ffffffffffffffff00319bcac6b27c65dfdf91599fb1d67e2d0b9f5cf4ccb69cc3909e1b2ef84e082f0e4dc50088d729dfffce524000";
const GOOD_BZIP2: &str = "425a68393141592653597f0c85e300000857c0700000010008004020002802400020003100d34d04341a1a0180c15c4b253cbc5dc914e14241fc32178c";
const GOOD_LZMA: &str =
    "5d00008000ffffffffffffffff0040008b29d781624d583f9af8b72f07d2f8973f6be3fffec62000";

/// The bytes of a constant in hexadecimal.
fn hex(digits: &str) -> Vec<u8> {
    crate::recipe::build(&format!("hex\n{digits}")).unwrap_or_default()
}

/// A malicious case of one file.
fn bad(class: &'static str, name: &str, file: &str, bytes: Vec<u8>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

/// A benign case of one file.
fn good(name: &str, file: &str, bytes: Vec<u8>) -> Case {
    Case::single("container-benign", name, Label::Benign, file, bytes)
}
