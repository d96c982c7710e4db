//! The reader of exchange files, and the judgement over what it read.

#![no_main]

use std::path::Path;

use chainwright_exchange::{Exchange, Receiver, Untrusted, Verdict, documents, judge};
use chainwright_ledger::Memory;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for document in documents(data) {
        let _ = Exchange::default().add_if_meant(document);
    }
    let Ok(exchange) = Exchange::read(data) else {
        return;
    };
    assert_eq!(exchange.write(), data);
    let memory = Memory::new(Path::new("/nonexistent"));
    let nobody = |_: &_, _: &[u8]| {
        Err(Untrusted {
            code: "nothing-trusted",
            message: String::new(),
            is_unjudged: true,
        })
    };
    let judged = judge(
        &exchange,
        &Receiver {
            signers: &nobody,
            logs: None,
            seen: &memory,
            trust: None,
            here: &[],
            require_logged: false,
            ignore_proofs: false,
        },
    );
    assert_ne!(judged.verdict(), Verdict::Accepted);
});
