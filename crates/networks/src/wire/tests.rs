use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError};
use chainwright_core::limits::Limits;
use chainwright_testkit::protobuf::Message as Writer;

use super::*;

/// A source that does not lie in memory.
#[derive(Debug)]
struct Remote(Vec<u8>);

impl ByteSource for Remote {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        self.0.read_at(offset, buffer)
    }
}

fn walk(bytes: &[u8]) -> (Vec<(u32, Value)>, Ending) {
    let remote = Remote(bytes.to_vec());
    let budget = Budget::untimed(Limits::default());
    let far = Wire::new(&remote, &budget);
    let mut fields = far.fields(far.whole());
    let list = fields.by_ref().map(|each| (each.number, each.value));
    let list: Vec<_> = list.collect();
    let head = Head(bytes);
    let near = Wire::over_head(&head);
    let again: Vec<_> = near
        .fields(near.whole())
        .map(|each| (each.number, each.value))
        .collect();
    assert_eq!(list, again, "a source in memory reads like any other");
    (list, fields.ending())
}

#[test]
fn every_wire_type_is_read() {
    let bytes = Writer::new()
        .varint(1, 300)
        .signed(2, -1)
        .fixed32(3, 7)
        .fixed64(4, 8)
        .text(5, "abc")
        .build();
    let (fields, ending) = walk(&bytes);
    assert_eq!(ending, Ending::Whole);
    assert_eq!(fields.len(), 5);
    assert_eq!(fields[0], (1, Value::Varint(300)));
    assert_eq!(fields[1], (2, Value::Varint(u64::MAX)));
    assert_eq!(fields[2], (3, Value::Fixed32(7)));
    assert_eq!(fields[3], (4, Value::Fixed64(8)));
    let Value::Bytes(text) = fields[4].1 else {
        panic!("a text has a length")
    };
    assert_eq!((text.length(), text.depth), (3, 1));
}

#[test]
fn groups_are_one_field() {
    // Field 1 as a group with a nested group 2, then field 3.
    let bytes = [0x0b, 0x13, 0x08, 0x05, 0x14, 0x0c, 0x18, 0x01];
    let (fields, ending) = walk(&bytes);
    assert_eq!(ending, Ending::Whole);
    assert!(matches!(fields[0], (1, Value::Group(inside)) if inside.length() == 4));
    assert_eq!(fields[1], (3, Value::Varint(1)));
    assert_eq!(walk(&[0x0b, 0x14]).1, Ending::Broken);
    assert_eq!(walk(&[0x0b, 0x08, 0x01]).1, Ending::Truncated);
    assert_eq!(walk(&[0x0b; 500]).1, Ending::Broken);
}

#[test]
fn broken_bytes_end_the_message_and_keep_what_was_read() {
    let cases: [(&[u8], usize, Ending); 7] = [
        (&[0x08, 0x01, 0x0f], 1, Ending::Broken),
        (&[0x00, 0x01], 0, Ending::Broken),
        (&[0x08, 0x80], 0, Ending::Truncated),
        (&[0xff; 11], 0, Ending::Broken),
        (&[0x0a, 0x05, b'a'], 1, Ending::Truncated),
        (&[0x0d, 0x01], 0, Ending::Truncated),
        (
            &[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ],
            1,
            Ending::Truncated,
        ),
    ];
    for (bytes, count, expected) in cases {
        let (fields, ending) = walk(bytes);
        assert_eq!((fields.len(), ending), (count, expected), "{bytes:?}");
    }
}

#[test]
fn depth_is_bounded_and_noted() {
    let mut writer = Writer::new().varint(2, 1);
    for _ in 0..150 {
        writer = Writer::new().message(1, writer);
    }
    let bytes = writer.build();
    let budget = Budget::untimed(Limits::default());
    let wire = Wire::new(&bytes, &budget);
    let mut message = wire.whole();
    let mut depth = 0;
    while let Some(inner) = wire.fields(message).find_map(|each| each.message()) {
        message = inner;
        depth += 1;
    }
    assert_eq!(depth, 101);
    let problems = wire.into_problems();
    assert_eq!(problems[0].kind, ProblemKind::LimitReached);
}

#[test]
fn numbers_are_read_packed_and_single() {
    let bytes = Writer::new().packed(1, &[1, 300, 0]).varint(1, 9).build();
    let head = Head(&bytes);
    let wire = Wire::over_head(&head);
    let numbers: Vec<u64> = wire
        .fields(wire.whole())
        .flat_map(|field| wire.numbers(field.value))
        .collect();
    assert_eq!(numbers, [1, 300, 0, 9]);
}

#[test]
fn an_interrupted_run_stops_and_says_so() {
    let bytes = Writer::new().varint(1, 1).build().repeat(10_000);
    let budget = Budget::new(Arc::default(), Arc::new(|| true));
    let wire = Wire::new(&bytes, &budget);
    assert!(wire.fields(wire.whole()).count() < 5_000);
    assert!(wire.is_stopped());
    assert_eq!(wire.into_problems()[0].kind, ProblemKind::LimitReached);
}

#[test]
fn texts_are_bounded_and_lossy() {
    let bytes = Writer::new().bytes(1, b"ab\xffcd").build();
    let head = Head(&bytes);
    let wire = Wire::over_head(&head);
    let text = wire.fields(wire.whole()).find_map(|each| each.message());
    assert_eq!(wire.text(text.expect("one field"), 4), "ab\u{fffd}c");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_walked_alike_from_memory_and_afar(bytes in proptest::collection::vec(0_u8.., 0..200)) {
        walk(&bytes);
    }
}
