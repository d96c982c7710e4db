//! The whole table of a safetensors file.
//!
//! What is wrong with the header is told by `formats`; here the tensors that lie within the file are listed. Of a name
//! that stands twice the last one counts, as in the reference.

use std::collections::BTreeMap;
use std::fmt;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{narrow, u64_le};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Dtype;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::stored::{Opened, Refused, StoredTensor, WeightFormat, elements};

/// The largest header that the reference reads.
const LONGEST_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Entry)>,
    broken: Vec<String>,
}

pub(crate) fn open(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let mut opened = Opened::of(WeightFormat::Safetensors);
    let problem = |detail: String| Problem::new(ProblemKind::Malformed, Place::Byte(8), detail);
    let start = read_range(bytes.as_ref(), 0, 8).unwrap_or_default();
    let length = u64_le(&start, 0).unwrap_or(0);
    let data = length.saturating_add(8);
    if length > LONGEST_HEADER.min(budget.limits().header_bytes) || data > bytes.size() {
        let detail = format!("a header of {length} bytes");
        opened.problems.push(problem(detail));
        return opened;
    }
    let header = read_range(bytes.as_ref(), 8, narrow(length)).unwrap_or_default();
    let header: Header = match serde_json::from_slice(&header) {
        Ok(header) => header,
        Err(error) => {
            opened
                .problems
                .push(problem(format!("the header is not valid: {error}")));
            return opened;
        }
    };
    opened.metadata = header.metadata.into_iter().collect();
    opened
        .refused
        .extend(header.broken.into_iter().map(|name| Refused {
            name,
            reason: "its entry in the header is not valid".to_owned(),
        }));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (name, entry) in header.tensors {
        match tensor(&name, &entry, data, bytes) {
            Ok(tensor) => match seen.get(&name).and_then(|at| opened.tensors.get_mut(*at)) {
                Some(first) => *first = tensor,
                None => {
                    seen.insert(name, opened.tensors.len());
                    opened.tensors.push(tensor);
                }
            },
            Err(reason) => opened.refused.push(Refused { name, reason }),
        }
    }
    opened.tensors.sort_by_key(|tensor| tensor.offset);
    opened
}

fn tensor(
    name: &str,
    entry: &Entry,
    data: u64,
    file: &SharedBytes,
) -> Result<StoredTensor, String> {
    let dtype = Dtype::from_safetensors(&entry.dtype)
        .ok_or_else(|| "its element type is not known".to_owned())?;
    let (begin, end) = entry.data_offsets;
    let length = end.checked_sub(begin).ok_or("its offsets run backwards")?;
    let needed = elements(&entry.shape).and_then(|count| dtype.bytes_of(count));
    if needed != Some(length) {
        return Err("its shape needs another number of bytes".to_owned());
    }
    let offset = data.saturating_add(begin);
    if data.saturating_add(end) > file.size() {
        return Err("it reaches beyond the file".to_owned());
    }
    Ok(StoredTensor {
        name: name.to_owned(),
        dtype,
        shape: entry.shape.clone(),
        strides: None,
        storage: file.clone(),
        storage_id: begin,
        offset,
        length,
        big_endian: false,
    })
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        header.metadata = match map.next_value::<Lenient<_>>()? {
                            Lenient::Is(metadata) => metadata,
                            Lenient::Not(_) => BTreeMap::new(),
                        };
                        continue;
                    }
                    match map.next_value::<Lenient<Entry>>()? {
                        Lenient::Is(entry) => header.tensors.push((name, entry)),
                        Lenient::Not(_) => header.broken.push(name),
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// What was expected, or something else that is passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Is(T),
    Not(IgnoredAny),
}
