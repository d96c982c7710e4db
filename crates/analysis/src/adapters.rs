//! Adapters: two files that are only understood together.

use chainwright_adapters::{
    AdapterInput, Bank, looks_like_adapter, review as review_input, screen,
};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::narrow;
use chainwright_weights::Tensor;

use crate::facts::ReviewedAdapter;

/// The name that PEFT gives to the configuration of an adapter.
pub const CONFIGURATION: &str = "adapter_config.json";

/// How the names of weight files begin that PEFT looks for beside it.
pub const WEIGHTS: &str = "adapter_model";

/// A configuration larger than this is none.
const LONGEST_CONFIGURATION: u64 = 16 * 1024 * 1024;

/// Reviews a weight file as an adapter; `None` if it is none. `files` are the names of all files in its folder.
#[must_use]
pub fn review(
    name: &str,
    weights: &SharedBytes,
    configuration: Option<&SharedBytes>,
    files: &[String],
    budget: &Budget,
) -> Option<ReviewedAdapter> {
    let opened = chainwright_tensors::open(weights, budget);
    let names = opened.tensors.iter().map(|tensor| tensor.name.as_str());
    let configuration = configuration.and_then(read);
    let belongs = configuration.is_some() && name.starts_with(WEIGHTS);
    if opened.tensors.is_empty() || (!belongs && !looks_like_adapter(names)) {
        return None;
    }
    let tensors: Vec<Tensor> = opened.contiguous().collect();
    let input = AdapterInput {
        config: configuration.as_ref(),
        tensors: &tensors,
        base: None,
        files,
    };
    let review = review_input(&input, budget);
    let screening = screen(&review, &Bank::embedded());
    Some(ReviewedAdapter { review, screening })
}

fn read(configuration: &SharedBytes) -> Option<serde_json::Value> {
    let size = configuration.size();
    if size > LONGEST_CONFIGURATION {
        return None;
    }
    let text = read_range(configuration.as_ref(), 0, narrow(size)).ok()?;
    serde_json::from_slice(&text).ok()
}
