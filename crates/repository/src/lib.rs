//! The files around the weights: configuration, cards, indexes, references, secrets.
