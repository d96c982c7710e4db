//! Writes tensors as safetensors: the values exactly as they are, in row-major order, little-endian.
//!
//! The layout is that of the reference: the header padded with spaces to a multiple of eight, then the tensors by the
//! size of their elements and by name, without gaps. Bytes are written at their place, so that several threads can
//! write at once and nothing has to be held in memory.

use std::collections::BTreeMap;
use std::io;

use chainwright_core::budget::Budget;
use chainwright_core::fields::wide;
use chainwright_weights::Dtype;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde::Serialize;

use crate::gather::{self, GatherError};
use crate::stored::{Leftover, Opened, Refused, StoredTensor};

/// Bytes of a large tensor that are copied as one job.
const JOB: u64 = 32 * 1024 * 1024;

/// Where a converted file goes. Stretches are written in any order and from several threads.
pub trait Sink: Sync {
    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// When the system refuses.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
}

/// What to do with two names for the same tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tied {
    /// Keep the first name in alphabetical order and tell the others in the metadata, as
    /// `safetensors.torch.save_model` does.
    #[default]
    Drop,
    /// Write the tensor under every name.
    Keep,
}

/// How to convert.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Two names for the same tensor.
    pub tied: Tied,
    /// Take only what lies below this name, and leave it out of the names.
    pub root: Option<String>,
}

/// Two names for the same tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TiedTensor {
    /// The name that is not in the file.
    pub name: String,
    /// The name under which it is.
    pub kept: String,
}

/// What a conversion did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Tensors in the new file.
    pub tensors: u64,
    /// Bytes of the new file.
    pub bytes: u64,
    /// Names that were left out because another one stands for the same tensor.
    pub tied: Vec<TiedTensor>,
    /// Tensors that were not converted, and why.
    pub refused: Vec<Refused>,
    /// What else the checkpoint holds; it is not in the new file.
    pub leftovers: Vec<Leftover>,
    /// How many more leftovers there are.
    pub leftovers_left_out: u64,
    /// Tensors that lie outside of the chosen root.
    pub outside: u64,
}

/// Why a file could not be converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// Nothing in it can be converted.
    #[error("there is no tensor in it")]
    Empty,
    /// A tensor's bytes could not be taken or written.
    #[error("`{name}`")]
    Tensor {
        /// The tensor.
        name: String,
        /// What went wrong.
        #[source]
        source: GatherError,
    },
    /// The header could not be written.
    #[error("cannot write the header")]
    Header(#[source] io::Error),
    /// The time is up.
    #[error(transparent)]
    Time(#[from] chainwright_core::budget::Exhausted),
}

/// Writes the tensors of an opened file to a sink.
///
/// # Errors
/// When there is nothing to write or something cannot be read or written; the sink then holds no valid file.
pub fn convert(
    opened: &Opened,
    sink: &dyn Sink,
    options: &Options,
    budget: &Budget,
) -> Result<Report, ConvertError> {
    let mut report = Report {
        refused: opened.refused.clone(),
        leftovers: opened.leftovers.clone(),
        leftovers_left_out: opened.leftovers_left_out,
        ..Report::default()
    };
    let chosen = chosen(opened, options, &mut report);
    if chosen.is_empty() {
        return Err(ConvertError::Empty);
    }
    let (header, placed) = header(&chosen, &report.tied);
    sink.write_at(0, &header).map_err(ConvertError::Header)?;
    let start = wide(header.len());
    let jobs = jobs(&placed);
    jobs.into_par_iter()
        .try_for_each(|job| job.run(start, sink, budget))?;
    let data = placed.iter().fold(0_u64, |sum, (_, tensor, _)| {
        sum.saturating_add(tensor.length)
    });
    report.tensors = wide(placed.len());
    report.bytes = start.saturating_add(data);
    Ok(report)
}

/// The tensors that are written, by name.
fn chosen<'a>(
    opened: &'a Opened,
    options: &Options,
    report: &mut Report,
) -> BTreeMap<String, &'a StoredTensor> {
    let mut chosen: BTreeMap<String, &StoredTensor> = BTreeMap::new();
    for tensor in &opened.tensors {
        let Some(name) = below(&tensor.name, options.root.as_deref()) else {
            report.outside = report.outside.saturating_add(1);
            continue;
        };
        let name = if name.is_empty() { "tensor" } else { name };
        if let Some(reason) = unfit(tensor) {
            report.refused.push(Refused {
                name: name.to_owned(),
                reason,
            });
            continue;
        }
        // Of a key that stands twice the last one counts, as in a dictionary.
        chosen.insert(name.to_owned(), tensor);
    }
    if options.tied == Tied::Drop {
        drop_tied(&mut chosen, report);
    }
    chosen
}

fn below<'a>(name: &'a str, root: Option<&str>) -> Option<&'a str> {
    match root {
        None => Some(name),
        Some(root) => name.strip_prefix(root)?.strip_prefix('.'),
    }
}

/// Why safetensors cannot hold the tensor.
fn unfit(tensor: &StoredTensor) -> Option<String> {
    match tensor.dtype.plain() {
        Dtype::Ggml(_) => Some(format!(
            "its quantisation {} has no counterpart in safetensors",
            tensor.dtype.name()
        )),
        Dtype::C128 => Some("complex numbers of 128 bits have no counterpart".to_owned()),
        _ => None,
    }
}

fn drop_tied(chosen: &mut BTreeMap<String, &StoredTensor>, report: &mut Report) {
    let mut first: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
    let mut dropped = Vec::new();
    for (name, tensor) in &*chosen {
        let group = first.entry((tensor.storage_id, tensor.offset)).or_default();
        let kept = group.iter().find(|other| {
            chosen
                .get(*other)
                .is_some_and(|kept| kept.is_tied_to(tensor))
        });
        match kept {
            Some(kept) => dropped.push(TiedTensor {
                name: name.clone(),
                kept: kept.clone(),
            }),
            None => group.push(name.clone()),
        }
    }
    for tied in &dropped {
        chosen.remove(&tied.name);
    }
    report.tied = dropped;
}

type Placed<'a> = Vec<(String, &'a StoredTensor, u64)>;

#[derive(Serialize)]
struct Entry<'a> {
    dtype: &'static str,
    shape: &'a [u64],
    data_offsets: [u64; 2],
}

/// The bytes before the data, and where each tensor goes behind them.
fn header<'a>(
    chosen: &BTreeMap<String, &'a StoredTensor>,
    tied: &[TiedTensor],
) -> (Vec<u8>, Placed<'a>) {
    let mut order: Vec<(&String, &&StoredTensor)> = chosen.iter().collect();
    let width = |tensor: &StoredTensor| tensor.dtype.block().map_or(0, |block| block.bytes);
    order.sort_by_key(|(name, tensor)| (std::cmp::Reverse(width(tensor)), *name));
    let mut placed = Vec::with_capacity(order.len());
    let mut json = serde_json::Map::new();
    let mut metadata: BTreeMap<&str, &str> = BTreeMap::from([("format", "pt")]);
    for tied in tied {
        metadata.insert(&tied.name, &tied.kept);
    }
    json.insert(
        "__metadata__".to_owned(),
        serde_json::to_value(metadata).unwrap_or_default(),
    );
    let mut at = 0_u64;
    for (name, tensor) in order {
        let end = at.saturating_add(tensor.length);
        let entry = Entry {
            dtype: tensor.dtype.plain().name(),
            shape: &tensor.shape,
            data_offsets: [at, end],
        };
        json.insert(
            name.clone(),
            serde_json::to_value(entry).unwrap_or_default(),
        );
        placed.push((name.clone(), *tensor, at));
        at = end;
    }
    let mut text = serde_json::to_vec(&json).unwrap_or_default();
    while !text.len().is_multiple_of(8) {
        text.push(b' ');
    }
    let mut header = wide(text.len()).to_le_bytes().to_vec();
    header.append(&mut text);
    (header, placed)
}

/// A stretch of work for one thread.
struct Job<'a> {
    name: &'a str,
    tensor: StoredTensor,
    /// Where it goes, counted from the start of the data.
    to: u64,
}

fn jobs<'a>(placed: &'a Placed<'_>) -> Vec<Job<'a>> {
    let mut jobs = Vec::new();
    for (name, tensor, to) in placed {
        if !tensor.is_contiguous() || tensor.storage.is_sequential() {
            jobs.push(Job {
                name,
                tensor: (*tensor).clone(),
                to: *to,
            });
            continue;
        }
        let mut done = 0_u64;
        while done < tensor.length {
            let length = tensor.length.saturating_sub(done).min(JOB);
            let part = StoredTensor {
                offset: tensor.offset.saturating_add(done),
                length,
                ..(*tensor).clone()
            };
            jobs.push(Job {
                name,
                tensor: part,
                to: to.saturating_add(done),
            });
            done = done.saturating_add(length);
        }
    }
    jobs
}

impl Job<'_> {
    fn run(self, start: u64, sink: &dyn Sink, budget: &Budget) -> Result<(), ConvertError> {
        budget.check_time()?;
        let mut to = start.saturating_add(self.to);
        let gathered = gather::bytes(&self.tensor, &mut |piece| {
            budget.check_time().map_err(io::Error::other)?;
            sink.write_at(to, piece)?;
            to = to.saturating_add(wide(piece.len()));
            Ok(())
        });
        gathered.map_err(|source| ConvertError::Tensor {
            name: self.name.to_owned(),
            source,
        })
    }
}
