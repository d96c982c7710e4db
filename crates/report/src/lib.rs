//! Reports for people and programs, translated from one scan result.
