//! Timestamps of authorities: what nobody trusts proves nothing, and a request takes no answer that it did not ask for.

#![no_main]

use chainwright_signing::timestamp::{Authority, Request, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let signature = b"the bytes of a signature";
    assert!(check(bytes, signature, &[]).is_err());
    assert!(check(bytes, signature, &[Authority::default()]).is_err());
    if let Ok(request) = Request::new(signature, u64::MAX) {
        let _ = request.check(bytes);
    }
});
