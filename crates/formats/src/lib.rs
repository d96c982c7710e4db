//! Parsers for weight formats and content signatures: bytes in, facts and problems out.
//!
//! Everything here reads hostile input without panicking, without recursion that the input controls and without
//! allocating by a length that the input states. A parser reports what the reference reader of its format would
//! reject, and what that reader would pass over although no honest writer produces it; whether that is worth a
//! finding is decided by rules. Nothing here knows files, archives, pickles or templates: where one of those lies
//! inside a weight file, the facts carry its offset or its text so that the right parser can be asked.

pub mod carve;
pub mod elf;
pub mod executable;
pub mod flaw;
pub mod gguf;
pub mod json;
pub mod lfs;
pub mod npy;
pub mod safetensors;
pub mod sentencepiece;
pub mod signature;
pub mod signs;
