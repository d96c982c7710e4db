//! Adapters: configuration against weights, what they touch and how strongly, and the screening for backdoors.
