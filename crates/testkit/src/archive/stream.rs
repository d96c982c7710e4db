//! Streams: gzip and zlib through a real compressor, the others as stored blocks, which every reader takes.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::zip::{crc32, deflated};

/// RFC 1952 without a name.
#[must_use]
pub fn gzip(content: &[u8]) -> Vec<u8> {
    gzip_named("", content)
}

/// RFC 1952 with a name in the header.
#[must_use]
pub fn gzip_named(name: &str, content: &[u8]) -> Vec<u8> {
    let mut out = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff".to_vec();
    if !name.is_empty() {
        out[3] = 8;
        out.extend(name.as_bytes());
        out.push(0);
    }
    out.extend(deflated(content));
    out.extend(crc32(content).to_le_bytes());
    out.extend((content.len() as u32).to_le_bytes());
    out
}

/// RFC 1950, compressed.
#[must_use]
pub fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

/// RFC 1950 with one stored block; at most 65,535 bytes.
#[must_use]
pub fn zlib_stored(content: &[u8]) -> Vec<u8> {
    let size = content.len() as u16;
    let mut out = vec![0x78, 0x01, 1];
    out.extend(size.to_le_bytes());
    out.extend((!size).to_le_bytes());
    out.extend(content);
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in content {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// An xz stream of one block with one uncompressed LZMA2 chunk and CRC-32; at most 65,536 bytes.
#[must_use]
pub fn xz_stored(content: &[u8]) -> Vec<u8> {
    let flags = [0, 1];
    let mut out = b"\xfd7zXZ\0".to_vec();
    out.extend(flags);
    out.extend(crc32(&flags).to_le_bytes());
    let block_at = out.len();
    // Header of 12 bytes: no sizes, one filter: LZMA2 with a dictionary of 64 KiB.
    let header = [2, 0, 0x21, 1, 8, 0, 0, 0];
    out.extend(header);
    out.extend(crc32(&header).to_le_bytes());
    if !content.is_empty() {
        out.push(1);
        out.extend((content.len() as u16).wrapping_sub(1).to_be_bytes());
        out.extend(content);
    }
    out.push(0);
    let unpadded = out.len() - block_at + 4;
    while !(out.len() - block_at).is_multiple_of(4) {
        out.push(0);
    }
    out.extend(crc32(content).to_le_bytes());
    let mut index = vec![0, 1];
    varint(&mut index, unpadded);
    varint(&mut index, content.len());
    index.resize(index.len().next_multiple_of(4), 0);
    out.extend(&index);
    out.extend(crc32(&index).to_le_bytes());
    let mut footer = ((index.len() + 4) as u32 / 4 - 1).to_le_bytes().to_vec();
    footer.extend(flags);
    out.extend(crc32(&footer).to_le_bytes());
    out.extend(footer);
    out.extend(b"YZ");
    out
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// An LZ4 frame of one stored block, without checksums; at most 64 KiB.
#[must_use]
pub fn lz4_frame(content: &[u8]) -> Vec<u8> {
    // Independent blocks of at most 64 KiB. 0x82 is the checksum of these two bytes: the second byte of xxHash32.
    let mut out = b"\x04\x22\x4d\x18\x60\x40\x82".to_vec();
    out.extend((content.len() as u32 | 1 << 31).to_le_bytes());
    out.extend(content);
    out.extend([0; 4]);
    out
}

/// A zstandard frame of one raw block, without a checksum; at most 128 KiB.
#[must_use]
pub fn zstd_raw(content: &[u8]) -> Vec<u8> {
    zstd_frame(&[(0, content.len(), content)])
}

/// A zstandard frame that repeats one byte: 4 bytes for every 128 KiB.
#[must_use]
pub fn zstd_rle(byte: u8, blocks: usize) -> Vec<u8> {
    let content = [byte];
    let block = (1, 128 * 1024, content.as_slice());
    zstd_frame(&vec![block; blocks])
}

/// A skippable frame of zstandard and LZ4.
#[must_use]
pub fn zstd_skippable(content: &[u8]) -> Vec<u8> {
    let mut out = b"\x50\x2a\x4d\x18".to_vec();
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    out
}

/// Blocks as (type, size, bytes), with a window of 1 MiB.
fn zstd_frame(blocks: &[(u32, usize, &[u8])]) -> Vec<u8> {
    let mut out = b"\x28\xb5\x2f\xfd\x00\x50".to_vec();
    for (index, (kind, size, bytes)) in blocks.iter().enumerate() {
        let is_last = u32::from(index + 1 == blocks.len());
        let header = is_last | kind << 1 | (*size as u32) << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(*bytes);
    }
    out
}
