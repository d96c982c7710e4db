//! Manifests and lock files: which packages a project declares, which were resolved, and from where.
//!
//! The crate reads text that it is given. It resolves nothing, fetches nothing and runs no build.
