//! The least headers that systems accept as programs. They hold no instructions: there is nothing to run in them.

/// A 64-bit ELF executable for x86-64 with one empty segment.
#[must_use]
pub fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(62_u16.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(0x40_0078_u64.to_le_bytes());
    bytes.extend(64_u64.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    for field in [64_u16, 56, 1, 64, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(4_u32.to_le_bytes());
    for field in [0_u64, 0x40_0000, 0x40_0000, 120, 120, 0x1000] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend([0; 64]);
    bytes
}

/// A 32-bit ELF library for ARM whose padding is not zero, as loaders allow.
#[must_use]
pub fn odd_elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x01\x01\x01\x03PADDING!".to_vec();
    bytes.extend(3_u16.to_le_bytes());
    bytes.extend(40_u16.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    for field in [0_u32, 52, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [52_u16, 32, 2, 40, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend([0; 128]);
    bytes
}

/// A 64-bit Windows executable with one empty section.
#[must_use]
pub fn pe() -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(0x3c, 0);
    bytes.extend(0x80_u32.to_le_bytes());
    bytes.resize(0x80, 0);
    bytes.extend(b"PE\0\0");
    bytes.extend(0x8664_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(240_u16.to_le_bytes());
    bytes.extend(0x22_u16.to_le_bytes());
    bytes.extend(0x20b_u16.to_le_bytes());
    bytes.resize(bytes.len() + 238, 0);
    bytes.extend(b".text\0\0\0");
    bytes.extend([0; 32]);
    bytes
}

/// A 64-bit Mach-O executable for ARM with one empty load command.
#[must_use]
pub fn mach_o() -> Vec<u8> {
    let mut bytes = b"\xcf\xfa\xed\xfe".to_vec();
    for field in [0x0100_000c_u32, 0, 2, 1, 24, 0, 0, 0x1b, 24] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend([0; 80]);
    bytes
}

/// A universal Mach-O that announces two processors.
#[must_use]
pub fn fat_mach_o() -> Vec<u8> {
    let mut bytes = b"\xca\xfe\xba\xbe".to_vec();
    for field in [
        2_u32,
        0x0100_0007,
        3,
        0x1000,
        64,
        12,
        0x0100_000c,
        0,
        0x2000,
        64,
        12,
    ] {
        bytes.extend(field.to_be_bytes());
    }
    bytes.extend([0; 64]);
    bytes
}

/// A shell script that only prints.
pub const SHELL: &[u8] = b"#!/bin/sh\necho chainwright-test\necho this script does nothing else\n";

/// A Python script that only prints.
pub const PYTHON: &[u8] =
    b"#!/usr/bin/env python3\nimport os\nimport subprocess\nprint('chainwright-test')\n";

/// Python text as it is hidden in tensors, without an interpreter line; the command is harmless.
pub const PYTHON_TEXT: &[u8] =
    b"import os, base64\nexec(base64.b64decode('cHJpbnQoMSk='))\nos.system('echo test')\n";
