//! A small writer of the protobuf wire format: fields in the order of the calls, nothing checked, so that fixtures
//! can hold what no schema allows. It knows no schema; builders of formats keep their field numbers.

/// A message under construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A message without fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// A field of type `uint32`, `uint64`, `bool` or an enum.
    #[must_use]
    pub fn varint(mut self, number: u32, value: u64) -> Self {
        self.tag(number, 0);
        write_varint(&mut self.bytes, value);
        self
    }

    /// A field of type `int32` or `int64`.
    #[must_use]
    pub fn signed(self, number: u32, value: i64) -> Self {
        self.varint(number, value.cast_unsigned())
    }

    /// A field of four bytes.
    #[must_use]
    pub fn fixed32(mut self, number: u32, value: u32) -> Self {
        self.tag(number, 5);
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// A field of type `float`.
    #[must_use]
    pub fn float(self, number: u32, value: f32) -> Self {
        self.fixed32(number, value.to_bits())
    }

    /// A field of eight bytes.
    #[must_use]
    pub fn fixed64(mut self, number: u32, value: u64) -> Self {
        self.tag(number, 1);
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// A field of type `bytes`.
    #[must_use]
    pub fn bytes(mut self, number: u32, value: &[u8]) -> Self {
        self.tag(number, 2);
        write_varint(&mut self.bytes, value.len() as u64);
        self.bytes.extend(value);
        self
    }

    /// A field of type `string`.
    #[must_use]
    pub fn text(self, number: u32, value: &str) -> Self {
        self.bytes(number, value.as_bytes())
    }

    /// A nested message.
    #[must_use]
    pub fn message(self, number: u32, value: impl Into<Vec<u8>>) -> Self {
        self.bytes(number, &value.into())
    }

    /// One nested message for each item.
    #[must_use]
    pub fn messages(self, number: u32, values: impl IntoIterator<Item = Self>) -> Self {
        values
            .into_iter()
            .fold(self, |whole, value| whole.message(number, value))
    }

    /// An entry of a field of type `map<string, …>`; the value is written by the caller as field 2.
    #[must_use]
    pub fn entry(self, number: u32, key: &str, value: impl FnOnce(Self) -> Self) -> Self {
        self.message(number, value(Self::new().text(1, key)))
    }

    /// A packed repeated field of variable-length numbers.
    #[must_use]
    pub fn packed(self, number: u32, values: &[u64]) -> Self {
        let mut packed = Vec::new();
        for value in values {
            write_varint(&mut packed, *value);
        }
        self.bytes(number, &packed)
    }

    /// A tag and a length that need not be true, without content.
    #[must_use]
    pub fn length_only(mut self, number: u32, length: u64) -> Self {
        self.tag(number, 2);
        write_varint(&mut self.bytes, length);
        self
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// The message in bytes.
    #[must_use]
    pub fn build(self) -> Vec<u8> {
        self.bytes
    }

    fn tag(&mut self, number: u32, kind: u64) {
        write_varint(&mut self.bytes, (u64::from(number) << 3) | kind);
    }
}

impl From<Message> for Vec<u8> {
    fn from(message: Message) -> Self {
        message.bytes
    }
}

/// Appends a variable-length number.
pub fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_specification_shows() {
        let message = Message::new().varint(1, 150).text(2, "testing");
        assert_eq!(
            message.build(),
            b"\x08\x96\x01\x12\x07testing",
            "the examples of the encoding guide"
        );
        let packed = Message::new().packed(6, &[3, 270, 86_942]);
        assert_eq!(packed.build(), b"\x32\x06\x03\x8e\x02\x9e\xa7\x05");
    }
}
