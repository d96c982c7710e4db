//! Shared libraries of ELF with nothing but sections: nothing in them can run.

/// A 64-bit library with these sections, each of `filling` zeros, the names of sections, and their table at the end.
///
/// `.symtab` and `.dynamic` get their types by their names.
#[must_use]
pub fn library(sections: &[&str], filling: usize) -> Vec<u8> {
    let mut out = vec![0; 64];
    let mut names = vec![0_u8];
    let mut table = vec![0_u8; 64];
    let mut entry = |name: &str, kind: u32, offset: usize, size: usize, names: &mut Vec<u8>| {
        let mut row = vec![0_u8; 64];
        row[..4].copy_from_slice(&(names.len() as u32).to_le_bytes());
        row[4..8].copy_from_slice(&kind.to_le_bytes());
        row[24..32].copy_from_slice(&(offset as u64).to_le_bytes());
        row[32..40].copy_from_slice(&(size as u64).to_le_bytes());
        names.extend(name.bytes());
        names.push(0);
        table.extend(row);
    };
    for name in sections {
        let kind = match *name {
            ".symtab" => 2,
            ".dynamic" => 6,
            _ => 1,
        };
        entry(name, kind, out.len(), filling, &mut names);
        out.resize(out.len() + filling, 0);
    }
    let (offset, length) = (out.len(), names.len() + ".shstrtab".len() + 1);
    entry(".shstrtab", 3, offset, length, &mut names);
    out.extend(names);
    out.resize(out.len().next_multiple_of(8), 0);
    let count = (table.len() / 64) as u16;
    let header: [(usize, &[u8]); 7] = [
        (0, b"\x7fELF\x02\x01\x01"),
        (16, &3_u16.to_le_bytes()),
        (18, &62_u16.to_le_bytes()),
        (40, &(out.len() as u64).to_le_bytes()),
        (58, &64_u16.to_le_bytes()),
        (60, &count.to_le_bytes()),
        (62, &(count - 1).to_le_bytes()),
    ];
    for (at, bytes) in header {
        out[at..at + bytes.len()].copy_from_slice(bytes);
    }
    out.extend(table);
    out
}
