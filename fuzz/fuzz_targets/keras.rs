//! Keras configurations and HDF5.

#![no_main]

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_keras::{Kind, hdf5, read, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = recognise(data, &[], "config.json");
    let bytes: SharedBytes = Arc::new(data.to_vec());
    let budget = Budget::untimed(Limits::default());
    let _ = read(Kind::Hdf5, &bytes, &budget);
    let _ = read(Kind::Config, &bytes, &budget);
    let _ = hdf5::datasets(&bytes, &budget);
});
