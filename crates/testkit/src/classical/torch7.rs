//! Pieces of Lua Torch files in binary form.

fn int(value: i32) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn size(value: usize) -> Vec<u8> {
    int(i32::try_from(value).expect("small fixtures"))
}

/// A number.
#[must_use]
pub fn number(value: f64) -> Vec<u8> {
    [int(1), value.to_le_bytes().to_vec()].concat()
}

/// A text.
#[must_use]
pub fn text(text: &str) -> Vec<u8> {
    [int(2), size(text.len()), text.as_bytes().to_vec()].concat()
}

/// A table with a stated number of members.
#[must_use]
pub fn counted_table(index: i32, count: i32, members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let members: Vec<u8> = members
        .iter()
        .flat_map(|(key, value)| [key.clone(), value.clone()].concat())
        .collect();
    [int(3), int(index), int(count), members].concat()
}

/// An object of a class, numbered `index`, with what its reader takes.
#[must_use]
pub fn object(index: i32, class: &str, content: &[u8]) -> Vec<u8> {
    let name = [size(class.len()), class.as_bytes().to_vec()].concat();
    [
        int(4),
        int(index),
        size(3),
        b"V 1".to_vec(),
        name,
        content.to_vec(),
    ]
    .concat()
}

/// A function: `tag` 6, 7 or 8, its code, and no captured variables.
#[must_use]
pub fn function(tag: i32, index: i32, code: &[u8]) -> Vec<u8> {
    [
        int(tag),
        int(index),
        size(code.len()),
        code.to_vec(),
        int(0),
    ]
    .concat()
}

/// A storage of floats that claims `count` of them.
#[must_use]
pub fn storage(index: i32, count: i64, floats: &[f32]) -> Vec<u8> {
    let bytes: Vec<u8> = floats.iter().flat_map(|each| each.to_le_bytes()).collect();
    object(
        index,
        "torch.FloatStorage",
        &[count.to_le_bytes().to_vec(), bytes].concat(),
    )
}

/// A tensor of one dimension over a storage.
#[must_use]
pub fn tensor(index: i32, length: i64, stride: i64, storage: &[u8]) -> Vec<u8> {
    let content = [
        int(1),
        length.to_le_bytes().to_vec(),
        stride.to_le_bytes().to_vec(),
        1_i64.to_le_bytes().to_vec(),
        storage.to_vec(),
    ]
    .concat();
    object(index, "torch.FloatTensor", &content)
}

/// A layer with a weight.
#[must_use]
pub fn layer(extra: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut members = vec![(text("weight"), tensor(3, 4, 1, &storage(4, 4, &[0.0; 4])))];
    members.extend(extra.iter().cloned());
    let count = i32::try_from(members.len()).expect("few members");
    object(1, "nn.Linear", &counted_table(2, count, &members))
}

/// A layer without weights, numbered `index` and the one behind it.
#[must_use]
pub fn layer_at(index: i32) -> Vec<u8> {
    object(
        index,
        "nn.ReLU",
        &counted_table(index + 1, 1, &[(text("inplace"), number(0.0))]),
    )
}
