//! Where bytes come from: folders and files, and repositories on a hub when a target asks for one.
//!
//! Nothing here looks at what the bytes mean. A source never writes, never follows a link out of a folder
//! that it walks, and opens nothing but regular files.

pub mod exclude;
pub mod file;
pub mod folder;
pub mod walk;

pub use exclude::Exclude;
pub use file::FileSource;
pub use folder::Folder;
pub use walk::{FoundFile, Link, Passed, Stamp, Visit, WalkError, walk};
