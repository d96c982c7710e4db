//! Digests of files and folders: in parallel, with bounded memory, and never of something else than was asked.
//!
//! [`walk`] lists a model without leaving it, [`digest`] reads what was listed. Files are read in parallel, big ones also
//! within themselves: stretches each on their own, BLAKE3 by subtrees. Reading is positioned, in windows of
//! 256 KiB for each thread; nothing is mapped. A file that is another one than was listed, or changes while it is read, has no
//! digest. [`Cache`] remembers digests of files that the file system says are unchanged.
//!
//! What the digests are compared with is the business of `chainwright-oms`.

mod blake3_tree;
mod cache;
mod read;
mod stamp;
mod stream;
mod walk;

pub use cache::Cache;
pub use read::{Plan, Progress, digest};
pub use stamp::Stamp;
pub use stream::digest_stream;
pub use walk::{Found, Links, Tree, WalkError, Walking, walk};
