//! The labelled corpus, hostile bytes, and limits, through the public interface.

mod corpus;
mod robustness;
