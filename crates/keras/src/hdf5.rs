//! HDF5: the metadata of a file, walked without libhdf5.
//!
//! libhdf5 opens other files when it follows an external link, an external storage list or the sources of a virtual
//! dataset, and it allocates what a dataset declares. Readers of weights do both without asking, so a weight file
//! reads local files or eats the memory (CVE-2026-1669, CVE-2026-12480, CVE-2026-0897). Here groups, attributes,
//! links and dataset headers are read; data are not, except the first bytes of byte arrays, to see pickles.
//!
//! [`table`] says where the numbers of each dataset lie, for whoever wants to look at them.
//!
//! Deliberately not done: decompressing chunks, shared message heaps, free-space management, checksums. What hides in
//! them leaves a problem, not a guess.
//!
//! Source: HDF5 File Format Specification version 3.0, checked against files of h5py 3 with all library bounds.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{ModelFacts, ModelFormat};
use chainwright_core::problem::ProblemKind;

mod attribute;
mod file;
mod group;
mod header;
mod heap;
pub(crate) use judge::leads;
mod judge;
mod mapping;
mod shape;
mod table;
mod tree;
mod walk;

pub use shape::{Class, Filter};
pub use table::{Array, Chunk, Chunks, Element, Number, Stored, Table, table};
pub use walk::{DatasetSpan, Storage};

use file::File;

/// The first bytes of every HDF5 file that has nothing before them.
pub const SIGNATURE: &[u8] = file::SIGNATURE;

/// Whether the first bytes hold a superblock at one of the places where libhdf5 looks for it.
#[must_use]
pub fn is_hdf5(head: &[u8]) -> bool {
    let size = u64::try_from(head.len()).unwrap_or(u64::MAX);
    file::places(size).any(|place| {
        usize::try_from(place)
            .ok()
            .and_then(|place| head.get(place..))
            .is_some_and(|rest| rest.starts_with(file::SIGNATURE))
    })
}

/// What a file links to, stores elsewhere and asks for, and the Keras model in it.
#[must_use]
pub fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Hdf5);
    match File::open(bytes) {
        Ok(file) => {
            facts.version = file.superblock.version.to_string();
            let seen = walk::walk(&file, budget);
            judge::judge(&file, &seen, budget, &mut facts);
        }
        Err(reason) => facts.problem(ProblemKind::Malformed, Place::Byte(0), reason),
    }
    facts
}

/// The datasets of a file and where their bytes lie, at most a hundred thousand; empty for a broken file.
#[must_use]
pub fn datasets(bytes: &SharedBytes, budget: &Budget) -> Vec<DatasetSpan> {
    File::open(bytes).map_or_else(|_| Vec::new(), |file| walk::walk(&file, budget).datasets)
}
