//! House rules, kept by tests: floors, purity, and no words that do not belong in the house.

mod floors;
mod purity;
