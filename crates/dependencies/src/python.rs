//! The Python ecosystem: what pip, Poetry, PDM, uv, Pipenv, conda and pixi read and write.

pub(crate) mod conda;
pub(crate) mod config;
pub(crate) mod installed;
pub(crate) mod pdm;
pub(crate) mod pep508;
pub(crate) mod pipenv;
pub(crate) mod pixi;
pub(crate) mod poetry;
pub(crate) mod pylock;
pub(crate) mod pyproject;
pub(crate) mod requirements;
pub(crate) mod setup;
pub(crate) mod setup_py;
pub(crate) mod url;
pub(crate) mod uv;
