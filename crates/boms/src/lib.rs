//! Bills of materials: CycloneDX and SPDX written and read, validated, merged, compared and measured.
//!
//! The crate turns an inventory into documents and documents into an inventory; it scans nothing itself.
