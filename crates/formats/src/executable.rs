//! Strict recognition of programs by their structure, so that four chance bytes are not a program.
//!
//! A header is accepted when the part that the operating system's loader insists on is sound; fields that loaders
//! ignore (ELF padding, class, version; DOS stub) are not looked at, since attackers may fill them as they like.
//! Nothing is disassembled and no section is read.
//!
//! Sources: System V ABI (ELF header, program header) and Linux `fs/binfmt_elf.c` for what is really checked;
//! Microsoft PE Format, "COFF File Header"; Apple `mach-o/loader.h` and `mach-o/fat.h`.

use serde::{Deserialize, Serialize};

use chainwright_core::fields::{Order, u16_le, u32_le, wide};

/// A kind of program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ExecutableKind {
    /// ELF: Linux, BSD, Android.
    Elf,
    /// PE: Windows.
    Pe,
    /// Mach-O: macOS, iOS.
    MachO,
    /// Mach-O for several processors in one file.
    MachOFat,
    /// A text with an interpreter line.
    Script,
}

impl ExecutableKind {
    /// The name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elf => "ELF program",
            Self::Pe => "Windows program",
            Self::MachO => "Mach-O program",
            Self::MachOFat => "universal Mach-O program",
            Self::Script => "script",
        }
    }
}

/// The program that starts at the first of these bytes. A few KiB suffice.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Option<ExecutableKind> {
    if is_elf(bytes) {
        Some(ExecutableKind::Elf)
    } else if is_pe(bytes) {
        Some(ExecutableKind::Pe)
    } else if is_mach_o(bytes) {
        Some(ExecutableKind::MachO)
    } else if is_fat_mach_o(bytes) {
        Some(ExecutableKind::MachOFat)
    } else if interpreter(bytes).is_some() {
        Some(ExecutableKind::Script)
    } else {
        None
    }
}

/// `EM_*` numbers of processors that programs are really made for.
const ELF_MACHINES: [u16; 22] = [
    2, 3, 8, 18, 20, 21, 22, 40, 42, 43, 50, 62, 183, 190, 224, 243, 247, 252, 258, 0x9026, 94, 164,
];

/// Whether an ELF program, library or object file starts here.
#[must_use]
pub fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF") && elf_header(bytes) == Some(true)
}

fn elf_header(bytes: &[u8]) -> Option<bool> {
    let is_wide = match bytes.get(4)? {
        1 => false,
        2 => true,
        _ => return Some(false),
    };
    let order = match bytes.get(5)? {
        1 => Order::Little,
        2 => Order::Big,
        _ => return Some(false),
    };
    let kind = order.u16(bytes, 16)?;
    if !matches!(kind, 1..=3) || !ELF_MACHINES.contains(&order.u16(bytes, 18)?) {
        return Some(false);
    }
    let (program_offset, program_size, program_count, section_size) = if is_wide {
        (
            order.u64(bytes, 32)?,
            order.u16(bytes, 54)?,
            order.u16(bytes, 56)?,
            order.u16(bytes, 58)?,
        )
    } else {
        (
            order.u32(bytes, 28)?.into(),
            order.u16(bytes, 42)?,
            order.u16(bytes, 44)?,
            order.u16(bytes, 46)?,
        )
    };
    let expected_program_size = if is_wide { 56 } else { 32 };
    let expected_section_size = if is_wide { 64 } else { 40 };
    let has_programs = program_size == expected_program_size
        && (1..=512).contains(&program_count)
        && (4..1 << 32).contains(&program_offset);
    let is_object = kind == 1 && section_size == expected_section_size;
    Some(has_programs || is_object)
}

/// `IMAGE_FILE_MACHINE_*` numbers of processors that Windows and UEFI run on.
const PE_MACHINES: [u16; 14] = [
    0x014c, 0x0166, 0x01c0, 0x01c2, 0x01c4, 0x0200, 0x0ebc, 0x5032, 0x5064, 0x6232, 0x6264, 0x8664,
    0xa641, 0xaa64,
];

/// Whether a Windows program or library starts here: a DOS header that leads to a sound PE header.
#[must_use]
pub fn is_pe(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"MZ") {
        return false;
    }
    u32_le(bytes, 0x3c)
        .and_then(|offset| bytes.get(usize::try_from(offset).ok()?..))
        .is_some_and(is_pe_header)
}

/// Whether a sound PE header (without its DOS header) starts here.
#[must_use]
pub fn is_pe_header(bytes: &[u8]) -> bool {
    let sound = || {
        let machine = u16_le(bytes, 4)?;
        let sections = u16_le(bytes, 6)?;
        let optional_size = u16_le(bytes, 20)?;
        let optional_magic = u16_le(bytes, 24)?;
        Some(
            PE_MACHINES.contains(&machine)
                && (1..=96).contains(&sections)
                && (28..=1024).contains(&optional_size)
                && matches!(optional_magic, 0x10b | 0x20b),
        )
    };
    bytes.starts_with(b"PE\0\0") && sound() == Some(true)
}

/// Whether a DOS header at `start` of `bytes` leads to exactly `pe_offset`.
pub(crate) fn dos_header_leads_to(bytes: &[u8], start: usize, pe_offset: usize) -> bool {
    let Some(header) = bytes.get(start..) else {
        return false;
    };
    header.starts_with(b"MZ")
        && u32_le(header, 0x3c)
            .is_some_and(|lfanew| wide(start).checked_add(lfanew.into()) == Some(wide(pe_offset)))
}

/// x86, x86-64, ARM, ARM64, ARM64_32, PowerPC, PowerPC64.
const MACH_PROCESSORS: [u32; 7] = [
    7,
    0x0100_0007,
    12,
    0x0100_000c,
    0x0200_000c,
    18,
    0x0100_0012,
];

/// Whether a Mach-O program or library for one processor starts here.
#[must_use]
pub fn is_mach_o(bytes: &[u8]) -> bool {
    let (order, header_size) = match bytes.get(..4) {
        Some(b"\xce\xfa\xed\xfe") => (Order::Little, 28),
        Some(b"\xcf\xfa\xed\xfe") => (Order::Little, 32),
        Some(b"\xfe\xed\xfa\xce") => (Order::Big, 28),
        Some(b"\xfe\xed\xfa\xcf") => (Order::Big, 32),
        _ => return false,
    };
    let sound = || {
        let commands = order.u32(bytes, 16)?;
        let commands_size = order.u32(bytes, 20)?;
        let first_command = order.u32(bytes, header_size)? & 0x7fff_ffff;
        let first_size = order.u32(bytes, header_size.checked_add(4)?)?;
        Some(
            MACH_PROCESSORS.contains(&order.u32(bytes, 4)?)
                && (1..=12).contains(&order.u32(bytes, 12)?)
                && (1..=4096).contains(&commands)
                && commands_size >= commands.checked_mul(8)?
                && (1..=0x60).contains(&first_command)
                && first_size >= 8
                && first_size % 4 == 0
                && first_size <= commands_size,
        )
    };
    sound() == Some(true)
}

/// Whether a universal Mach-O starts here. Java classes share the magic; their version stands where the number of
/// processors stands, and is at least 45.
#[must_use]
pub fn is_fat_mach_o(bytes: &[u8]) -> bool {
    let (is_wide, known) = match bytes.get(..4) {
        Some(b"\xca\xfe\xba\xbe") => (false, true),
        Some(b"\xca\xfe\xba\xbf") => (true, true),
        _ => (false, false),
    };
    let sound = || {
        let count = Order::Big.u32(bytes, 4)?;
        let processor = Order::Big.u32(bytes, 8)?;
        let offset = if is_wide {
            Order::Big.u64(bytes, 16)?
        } else {
            Order::Big.u32(bytes, 16)?.into()
        };
        Some((1..=30).contains(&count) && MACH_PROCESSORS.contains(&processor) && offset >= 28)
    };
    known && sound() == Some(true)
}

const INTERPRETERS: [&str; 22] = [
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "csh",
    "tcsh",
    "fish",
    "ash",
    "env",
    "python",
    "perl",
    "ruby",
    "node",
    "php",
    "pwsh",
    "lua",
    "awk",
    "gawk",
    "sed",
    "expect",
    "osascript",
];

/// The interpreter that a text's first line names: `bash` for `#!/bin/bash -e`; for `env` what it runs.
#[must_use]
pub fn interpreter(bytes: &[u8]) -> Option<String> {
    let line = bytes.strip_prefix(b"#!")?;
    let line = line.get(..line.iter().take(256).position(|byte| *byte == b'\n')?)?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_whitespace();
    let path = words.next()?;
    let program = path.rsplit('/').next()?;
    let name =
        program.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    if !path.starts_with('/') || !INTERPRETERS.contains(&name) {
        return None;
    }
    match (name, words.find(|word| !word.starts_with('-'))) {
        ("env", Some(run)) => Some(run.to_owned()),
        _ => Some(program.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf64(kind: u16, machine: u16, program_size: u16, program_count: u16) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend(kind.to_le_bytes());
        bytes.extend(machine.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.resize(32, 0);
        bytes.extend(64_u64.to_le_bytes());
        bytes.resize(54, 0);
        bytes.extend(program_size.to_le_bytes());
        bytes.extend(program_count.to_le_bytes());
        bytes.resize(120, 0);
        bytes
    }

    #[test]
    fn a_magic_without_structure_is_no_program() {
        assert_eq!(recognise(&elf64(2, 62, 56, 1)), Some(ExecutableKind::Elf));
        for bytes in [
            elf64(2, 62, 55, 1),
            elf64(9, 62, 56, 1),
            elf64(2, 0x4242, 56, 1),
            elf64(2, 62, 56, 0),
            b"\x7fELF".to_vec(),
            b"MZ".to_vec(),
            [b"MZ".as_slice(), &[0x41; 200]].concat(),
            b"\xcf\xfa\xed\xfe\x01\x02\x03\x04".to_vec(),
            b"\xca\xfe\xba\xbe\x00\x00\x00\x41\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                .to_vec(),
            b"#! not a path\n".to_vec(),
            b"#!/usr/bin/unknown\n".to_vec(),
            b"#!/bin/sh without an end".to_vec(),
        ] {
            assert_eq!(recognise(&bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn the_interpreter_behind_env_is_named() {
        assert_eq!(interpreter(b"#!/bin/bash -e\n").as_deref(), Some("bash"));
        assert_eq!(
            interpreter(b"#! /usr/bin/env -S python3 -u\n").as_deref(),
            Some("python3")
        );
        assert_eq!(
            interpreter(b"#!/usr/bin/python3.11\n").as_deref(),
            Some("python3.11")
        );
        assert_eq!(interpreter(b"#![allow(dead_code)]\n"), None);
    }

    #[test]
    fn fields_that_loaders_ignore_do_not_hide_a_program() {
        let mut bytes = elf64(3, 183, 56, 9);
        bytes[6..16].fill(0xff);
        assert!(is_elf(&bytes), "loaders ignore the padding");
    }
}
