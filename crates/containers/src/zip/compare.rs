//! Where the headers of a zip contradict each other or themselves.
//!
//! Quiet about what honest writers do: data descriptors, zip64 in one header only, alignment padding in local extra
//! fields (torch's `FB`, Android's `0xd935`), time stamps in one of the two extra fields, repeated folder entries.

use std::collections::HashMap;

use super::Walked;
use super::headers::{Central, ENCRYPTED, Local};
use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::names;

/// The most that deflate can make of a byte (RFC 1951: 258 bytes for two bits).
const DEFLATE_RATIO: u64 = 1032;
/// Larger than anything an honest writer leaves: torch pads up to 64 bytes, `zipalign` up to 16 KiB.
const LARGE_EXTRA: usize = 20 * 1024;

/// What a central entry alone gives away.
pub(super) fn central_alone(collector: &mut Collector<'_>, central: &Central, name: &str) {
    let at = central.at;
    if central.name.contains(&0) {
        let detail = format!("{} ends at the NUL for some", names::quoted(&central.name));
        collector.anomaly(AnomalyKind::NulInName, at, name, detail);
    }
    if central.name.len() > names::LONGEST_NAME {
        let detail = format!("a name of {} bytes", central.name.len());
        collector.anomaly(AnomalyKind::LongName, at, name, detail);
    }
    if central.extra.is_malformed || central.extra.length > LARGE_EXTRA {
        let detail = format!("an extra field of {} bytes", central.extra.length);
        collector.anomaly(AnomalyKind::OddExtraField, at, name, detail);
    }
    if let Some(other) = other_unicode_path(central) {
        let detail = format!("also named {}", names::quoted(other));
        collector.anomaly(AnomalyKind::UnicodePathMismatch, at, name, detail);
    }
    if name.ends_with('/') && central.unpacked > 0 {
        let detail = format!("a folder with {} bytes of content", central.unpacked);
        collector.anomaly(AnomalyKind::FolderWithContent, at, name, detail);
    }
    sizes_alone(collector, central, name);
}

fn sizes_alone(collector: &mut Collector<'_>, central: &Central, name: &str) {
    let (packed, unpacked) = (central.packed, central.unpacked);
    let is_encrypted = central.flags & ENCRYPTED != 0;
    if central.method == 0 && packed != unpacked && !is_encrypted {
        let detail = format!("stored with {packed} bytes, declared as {unpacked}");
        collector.anomaly(AnomalyKind::SizeMismatch, central.at, name, detail);
    }
    let most = packed.saturating_mul(DEFLATE_RATIO).saturating_add(1024);
    if central.method == 8 && unpacked > most {
        let detail = format!("{unpacked} bytes cannot come from {packed}");
        collector.anomaly(AnomalyKind::ImpossibleSize, central.at, name, detail);
    }
}

/// The Unicode Path (APPNOTE 4.6.9) when it is valid for the name and names another file than an ASCII name does.
fn other_unicode_path(central: &Central) -> Option<&[u8]> {
    let (checksum, path) = central.extra.unicode_path.as_ref()?;
    let mut of_name = flate2::Crc::new();
    of_name.update(&central.name);
    let is_other = of_name.sum() == *checksum && *path != central.name && central.name.is_ascii();
    is_other.then_some(path.as_slice())
}

/// Compares the two headers; whether they describe different members.
pub(super) fn headers(
    collector: &mut Collector<'_>,
    central: &Central,
    local: &Local,
    name: &str,
) -> bool {
    let mut differs = false;
    if central.name != local.name {
        let detail = format!(
            "{} in the directory, {} in the local header",
            names::quoted(&central.name),
            names::quoted(&local.name)
        );
        collector.anomaly(AnomalyKind::NameMismatch, local.at, name, detail);
        differs = true;
    }
    if central.method != local.method {
        let detail = format!(
            "method {} in the directory, {} in the local header",
            central.method, local.method
        );
        collector.anomaly(AnomalyKind::MethodMismatch, local.at, name, detail);
        differs = true;
    }
    flags(collector, central, local, name);
    if local.extra.is_malformed || local.extra.length > LARGE_EXTRA {
        let detail = format!("an extra field of {} bytes", local.extra.length);
        collector.anomaly(AnomalyKind::OddExtraField, local.at, name, detail);
    }
    sizes(collector, central, local, name) || differs
}

fn flags(collector: &mut Collector<'_>, central: &Central, local: &Local, name: &str) {
    let other = central.flags ^ local.flags;
    let detail = format!(
        "flags {:#06x} in the directory, {:#06x} in the local header",
        central.flags, local.flags
    );
    if other & ENCRYPTED != 0 {
        collector.anomaly(AnomalyKind::EncryptionFlagMismatch, local.at, name, detail);
        return;
    }
    // Bits 1 and 2 tell the effort of the compressor, bit 3 where the sizes are, bit 11 the encoding of the name;
    // honest writers differ in all of these.
    if other & !0b1000_0000_1110 != 0 {
        collector.anomaly(AnomalyKind::FlagMismatch, local.at, name, detail);
    }
}

fn sizes(collector: &mut Collector<'_>, central: &Central, local: &Local, name: &str) -> bool {
    if local.has_deferred_sizes() {
        return false;
    }
    let is_same = (central.packed, central.unpacked) == (local.packed, local.unpacked);
    // Streaming writers that know nothing yet leave zeros and come back for the directory only.
    let is_blank = local.has_descriptor() && local.unpacked == 0;
    if !is_same && !is_blank {
        let detail = format!(
            "{} and {} bytes in the directory, {} and {} in the local header",
            central.packed, central.unpacked, local.packed, local.unpacked
        );
        collector.anomaly(AnomalyKind::SizeMismatch, local.at, name, detail);
        return true;
    }
    if central.checksum != local.checksum && !local.has_descriptor() {
        let detail = format!(
            "{:08x} in the directory, {:08x} in the local header",
            central.checksum, local.checksum
        );
        collector.anomaly(AnomalyKind::ChecksumFieldMismatch, local.at, name, detail);
    }
    false
}

/// Wrong checksums of stored members. `torch.save` can be told to compute none and then all are wrong.
pub(super) fn checksums(collector: &mut Collector<'_>) {
    let wrong = std::mem::take(&mut collector.wrong_checksums);
    let are_all_wrong = u64::try_from(wrong.len()).is_ok_and(|count| count == collector.checksums);
    if are_all_wrong && wrong.len() > 2 {
        let detail = format!(
            "none of {} stored members matches its checksum",
            wrong.len()
        );
        collector.anomaly(AnomalyKind::ChecksumsUnused, 0, "", detail);
        return;
    }
    for (at, name) in wrong {
        let detail = "the content doesn't match its checksum";
        collector.anomaly(AnomalyKind::ChecksumMismatch, at, &name, detail);
    }
}

/// Members that share bytes.
pub(super) fn overlaps(collector: &mut Collector<'_>, walked: &Walked) {
    let mut reached: u64 = 0;
    let mut count: u64 = 0;
    let mut first = None;
    for extent in &walked.extents {
        if extent.start < reached && extent.end > extent.start {
            count = count.saturating_add(1);
            first = first.or(Some(extent.start));
        }
        reached = reached.max(extent.end);
    }
    if let Some(at) = first {
        let detail = format!("{count} members begin inside of another");
        collector.anomaly(AnomalyKind::OverlappingMembers, at, "", detail);
    }
}

/// Names that loaders take for one another.
pub(super) fn collisions(collector: &mut Collector<'_>, walked: &Walked) {
    let mut seen: HashMap<String, &super::Listed> = HashMap::new();
    for listed in &walked.listed {
        if listed.name.ends_with('/') {
            continue;
        }
        let key = names::normalised(&listed.name).to_lowercase();
        let earlier = seen.insert(key, listed);
        let Some(earlier) = earlier.filter(|earlier| earlier.at != listed.at) else {
            continue;
        };
        let is_equal = (earlier.checksum, earlier.size) == (listed.checksum, listed.size);
        let kind = if earlier.name == listed.name && is_equal {
            AnomalyKind::RepeatedMember
        } else if earlier.name == listed.name {
            AnomalyKind::DuplicateName
        } else if names::normalised(&earlier.name) == names::normalised(&listed.name) {
            AnomalyKind::NormalisedCollision
        } else if names::is_looked_up(&listed.name) && !is_equal {
            AnomalyKind::LoaderNameCollision
        } else {
            AnomalyKind::CaseCollision
        };
        let detail = format!(
            "{} at byte {}, {} at byte {}",
            names::quoted(earlier.name.as_bytes()),
            earlier.at,
            names::quoted(listed.name.as_bytes()),
            listed.at
        );
        collector.anomaly(kind, listed.at, &listed.name, detail);
    }
}

/// Content that the limits would never let out of a file of this size.
pub(super) fn bomb(collector: &mut Collector<'_>) {
    let limits = collector.budget.limits();
    let size = collector.source.size();
    let declared = collector.facts.declared_bytes;
    let most = size
        .saturating_mul(limits.ratio)
        .saturating_add(1024 * 1024);
    // A file larger than the limit holds more than the limit; only compression makes a bomb.
    if declared > most || (declared > limits.unpacked_bytes && declared > size.saturating_mul(100))
    {
        let detail = format!("{declared} bytes declared in a file of {size}");
        collector.anomaly(AnomalyKind::DeclaredBomb, 0, "", detail);
    }
}
