//! The index of shards against the shards.

use crate::facts::{ArchitectureFacts, DisagreementKind};
use crate::{IndexClaims, TensorEntry};

pub(crate) fn check(index: IndexClaims, tensors: &[TensorEntry], facts: &mut ArchitectureFacts) {
    let held = facts.tensors;
    if index.tensors != held {
        let kind = if index.tensors < held {
            DisagreementKind::BeyondIndex
        } else {
            DisagreementKind::IndexTensors
        };
        facts.add(kind, "", 0, || {
            format!(
                "the index maps {} tensors, the shards hold {held}",
                index.tensors
            )
        });
    }
    let sizes = tensors.iter().map(|tensor| tensor.bytes);
    let bytes = sizes.fold(0, u64::saturating_add);
    if let Some(stated) = index.total_size.filter(|stated| *stated != bytes) {
        facts.add(DisagreementKind::IndexSize, "", 0, || {
            format!("the index states {stated} bytes of tensors, the shards hold {bytes}")
        });
    }
}
