//! What to do with findings: gate, allow-list, baseline.
