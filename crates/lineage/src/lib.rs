//! What one model owes another: differences, descent, edits.
//!
//! [`compare`] measures how a model differs from its base, tensor by tensor, and answers with facts. [`judge`] says
//! what they mean, with or without a claim of how the model was made. [`fingerprint`] keeps what is needed to recognise
//! a base without its file.
//!
//! Nothing here runs a model: what it learned or unlearned is seen only as far as weights show it. Tensors come from
//! the caller; this crate reads no files.

mod compare;
mod facts;
mod fingerprint;
mod judge;
mod measure;
mod moved;
mod names;
mod pairing;
mod rounding;
mod spectra;
mod spectrum;
mod sums;
mod view;
mod walk;

pub use compare::compare;
pub use facts::{
    Comparison, Grid, Line, Lines, Lone, Moved, Options, Role, Spectrum, Steps, TensorDelta,
};
pub use fingerprint::{Fingerprint, Likeness, Relatedness, Signs, Term, VERSION, fingerprint};
pub use judge::{Claim, Judgement, JudgementKind, Relation, infer, judge};
