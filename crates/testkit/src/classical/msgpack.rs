//! Pieces of MessagePack: every function returns the bytes of one value.

fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("small fixtures").to_be_bytes()
}

/// A map with text keys.
#[must_use]
pub fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0xdf];
    out.extend(length(members.len()));
    for (key, value) in members {
        out.extend(text(key));
        out.extend(value);
    }
    out
}

/// An array.
#[must_use]
pub fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [&[0xdd][..], &length(items.len()), &items.concat()].concat()
}

/// A text.
#[must_use]
pub fn text(text: &str) -> Vec<u8> {
    [&[0xdb][..], &length(text.len()), text.as_bytes()].concat()
}

/// Binary data.
#[must_use]
pub fn binary(bytes: &[u8]) -> Vec<u8> {
    [&[0xc6][..], &length(bytes.len()), bytes].concat()
}

/// A whole number.
#[must_use]
pub fn integer(value: i64) -> Vec<u8> {
    [&[0xd3][..], &value.to_be_bytes()].concat()
}

/// An application type.
#[must_use]
pub fn extension(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xc9][..], &length(payload.len()), &[kind], payload].concat()
}

/// An array of numbers as Flax stores it.
#[must_use]
pub fn ndarray(shape: &[i64], dtype: &str, bytes: &[u8]) -> Vec<u8> {
    let shape: Vec<Vec<u8>> = shape.iter().map(|each| integer(*each)).collect();
    extension(1, &array(&[array(&shape), text(dtype), binary(bytes)]))
}

/// Parameters of one layer, as Flax stores them.
#[must_use]
pub fn flax(extra: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let layer = map(&[
        ("kernel", ndarray(&[2, 2], "float32", &[0; 16])),
        ("bias", ndarray(&[2], "bfloat16", &[0; 4])),
    ]);
    let mut members = vec![("params", map(&[("dense", layer)]))];
    members.extend(extra.iter().map(|(key, value)| (*key, value.clone())));
    map(&members)
}

/// An array or map that claims more than it holds; `mark` is `0xdd`, `0xdf`, `0xdb` or `0xc6`.
#[must_use]
pub fn lying(mark: u8) -> Vec<u8> {
    [&[mark][..], &u32::MAX.to_be_bytes()].concat()
}
