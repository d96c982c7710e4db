//! Weights as numbers: what their statistics hint at.

use chainwright_adapters::looks_like_adapter;
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ReadError, SharedBytes};
use chainwright_core::location::Place;
use chainwright_core::model::ModelFormat;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_tensors::{Beside, Opened, StoredTensor, WeightFormat};
use chainwright_weights::review::{self, Entry, TensorSummary};
use chainwright_weights::signs::{self, WeightSign};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Format, Inspected};
use crate::stream::Measured;

/// What was measured of a file's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightsFacts {
    /// How they are kept.
    pub format: WeightFormat,
    /// Tensors in the file.
    pub tensors: u64,
    /// Elements in them, saturating.
    pub elements: u64,
    /// Tensors whose numbers were measured.
    pub measured: u64,
    /// Whether the names are those of an adapter's tensors.
    pub is_adapter: bool,
    /// What deserves a look, the worst first.
    pub signs: Vec<WeightSign>,
}

/// Where the tensors of a file lie, if it keeps them plainly, so that one pass over its bytes can measure them.
#[must_use]
pub fn places(bytes: &SharedBytes, budget: &Budget) -> Option<Vec<Entry>> {
    chainwright_tensors::open(bytes, budget).places(bytes)
}

/// Judges what a pass measured, and measures what no pass could: archives and pickles keep tensors in parts, other
/// formats compress some. HDF5 that is none of Keras holds data of any kind, of which the statistics of weights say
/// nothing.
pub(crate) fn read(bytes: &SharedBytes, measured: Measured, budget: &Budget, own: &mut Inspected) {
    if measured == Measured::NotAsked {
        return;
    }
    let opened = chainwright_tensors::open(bytes, budget);
    let Some(format) = opened.format.filter(|_| !opened.tensors.is_empty()) else {
        return;
    };
    if format == WeightFormat::Hdf5 {
        return;
    }
    let summaries = match measured {
        Measured::Done(mut summaries) => {
            let mut rest = opened.clone();
            rest.tensors.retain(|tensor| !tensor.is_plain_in(bytes));
            summaries.extend(measure(&rest, budget, own));
            summaries
        }
        Measured::NotAsked | Measured::NotYet => measure(&opened, budget, own),
    };
    own.facts
        .push(Facts::Weights(told(format, &opened, &summaries)));
}

/// Whether a model may keep its numbers in files beside it.
#[must_use]
pub fn may_lie_beside(artifact: &Inspected) -> bool {
    let formats = [ModelFormat::Onnx, ModelFormat::TensorFlowCheckpoint];
    artifact.location.members().is_empty()
        && formats
            .iter()
            .any(|format| artifact.formats.contains(&Format::Model(*format)))
}

/// Measures a model whose numbers lie in files beside it, and replaces what was said of the file alone.
pub fn read_beside(bytes: &SharedBytes, beside: &dyn Beside, budget: &Budget, own: &mut Inspected) {
    let name = own.location.file_name().to_owned();
    let opened = chainwright_tensors::open_beside(bytes, &name, beside, budget);
    let alone = own.facts.iter().find_map(|facts| match facts {
        Facts::Weights(weights) => Some(weights.tensors),
        _ => None,
    });
    let Some(format) = opened.format else {
        return;
    };
    if count(opened.tensors.len()) <= alone.unwrap_or_default() {
        return;
    }
    let summaries = measure(&opened, budget, own);
    own.facts
        .retain(|facts| !matches!(facts, Facts::Weights(_)));
    own.facts
        .push(Facts::Weights(told(format, &opened, &summaries)));
}

fn told(format: WeightFormat, opened: &Opened, summaries: &[TensorSummary]) -> WeightsFacts {
    let elements = opened.tensors.iter().filter_map(StoredTensor::elements);
    let names = opened.tensors.iter().map(|tensor| tensor.name.as_str());
    WeightsFacts {
        format,
        tensors: count(opened.tensors.len()),
        elements: elements.fold(0, u64::saturating_add),
        measured: count(
            summaries
                .iter()
                .filter(|tensor| tensor.stats.is_some())
                .count(),
        ),
        is_adapter: looks_like_adapter(names),
        signs: signs::judge(summaries),
    }
}

fn measure(opened: &Opened, budget: &Budget, own: &mut Inspected) -> Vec<TensorSummary> {
    // Views of one storage are measured once: whoever shares its bytes shares its signs.
    let mut seen = std::collections::BTreeSet::new();
    let distinct: Vec<&StoredTensor> = opened
        .tensors
        .iter()
        .filter(|tensor| seen.insert((tensor.storage_id, tensor.offset, tensor.length)))
        .collect();
    let results: Vec<_> = distinct
        .par_iter()
        .filter_map(|tensor| tensor.to_tensor())
        .map(|tensor| review::measure(&tensor, budget))
        .collect();
    let mut summaries = Vec::with_capacity(results.len());
    let mut is_told = false;
    for result in results {
        let error = match result {
            Ok(summary) => {
                summaries.push(summary);
                continue;
            }
            Err(error) => error,
        };
        // A broken stream costs one tensor, a limit all that come after.
        let is_limit = matches!(error, ReadError::Exhausted(_));
        let kind = match error {
            ReadError::Corrupt(_) => ProblemKind::Malformed,
            _ => ProblemKind::LimitReached,
        };
        if !is_told || is_limit {
            let detail = format!("the weights could not be measured: {error}");
            own.problems.push(Problem::new(kind, Place::Whole, detail));
            is_told = true;
        }
        if is_limit {
            break;
        }
    }
    summaries
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
