//! 7-Zip archives of stored members, with an uncompressed directory.

use super::zip::crc32;

/// An archive of files, every one in a block of its own. Names are written as they are.
#[must_use]
pub fn seven_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let header = header(files);
    let packed: Vec<u8> = files
        .iter()
        .flat_map(|(_, content)| content.to_vec())
        .collect();
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((header.len() as u64).to_le_bytes());
    start.extend(crc32(&header).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    out.extend(crc32(&start).to_le_bytes());
    out.extend(start);
    out.extend(packed);
    out.extend(header);
    out
}

/// The ids are those of 7-Zip's `7zFormat.txt`.
fn header(files: &[(&str, &[u8])]) -> Vec<u8> {
    let with_content: Vec<&(&str, &[u8])> = files
        .iter()
        .filter(|(_, content)| !content.is_empty())
        .collect();
    let mut out = vec![0x01];
    if !with_content.is_empty() {
        out.push(0x04);
        out.extend([0x06, 0]);
        number(&mut out, with_content.len());
        out.push(0x09);
        for (_, content) in &with_content {
            number(&mut out, content.len());
        }
        out.push(0);
        out.extend([0x07, 0x0b]);
        number(&mut out, with_content.len());
        out.push(0);
        for _ in &with_content {
            // One coder: copy.
            out.extend([1, 1, 0]);
        }
        out.push(0x0c);
        for (_, content) in &with_content {
            number(&mut out, content.len());
        }
        out.extend([0, 0x08, 0x0a, 1]);
        for (_, content) in &with_content {
            out.extend(crc32(content).to_le_bytes());
        }
        out.extend([0, 0]);
    }
    out.push(0x05);
    number(&mut out, files.len());
    if with_content.len() < files.len() {
        let mut bits = vec![0_u8; files.len().div_ceil(8)];
        for (index, _) in files
            .iter()
            .enumerate()
            .filter(|(_, file)| file.1.is_empty())
        {
            bits[index / 8] |= 0x80 >> (index % 8);
        }
        out.push(0x0e);
        number(&mut out, bits.len());
        out.extend(&bits);
        // Empty files rather than folders.
        let empty = files.len() - with_content.len();
        let bits = vec![0xff_u8; empty.div_ceil(8)];
        out.push(0x0f);
        number(&mut out, bits.len());
        out.extend(bits);
    }
    let mut names = vec![0_u8];
    for (name, _) in files {
        let units = name.encode_utf16().chain([0]);
        names.extend(units.flat_map(u16::to_le_bytes));
    }
    out.push(0x11);
    number(&mut out, names.len());
    out.extend(names);
    out.extend([0, 0]);
    out
}

/// 7z's variable-length number, for values below 2^21.
fn number(out: &mut Vec<u8>, value: usize) {
    match value {
        0..0x80 => out.push(value as u8),
        0x80..0x4000 => out.extend([0x80 | (value >> 8) as u8, value as u8]),
        _ => out.extend([0xc0 | (value >> 16) as u8, value as u8, (value >> 8) as u8]),
    }
}
