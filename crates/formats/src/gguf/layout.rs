//! Whether the tensors lie in the file as a writer lays them: aligned, one behind the other, nothing left over.

use chainwright_core::bytes::ByteSource;
use chainwright_core::location::Place;

use super::reader::Reader;
use super::tensors::Claim;
use super::{GgufFacts, GgufFlaw};
use crate::flaw::Stretch;

/// Stray stretches that are looked at.
const LOOKED_AT: usize = 16;

pub(super) fn check(
    source: &dyn ByteSource,
    reader: &Reader<'_>,
    claims: &[Claim],
    facts: &mut GgufFacts,
) {
    let alignment = facts.alignment.max(1);
    let start = reader
        .position()
        .checked_next_multiple_of(alignment)
        .unwrap_or(u64::MAX);
    facts.data_offset = start.min(source.size());
    let available = source.size().saturating_sub(start);
    let mut sorted: Vec<&Claim> = claims.iter().collect();
    sorted.sort_by_key(|claim| (claim.begin, claim.length));
    let mut covered = 0_u64;
    for (index, claim) in sorted.iter().enumerate() {
        let next = index.checked_add(1).and_then(|next| sorted.get(next));
        // What an unknown type needs is not known: it is taken to reach as far as it can.
        let length = claim.length.unwrap_or_else(|| {
            let end = next.map_or(available, |next| next.begin);
            end.saturating_sub(claim.begin)
        });
        let end = claim.begin.saturating_add(length);
        check_one(claim, end, available, alignment, facts);
        let expected = covered
            .checked_next_multiple_of(alignment)
            .unwrap_or(u64::MAX);
        if claim.begin < covered {
            facts.flaw(GgufFlaw::Overlap, Place::Byte(claim.entry), || {
                format!("the tensor at {} shares bytes with another", claim.begin)
            });
        } else if claim.begin > expected {
            let gap = claim.begin.saturating_sub(covered);
            let at = start.saturating_add(covered);
            facts.flaw(GgufFlaw::Hole, Place::Byte(at), || {
                format!(
                    "{gap} bytes before the tensor at {} belong to none",
                    claim.begin
                )
            });
            stray(
                source,
                at,
                gap.min(available.saturating_sub(covered)),
                facts,
            );
        }
        covered = covered.max(end);
    }
    let padded = covered
        .checked_next_multiple_of(alignment)
        .unwrap_or(u64::MAX);
    trailing(source, start, covered, padded, facts);
}

fn check_one(claim: &Claim, end: u64, available: u64, alignment: u64, facts: &mut GgufFacts) {
    if !claim.begin.is_multiple_of(alignment) {
        facts.flaw(GgufFlaw::UnalignedOffset, Place::Byte(claim.entry), || {
            format!(
                "a tensor at {} with an alignment of {alignment}",
                claim.begin
            )
        });
    }
    if end > available || claim.begin > available {
        facts.flaw(GgufFlaw::OutOfBounds, Place::Byte(claim.entry), || {
            format!("a tensor ends at {end} of {available} bytes of data")
        });
    }
}

/// Padding up to the alignment may follow the last tensor, and must be zero.
fn trailing(source: &dyn ByteSource, start: u64, covered: u64, padded: u64, facts: &mut GgufFacts) {
    let end = start.saturating_add(padded);
    let covered_end = start.saturating_add(covered);
    let rest = source.size().saturating_sub(end);
    if rest > 0 {
        facts.flaw(GgufFlaw::TrailingData, Place::Byte(end), || {
            format!("{rest} bytes behind the last tensor")
        });
        stray(source, end, rest, facts);
    } else if source.size() > covered_end {
        let padding = Stretch::look(
            source,
            covered_end,
            source.size().saturating_sub(covered_end),
        );
        if !padding.zeros {
            facts.flaw(GgufFlaw::TrailingData, Place::Byte(covered_end), || {
                format!("{} bytes of padding that are not zero", padding.length)
            });
            facts.strays.push(padding);
        }
    }
}

fn stray(source: &dyn ByteSource, offset: u64, length: u64, facts: &mut GgufFacts) {
    if length > 0 && facts.strays.len() < LOOKED_AT {
        facts.strays.push(Stretch::look(source, offset, length));
    }
}
