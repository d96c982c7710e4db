//! Models of classical learning and scientific languages: boosters, PMML, skops, R, Torch7, MessagePack.
