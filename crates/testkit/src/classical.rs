//! Builders for models of classical learning: boosters, PMML, skops, R, Torch7, MessagePack.
//!
//! Text formats are written out with their dangerous part as an argument; binary formats are assembled from small
//! pieces. The models are minimal and hold no weights worth mentioning. Nothing is compressed or put into archives.

pub mod boosters;
pub mod msgpack;
pub mod r;
pub mod text;
pub mod torch7;
