//! The opcodes of protocols 0 to 5 by their names in CPython's `pickle` module.

/// `MARK` of `pickletools`.
pub const MARK: u8 = b'(';
/// `STOP` of `pickletools`.
pub const STOP: u8 = b'.';
/// `POP` of `pickletools`.
pub const POP: u8 = b'0';
/// `POP_MARK` of `pickletools`.
pub const POP_MARK: u8 = b'1';
/// `DUP` of `pickletools`.
pub const DUP: u8 = b'2';
/// `FLOAT` of `pickletools`.
pub const FLOAT: u8 = b'F';
/// `INT` of `pickletools`.
pub const INT: u8 = b'I';
/// `BININT` of `pickletools`.
pub const BININT: u8 = b'J';
/// `BININT1` of `pickletools`.
pub const BININT1: u8 = b'K';
/// `LONG` of `pickletools`.
pub const LONG: u8 = b'L';
/// `BININT2` of `pickletools`.
pub const BININT2: u8 = b'M';
/// `NONE` of `pickletools`.
pub const NONE: u8 = b'N';
/// `PERSID` of `pickletools`.
pub const PERSID: u8 = b'P';
/// `BINPERSID` of `pickletools`.
pub const BINPERSID: u8 = b'Q';
/// `REDUCE` of `pickletools`.
pub const REDUCE: u8 = b'R';
/// `STRING` of `pickletools`.
pub const STRING: u8 = b'S';
/// `BINSTRING` of `pickletools`.
pub const BINSTRING: u8 = b'T';
/// `SHORT_BINSTRING` of `pickletools`.
pub const SHORT_BINSTRING: u8 = b'U';
/// `UNICODE` of `pickletools`.
pub const UNICODE: u8 = b'V';
/// `BINUNICODE` of `pickletools`.
pub const BINUNICODE: u8 = b'X';
/// `APPEND` of `pickletools`.
pub const APPEND: u8 = b'a';
/// `BUILD` of `pickletools`.
pub const BUILD: u8 = b'b';
/// `GLOBAL` of `pickletools`.
pub const GLOBAL: u8 = b'c';
/// `DICT` of `pickletools`.
pub const DICT: u8 = b'd';
/// `EMPTY_DICT` of `pickletools`.
pub const EMPTY_DICT: u8 = b'}';
/// `APPENDS` of `pickletools`.
pub const APPENDS: u8 = b'e';
/// `GET` of `pickletools`.
pub const GET: u8 = b'g';
/// `BINGET` of `pickletools`.
pub const BINGET: u8 = b'h';
/// `INST` of `pickletools`.
pub const INST: u8 = b'i';
/// `LONG_BINGET` of `pickletools`.
pub const LONG_BINGET: u8 = b'j';
/// `LIST` of `pickletools`.
pub const LIST: u8 = b'l';
/// `EMPTY_LIST` of `pickletools`.
pub const EMPTY_LIST: u8 = b']';
/// `OBJ` of `pickletools`.
pub const OBJ: u8 = b'o';
/// `PUT` of `pickletools`.
pub const PUT: u8 = b'p';
/// `BINPUT` of `pickletools`.
pub const BINPUT: u8 = b'q';
/// `LONG_BINPUT` of `pickletools`.
pub const LONG_BINPUT: u8 = b'r';
/// `SETITEM` of `pickletools`.
pub const SETITEM: u8 = b's';
/// `TUPLE` of `pickletools`.
pub const TUPLE: u8 = b't';
/// `EMPTY_TUPLE` of `pickletools`.
pub const EMPTY_TUPLE: u8 = b')';
/// `SETITEMS` of `pickletools`.
pub const SETITEMS: u8 = b'u';
/// `BINFLOAT` of `pickletools`.
pub const BINFLOAT: u8 = b'G';
/// `PROTO` of `pickletools`.
pub const PROTO: u8 = 0x80;
/// `NEWOBJ` of `pickletools`.
pub const NEWOBJ: u8 = 0x81;
/// `EXT1` of `pickletools`.
pub const EXT1: u8 = 0x82;
/// `EXT2` of `pickletools`.
pub const EXT2: u8 = 0x83;
/// `EXT4` of `pickletools`.
pub const EXT4: u8 = 0x84;
/// `TUPLE1` of `pickletools`.
pub const TUPLE1: u8 = 0x85;
/// `TUPLE2` of `pickletools`.
pub const TUPLE2: u8 = 0x86;
/// `TUPLE3` of `pickletools`.
pub const TUPLE3: u8 = 0x87;
/// `NEWTRUE` of `pickletools`.
pub const NEWTRUE: u8 = 0x88;
/// `NEWFALSE` of `pickletools`.
pub const NEWFALSE: u8 = 0x89;
/// `LONG1` of `pickletools`.
pub const LONG1: u8 = 0x8a;
/// `LONG4` of `pickletools`.
pub const LONG4: u8 = 0x8b;
/// `BINBYTES` of `pickletools`.
pub const BINBYTES: u8 = b'B';
/// `SHORT_BINBYTES` of `pickletools`.
pub const SHORT_BINBYTES: u8 = b'C';
/// `SHORT_BINUNICODE` of `pickletools`.
pub const SHORT_BINUNICODE: u8 = 0x8c;
/// `BINUNICODE8` of `pickletools`.
pub const BINUNICODE8: u8 = 0x8d;
/// `BINBYTES8` of `pickletools`.
pub const BINBYTES8: u8 = 0x8e;
/// `EMPTY_SET` of `pickletools`.
pub const EMPTY_SET: u8 = 0x8f;
/// `ADDITEMS` of `pickletools`.
pub const ADDITEMS: u8 = 0x90;
/// `FROZENSET` of `pickletools`.
pub const FROZENSET: u8 = 0x91;
/// `NEWOBJ_EX` of `pickletools`.
pub const NEWOBJ_EX: u8 = 0x92;
/// `STACK_GLOBAL` of `pickletools`.
pub const STACK_GLOBAL: u8 = 0x93;
/// `MEMOIZE` of `pickletools`.
pub const MEMOIZE: u8 = 0x94;
/// `FRAME` of `pickletools`.
pub const FRAME: u8 = 0x95;
/// `BYTEARRAY8` of `pickletools`.
pub const BYTEARRAY8: u8 = 0x96;
/// `NEXT_BUFFER` of `pickletools`.
pub const NEXT_BUFFER: u8 = 0x97;
/// `READONLY_BUFFER` of `pickletools`.
pub const READONLY_BUFFER: u8 = 0x98;

/// How the argument of an opcode is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No argument.
    Bare,
    /// A fixed number of bytes.
    Fixed(u64),
    /// A text line.
    Line,
    /// Two text lines.
    TwoLines,
    /// A little-endian length of that many bytes, then the content.
    Counted(u64),
}

/// The argument of an opcode, or `None` for a byte that is no opcode.
#[must_use]
pub const fn shape(opcode: u8) -> Option<Shape> {
    Some(match opcode {
        MARK | STOP | POP | POP_MARK | DUP | NONE | BINPERSID | REDUCE | APPEND | BUILD | DICT
        | EMPTY_DICT | APPENDS | LIST | EMPTY_LIST | OBJ | SETITEM | TUPLE | EMPTY_TUPLE
        | SETITEMS | NEWOBJ | TUPLE1 | TUPLE2 | TUPLE3 | NEWTRUE | NEWFALSE | EMPTY_SET
        | ADDITEMS | FROZENSET | NEWOBJ_EX | STACK_GLOBAL | MEMOIZE | NEXT_BUFFER
        | READONLY_BUFFER => Shape::Bare,
        FLOAT | INT | LONG | PERSID | STRING | UNICODE | GET | PUT => Shape::Line,
        GLOBAL | INST => Shape::TwoLines,
        BININT | LONG_BINGET | LONG_BINPUT | EXT4 => Shape::Fixed(4),
        BININT2 | EXT2 => Shape::Fixed(2),
        BININT1 | BINGET | BINPUT | EXT1 | PROTO => Shape::Fixed(1),
        BINFLOAT | FRAME => Shape::Fixed(8),
        SHORT_BINSTRING | SHORT_BINBYTES | SHORT_BINUNICODE | LONG1 => Shape::Counted(1),
        BINSTRING | BINBYTES | BINUNICODE | LONG4 => Shape::Counted(4),
        BINUNICODE8 | BINBYTES8 | BYTEARRAY8 => Shape::Counted(8),
        _ => return None,
    })
}
