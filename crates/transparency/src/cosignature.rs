//! What cosigners sign (c2sp.org/tlog-cosignature): a checkpoint together with a time.

use crate::checkpoint::Checkpoint;
use crate::decimal::MOST;
use crate::key::KeyName;

/// The length of a signature of ML-DSA-44.
pub(crate) const ML_DSA_44_BYTES: usize = 2420;

/// The first bytes of what ML-DSA-44 signs.
const SUBTREE: &[u8; 12] = b"subtree/v1\n\0";

/// Whether a cosignature can say this time.
pub(crate) fn is_time(time: u64) -> bool {
    time <= MOST
}

/// A signature with its time in front.
pub(crate) fn join(time: u64, signature: &[u8]) -> Vec<u8> {
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend_from_slice(signature);
    bytes
}

/// The time and the signature, if the time is one that may be said.
pub(crate) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    is_time(time).then_some((time, signature))
}

/// What Ed25519 signs: two lines, then the text of the checkpoint.
pub(crate) fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// What ML-DSA-44 signs; nothing if the text is no checkpoint or a name does not fit.
pub(crate) fn subtree_message(name: &KeyName, text: &str, time: u64) -> Option<Vec<u8>> {
    let checkpoint = Checkpoint::parse(text).ok()?;
    let mut message = SUBTREE.to_vec();
    let mut prefixed = |text: &str| {
        message.push(u8::try_from(text.len()).ok()?);
        message.extend_from_slice(text.as_bytes());
        Some(())
    };
    prefixed(name.as_str())?;
    let mut rest = time.to_be_bytes().to_vec();
    rest.push(u8::try_from(checkpoint.origin.len()).ok()?);
    rest.extend_from_slice(checkpoint.origin.as_bytes());
    rest.extend_from_slice(&0_u64.to_be_bytes());
    rest.extend_from_slice(&checkpoint.size.to_be_bytes());
    rest.extend_from_slice(&checkpoint.root.0);
    message.extend_from_slice(&rest);
    Some(message)
}
