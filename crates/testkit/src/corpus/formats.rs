//! Weight formats and content that is not what its name says: lies in headers, stowaways behind and inside
//! tensors, programs under the names of models; and what honest writers really produce.

use super::{Case, Label};

mod embedded;
mod gguf;
mod names;
mod npy;
pub mod programs;
mod safetensors;

/// Every case.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        safetensors::cases(),
        gguf::cases(),
        npy::cases(),
        embedded::cases(),
        names::cases(),
    ]
    .concat()
}

/// A pickle of protocol 0 that would call `os.system` with a harmless `echo`.
pub const CALLING_PICKLE: &[u8] = b"cos\nsystem\n(S'echo chainwright-test'\ntR.";

/// The same call in protocol 4, as Python writes it.
#[must_use]
pub fn framed_pickle() -> Vec<u8> {
    let body = b"\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x14echo chainwright-test\x94\x85\x94R\x94.";
    let mut pickle = b"\x80\x04\x95".to_vec();
    pickle.extend((body.len() as u64).to_le_bytes());
    pickle.extend_from_slice(body);
    pickle
}

/// A zip with one stored member, complete with its central directory.
#[must_use]
pub fn small_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        crc.sum()
    };
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58];
    common.extend(crc.to_le_bytes());
    common.extend(size.to_le_bytes());
    common.extend(size.to_le_bytes());
    common.extend(name_length.to_le_bytes());
    common.extend([0, 0]);
    let mut zip = [b"PK\x03\x04".as_slice(), &common, name.as_bytes(), content].concat();
    let directory = u32::try_from(zip.len()).unwrap_or(u32::MAX);
    zip.extend(b"PK\x01\x02\x14\0");
    zip.extend(&common);
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let directory_size = u32::try_from(zip.len()).unwrap_or(u32::MAX) - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(directory_size.to_le_bytes());
    zip.extend(directory.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// Weights that look trained: small floats of both signs, always the same ones.
#[must_use]
pub fn weights(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let [low, high, ..] = state.to_le_bytes();
            let centred = f32::from(i16::from_le_bytes([low, high])) / 32768.0;
            (centred * 0.05).to_le_bytes()
        })
        .collect()
}

fn malicious(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Malicious, file, bytes)
}

fn benign(class: &'static str, name: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case::single(class, name, Label::Benign, file, bytes)
}
