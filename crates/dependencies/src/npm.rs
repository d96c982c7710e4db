//! The npm ecosystem: `package.json`, and the lock files of npm, pnpm, yarn and Bun.

pub(crate) mod bun;
pub(crate) mod config;
pub(crate) mod lock;
pub(crate) mod manifest;
pub(crate) mod pnpm;
pub(crate) mod spec;
pub(crate) mod yarn;
