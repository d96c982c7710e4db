//! Whether the tensors tile the data exactly: no overlap, no hole, nothing behind, nothing outside.

use chainwright_core::bytes::ByteSource;
use chainwright_core::location::Place;
use chainwright_core::text::visible;

use super::header::{Claim, Named};
use super::{SafetensorsFacts, SafetensorsFlaw};
use crate::flaw::Stretch;

/// Stray stretches that are looked at.
const LOOKED_AT: usize = 16;

pub(super) fn check(source: &dyn ByteSource, tensors: &[Named<'_>], facts: &mut SafetensorsFacts) {
    let start = facts.header_length.saturating_add(8);
    let Some(available) = source.size().checked_sub(start) else {
        return;
    };
    let mut claims: Vec<Claim<'_>> = tensors.iter().map(Named::claim).collect();
    claims.sort_by_key(|claim| (claim.begin, claim.end));
    let mut covered = 0_u64;
    for claim in claims {
        let place = || Place::Byte(start.saturating_add(claim.begin));
        let name = || visible(claim.name, 200);
        if claim.end > available {
            facts.flaw(SafetensorsFlaw::OutOfBounds, place(), || {
                format!(
                    "`{}` ends at {} of {available} bytes of data",
                    name(),
                    claim.end
                )
            });
        }
        if claim.begin > covered {
            let gap = claim.begin.saturating_sub(covered);
            facts.flaw(
                SafetensorsFlaw::Hole,
                Place::Byte(start.saturating_add(covered)),
                || format!("{gap} bytes before `{}` belong to no tensor", name()),
            );
            stray(
                source,
                start.saturating_add(covered),
                gap.min(available.saturating_sub(covered)),
                facts,
            );
        }
        // The reference refuses even an empty tensor inside another one.
        if claim.begin < covered {
            facts.flaw(SafetensorsFlaw::Overlap, place(), || {
                format!("`{}` shares bytes with another tensor", name())
            });
        }
        covered = covered.max(claim.end);
    }
    let header_was_read = facts.flaws.kept.iter().all(|flaw| {
        !matches!(
            flaw.kind,
            SafetensorsFlaw::InvalidJson | SafetensorsFlaw::TooDeep
        )
    });
    if covered < available && header_was_read && facts.problems.is_empty() {
        let offset = start.saturating_add(covered);
        let rest = available.saturating_sub(covered);
        facts.flaw(SafetensorsFlaw::TrailingData, Place::Byte(offset), || {
            format!("{rest} bytes behind the last tensor")
        });
        stray(source, offset, rest, facts);
    }
}

fn stray(source: &dyn ByteSource, offset: u64, length: u64, facts: &mut SafetensorsFacts) {
    if length > 0 && facts.strays.len() < LOOKED_AT {
        facts.strays.push(Stretch::look(source, offset, length));
    }
}
