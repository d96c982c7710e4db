//! Flatbuffers from a tree of fields. Every slot takes eight bytes, so that nothing has to be aligned twice.

/// A value of a field.
#[derive(Debug, Clone)]
pub enum Flat {
    /// One byte.
    U8(u8),
    /// Four bytes.
    U32(u32),
    /// Four bytes with a sign.
    I32(i32),
    /// Eight bytes.
    U64(u64),
    /// A text.
    Text(String),
    /// A list of bytes.
    Bytes(Vec<u8>),
    /// A list of numbers.
    I32s(Vec<i32>),
    /// A list of large numbers.
    U64s(Vec<u64>),
    /// A list of structs: their bytes, and how many each takes.
    Structs(Vec<u8>, usize),
    /// A table: numbers and values of its fields.
    Table(Vec<(u16, Self)>),
    /// A list of tables.
    Tables(Vec<Self>),
    /// An offset as it stands, wherever it leads.
    Offset(u32),
    /// A list whose stated length is a lie.
    Lie(u32),
}

/// A file with an identifier; `header` stands between it and the first table.
#[must_use]
pub fn file(identifier: [u8; 4], root: &[(u16, Flat)], header: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend(identifier);
    out.extend(header);
    let at = table(&mut out, root);
    patch(&mut out, 0, at);
    out
}

fn table(out: &mut Vec<u8>, fields: &[(u16, Flat)]) -> usize {
    let slots = fields
        .iter()
        .map(|(number, _)| number + 1)
        .max()
        .unwrap_or(0);
    out.resize(out.len().next_multiple_of(8), 0);
    let vtable = out.len();
    let length = 4 + 2 * usize::from(slots);
    let start = (vtable + length).next_multiple_of(8);
    let size = 8 + 8 * fields.len();
    let mut offsets = vec![0_u16; usize::from(slots)];
    for (index, (number, _)) in fields.iter().enumerate() {
        offsets[usize::from(*number)] = u16::try_from(8 + 8 * index).unwrap_or(0);
    }
    for number in [length, size] {
        out.extend(u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes());
    }
    offsets
        .iter()
        .for_each(|each| out.extend(each.to_le_bytes()));
    out.resize(start, 0);
    let back = u32::try_from(start - vtable).unwrap_or(u32::MAX);
    out.extend(back.to_le_bytes());
    out.resize(start + size, 0);
    for (index, (_, value)) in fields.iter().enumerate() {
        put(out, start + 8 + 8 * index, value);
    }
    start
}

/// Writes a value into its slot, or behind everything with an offset in the slot.
fn put(out: &mut Vec<u8>, slot: usize, value: &Flat) {
    let inline =
        |out: &mut Vec<u8>, bytes: &[u8]| out[slot..slot + bytes.len()].copy_from_slice(bytes);
    match value {
        Flat::U8(number) => inline(out, &[*number]),
        Flat::U32(number) | Flat::Offset(number) => inline(out, &number.to_le_bytes()),
        Flat::I32(number) => inline(out, &number.to_le_bytes()),
        Flat::U64(number) => inline(out, &number.to_le_bytes()),
        Flat::Text(text) => {
            list(out, slot, text.len(), text.as_bytes());
            out.push(0);
        }
        Flat::Bytes(bytes) => list(out, slot, bytes.len(), bytes),
        Flat::I32s(numbers) => {
            let bytes: Vec<u8> = numbers.iter().flat_map(|each| each.to_le_bytes()).collect();
            list(out, slot, numbers.len(), &bytes);
        }
        Flat::U64s(numbers) => {
            let bytes: Vec<u8> = numbers.iter().flat_map(|each| each.to_le_bytes()).collect();
            list(out, slot, numbers.len(), &bytes);
        }
        Flat::Structs(bytes, width) => list(out, slot, bytes.len() / width, bytes),
        Flat::Lie(length) => list(
            out,
            slot,
            usize::try_from(*length).unwrap_or(usize::MAX),
            &[0; 8],
        ),
        Flat::Table(fields) => {
            let at = table(out, fields);
            patch(out, slot, at);
        }
        Flat::Tables(tables) => {
            list(out, slot, tables.len(), &vec![0; 4 * tables.len()]);
            let first = out.len() - 4 * tables.len();
            for (index, each) in tables.iter().enumerate() {
                put(out, first + 4 * index, each);
            }
        }
    }
}

fn list(out: &mut Vec<u8>, slot: usize, count: usize, bytes: &[u8]) {
    out.resize(out.len().next_multiple_of(8) + 4, 0);
    let at = out.len();
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
    patch(out, slot, at);
}

fn patch(out: &mut [u8], slot: usize, to: usize) {
    let offset = u32::try_from(to - slot).unwrap_or(u32::MAX);
    out[slot..slot + 4].copy_from_slice(&offset.to_le_bytes());
}
