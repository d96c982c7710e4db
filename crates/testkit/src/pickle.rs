//! A pickle assembler: bytes that load like Python objects, written by hand.
//!
//! Two ways in. [`Assembler`] is for fixtures made in Rust. [`from_recipe`] reads text with one opcode on each line, named as
//! in `pickletools`:
//!
//! ```text
//! PROTO 4
//! SHORT_BINUNICODE 'os'
//! SHORT_BINUNICODE 'system'
//! STACK_GLOBAL
//! SHORT_BINUNICODE 'id'
//! TUPLE1
//! REDUCE
//! STOP
//! ```
//!
//! - Numbers are decimal or `0x…`; strings stand in single quotes with the escapes `\n`, `\r`, `\t`, `\\`, `\'` and `\xHH`
//!   (a character below 256 for text, a byte for bytes).
//! - Lengths are counted; `@N` before the string lies about it: `BINUNICODE @99 'short'`.
//! - `GLOBAL os system` and `INST os system` take two words; `FRAME 12` takes the length.
//! - `BINBYTES {` opens a block whose lines, up to `}`, are assembled into the literal: a pickle in a pickle.
//! - `RAW 00ff` puts hexadecimal bytes, `REPEAT 1000 NONE` repeats an opcode, `#` begins a comment line.
//!
//! Nothing is checked: broken streams are the point. Nothing is ever loaded.

/// An opcode and how its argument is written.
struct Opcode {
    name: &'static str,
    byte: u8,
    argument: Argument,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    Bare,
    /// A little-endian number of that many bytes.
    Number(usize),
    /// A float of eight bytes, big-endian.
    Float,
    Line,
    TwoLines,
    /// A little-endian length of that many bytes, then UTF-8.
    Text(usize),
    /// A little-endian length of that many bytes, then bytes.
    Bytes(usize),
}

const OPCODES: &[Opcode] = &[
    op("MARK", b'(', Argument::Bare),
    op("STOP", b'.', Argument::Bare),
    op("POP", b'0', Argument::Bare),
    op("POP_MARK", b'1', Argument::Bare),
    op("DUP", b'2', Argument::Bare),
    op("FLOAT", b'F', Argument::Line),
    op("INT", b'I', Argument::Line),
    op("BININT", b'J', Argument::Number(4)),
    op("BININT1", b'K', Argument::Number(1)),
    op("LONG", b'L', Argument::Line),
    op("BININT2", b'M', Argument::Number(2)),
    op("NONE", b'N', Argument::Bare),
    op("PERSID", b'P', Argument::Line),
    op("BINPERSID", b'Q', Argument::Bare),
    op("REDUCE", b'R', Argument::Bare),
    op("STRING", b'S', Argument::Line),
    op("BINSTRING", b'T', Argument::Bytes(4)),
    op("SHORT_BINSTRING", b'U', Argument::Bytes(1)),
    op("UNICODE", b'V', Argument::Line),
    op("BINUNICODE", b'X', Argument::Text(4)),
    op("APPEND", b'a', Argument::Bare),
    op("BUILD", b'b', Argument::Bare),
    op("GLOBAL", b'c', Argument::TwoLines),
    op("DICT", b'd', Argument::Bare),
    op("EMPTY_DICT", b'}', Argument::Bare),
    op("APPENDS", b'e', Argument::Bare),
    op("GET", b'g', Argument::Line),
    op("BINGET", b'h', Argument::Number(1)),
    op("INST", b'i', Argument::TwoLines),
    op("LONG_BINGET", b'j', Argument::Number(4)),
    op("LIST", b'l', Argument::Bare),
    op("EMPTY_LIST", b']', Argument::Bare),
    op("OBJ", b'o', Argument::Bare),
    op("PUT", b'p', Argument::Line),
    op("BINPUT", b'q', Argument::Number(1)),
    op("LONG_BINPUT", b'r', Argument::Number(4)),
    op("SETITEM", b's', Argument::Bare),
    op("TUPLE", b't', Argument::Bare),
    op("EMPTY_TUPLE", b')', Argument::Bare),
    op("SETITEMS", b'u', Argument::Bare),
    op("BINFLOAT", b'G', Argument::Float),
    op("PROTO", 0x80, Argument::Number(1)),
    op("NEWOBJ", 0x81, Argument::Bare),
    op("EXT1", 0x82, Argument::Number(1)),
    op("EXT2", 0x83, Argument::Number(2)),
    op("EXT4", 0x84, Argument::Number(4)),
    op("TUPLE1", 0x85, Argument::Bare),
    op("TUPLE2", 0x86, Argument::Bare),
    op("TUPLE3", 0x87, Argument::Bare),
    op("NEWTRUE", 0x88, Argument::Bare),
    op("NEWFALSE", 0x89, Argument::Bare),
    op("LONG1", 0x8a, Argument::Bytes(1)),
    op("LONG4", 0x8b, Argument::Bytes(4)),
    op("BINBYTES", b'B', Argument::Bytes(4)),
    op("SHORT_BINBYTES", b'C', Argument::Bytes(1)),
    op("SHORT_BINUNICODE", 0x8c, Argument::Text(1)),
    op("BINUNICODE8", 0x8d, Argument::Text(8)),
    op("BINBYTES8", 0x8e, Argument::Bytes(8)),
    op("EMPTY_SET", 0x8f, Argument::Bare),
    op("ADDITEMS", 0x90, Argument::Bare),
    op("FROZENSET", 0x91, Argument::Bare),
    op("NEWOBJ_EX", 0x92, Argument::Bare),
    op("STACK_GLOBAL", 0x93, Argument::Bare),
    op("MEMOIZE", 0x94, Argument::Bare),
    op("FRAME", 0x95, Argument::Number(8)),
    op("BYTEARRAY8", 0x96, Argument::Bytes(8)),
    op("NEXT_BUFFER", 0x97, Argument::Bare),
    op("READONLY_BUFFER", 0x98, Argument::Bare),
];

const fn op(name: &'static str, byte: u8, argument: Argument) -> Opcode {
    Opcode {
        name,
        byte,
        argument,
    }
}

/// How a callable is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStyle {
    /// `callable(*args)` by REDUCE.
    Reduce,
    /// By INST, with the name inside the opcode.
    Inst,
    /// By OBJ.
    Obj,
    /// `cls.__new__(cls, *args)` by NEWOBJ.
    NewObj,
    /// The same with keywords, by NEWOBJ_EX.
    NewObjEx,
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Py {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of 32 bits.
    Int(i32),
    /// A float.
    Float(f64),
    /// A string.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A list.
    List(Vec<Self>),
    /// A dict.
    Dict(Vec<(Self, Self)>),
    /// An imported name.
    Name(String, String),
    /// `callable(*args)` by REDUCE.
    Call(Box<Self>, Vec<Self>),
    /// `cls.__new__(cls, *args)` by NEWOBJ, then BUILD with the state if there is one.
    Object(Box<Self>, Vec<Self>, Option<Box<Self>>),
}

/// A string value.
#[must_use]
pub fn text(value: &str) -> Py {
    Py::Text(value.to_owned())
}

/// An imported name.
#[must_use]
pub fn name(module: &str, name: &str) -> Py {
    Py::Name(module.to_owned(), name.to_owned())
}

/// A call by REDUCE.
#[must_use]
pub fn call(module: &str, callable: &str, arguments: Vec<Py>) -> Py {
    Py::Call(Box::new(name(module, callable)), arguments)
}

/// Writes opcodes one after the other, in the style of a protocol.
#[derive(Debug, Clone)]
pub struct Assembler {
    bytes: Vec<u8>,
    protocol: u8,
}

impl Assembler {
    /// Begins a stream; protocols from 2 on have a header.
    #[must_use]
    pub fn new(protocol: u8) -> Self {
        let bytes = if protocol >= 2 {
            vec![0x80, protocol]
        } else {
            Vec::new()
        };
        Self { bytes, protocol }
    }

    /// Puts an opcode by its name in `pickletools`, without argument.
    ///
    /// # Panics
    /// For a name that is no opcode.
    #[must_use]
    pub fn op(mut self, name: &str) -> Self {
        let opcode = OPCODES
            .iter()
            .find(|it| it.name == name)
            .expect("an opcode of pickletools");
        self.bytes.push(opcode.byte);
        self
    }

    /// Puts bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Puts an import, by GLOBAL or from protocol 4 on by STACK_GLOBAL.
    #[must_use]
    pub fn import(self, module: &str, name: &str) -> Self {
        if self.protocol >= 4 {
            return self.text(module).text(name).op("STACK_GLOBAL");
        }
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }

    /// Puts a string.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        match self.protocol {
            0 => {
                let escaped = text.replace('\\', "\\u005c").replace('\n', "\\u000a");
                self.raw(format!("V{escaped}\n").as_bytes())
            }
            4.. if text.len() < 256 => self.raw(&[0x8c, low_byte(text.len())]).raw(text.as_bytes()),
            _ => self
                .raw(b"X")
                .raw(&length(text.len(), 4))
                .raw(text.as_bytes()),
        }
    }

    /// Puts bytes; below protocol 3 as Python 2 strings.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let opcode = if self.protocol >= 3 { b"B" } else { b"T" };
        self.raw(opcode).raw(&length(bytes.len(), 4)).raw(bytes)
    }

    /// Puts a value.
    #[must_use]
    pub fn value(self, value: &Py) -> Self {
        match value {
            Py::None => self.op("NONE"),
            Py::Bool(value) if self.protocol >= 2 => {
                self.op(if *value { "NEWTRUE" } else { "NEWFALSE" })
            }
            Py::Bool(value) => self.raw(format!("I0{}\n", u8::from(*value)).as_bytes()),
            Py::Int(value) if self.protocol == 0 => self.raw(format!("I{value}\n").as_bytes()),
            Py::Int(value) => self.op("BININT").raw(&value.to_le_bytes()),
            Py::Float(value) if self.protocol == 0 => self.raw(format!("F{value}\n").as_bytes()),
            Py::Float(value) => self.op("BINFLOAT").raw(&value.to_be_bytes()),
            Py::Text(value) => self.text(value),
            Py::Bytes(value) => self.bytes(value),
            Py::Tuple(values) => self.op("MARK").values(values).op("TUPLE"),
            Py::List(values) => self.op("MARK").values(values).op("LIST"),
            Py::Dict(pairs) => {
                let opened = self.op("MARK");
                pairs
                    .iter()
                    .fold(opened, |it, (key, value)| it.value(key).value(value))
                    .op("DICT")
            }
            Py::Name(module, name) => self.import(module, name),
            Py::Call(callable, arguments) => self
                .value(callable)
                .value(&Py::Tuple(arguments.clone()))
                .op("REDUCE"),
            Py::Object(class, arguments, state) => {
                let made = self
                    .value(class)
                    .value(&Py::Tuple(arguments.clone()))
                    .op("NEWOBJ");
                match state {
                    Some(state) => made.value(state).op("BUILD"),
                    None => made,
                }
            }
        }
    }

    /// Puts values one after the other.
    #[must_use]
    pub fn values(self, values: &[Py]) -> Self {
        values.iter().fold(self, Self::value)
    }

    /// Puts a call in a style.
    #[must_use]
    pub fn call(self, style: CallStyle, module: &str, name: &str, arguments: &[Py]) -> Self {
        let tuple = Py::Tuple(arguments.to_vec());
        match style {
            CallStyle::Reduce => self.import(module, name).value(&tuple).op("REDUCE"),
            CallStyle::Inst => self
                .op("MARK")
                .values(arguments)
                .raw(format!("i{module}\n{name}\n").as_bytes()),
            CallStyle::Obj => self
                .op("MARK")
                .import(module, name)
                .values(arguments)
                .op("OBJ"),
            CallStyle::NewObj => self.import(module, name).value(&tuple).op("NEWOBJ"),
            CallStyle::NewObjEx => self
                .import(module, name)
                .value(&tuple)
                .op("EMPTY_DICT")
                .op("NEWOBJ_EX"),
        }
    }

    /// Ends the stream with STOP.
    #[must_use]
    pub fn stop(self) -> Vec<u8> {
        self.op("STOP").bytes
    }

    /// The bytes so far, without STOP.
    #[must_use]
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }
}

/// A whole stream of one value.
#[must_use]
pub fn dumps(protocol: u8, value: &Py) -> Vec<u8> {
    Assembler::new(protocol).value(value).stop()
}

fn low_byte(number: usize) -> u8 {
    u8::try_from(number & 0xff).unwrap_or_default()
}

/// The lowest `width` bytes of a number, little-endian.
fn length(number: usize, width: usize) -> Vec<u8> {
    let bytes = u64::try_from(number).unwrap_or(u64::MAX).to_le_bytes();
    bytes.into_iter().take(width).collect()
}

/// Builds the bytes that a recipe describes.
///
/// # Errors
/// With the line and the reason.
pub fn from_recipe(body: &str) -> Result<Vec<u8>, String> {
    let mut lines = body.lines().enumerate();
    block(&mut lines, true)
}

type Lines<'a> = std::iter::Enumerate<std::str::Lines<'a>>;

/// Assembles lines up to the end of the block.
fn block(lines: &mut Lines<'_>, is_outermost: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "}" && !is_outermost {
            return Ok(out);
        }
        let at = |reason: String| format!("line {}: {reason}", number.saturating_add(1));
        if let Some(opcode) = line.strip_suffix('{') {
            let opcode = find(opcode.trim()).map_err(at)?;
            let Argument::Bytes(width) = opcode.argument else {
                return Err(at(format!("{} takes no block", opcode.name)));
            };
            let inner = block(lines, false)?;
            out.push(opcode.byte);
            out.extend(length(inner.len(), width));
            out.extend(inner);
        } else {
            out.extend(assemble(line).map_err(at)?);
        }
    }
    if is_outermost {
        Ok(out)
    } else {
        Err("a block is not closed".to_owned())
    }
}

fn find(name: &str) -> Result<&'static Opcode, String> {
    OPCODES
        .iter()
        .find(|it| it.name == name)
        .ok_or_else(|| format!("`{name}` is no opcode"))
}

fn assemble(line: &str) -> Result<Vec<u8>, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "RAW" => return hex(rest),
        "REPEAT" => {
            let (count, opcode) = rest
                .split_once(' ')
                .ok_or("REPEAT takes a count and an opcode")?;
            let count: usize = number(count)?
                .try_into()
                .map_err(|_| "too many".to_owned())?;
            return Ok(assemble(opcode)?.repeat(count));
        }
        _ => {}
    }
    let opcode = find(word)?;
    let mut out = vec![opcode.byte];
    match opcode.argument {
        Argument::Bare => {}
        Argument::Number(width) => out.extend(number(rest)?.to_le_bytes().into_iter().take(width)),
        Argument::Float => {
            let value: f64 = rest.parse().map_err(|_| format!("`{rest}` is no float"))?;
            out.extend(value.to_be_bytes());
        }
        Argument::Line => {
            let text = if rest.starts_with('\'') && opcode.name != "STRING" {
                plain(rest)?
            } else {
                rest.to_owned()
            };
            out.extend(text.bytes());
            out.push(b'\n');
        }
        Argument::TwoLines => {
            let (module, name) = rest
                .split_once(' ')
                .ok_or("a module and a name are wanted")?;
            out.extend(format!("{module}\n{name}\n").bytes());
        }
        Argument::Text(width) => {
            let (claimed, literal) = claimed(rest)?;
            let text = plain(literal)?;
            out.extend(length(claimed.unwrap_or(text.len()), width));
            out.extend(text.bytes());
        }
        Argument::Bytes(width) => {
            let (claimed, literal) = claimed(rest)?;
            let bytes: Vec<u8> = plain(literal)?
                .chars()
                .map(|it| low_byte(it as usize))
                .collect();
            out.extend(length(claimed.unwrap_or(bytes.len()), width));
            out.extend(bytes);
        }
    }
    Ok(out)
}

/// `@N` before a literal: the length to claim.
fn claimed(rest: &str) -> Result<(Option<usize>, &str), String> {
    let Some(rest) = rest.strip_prefix('@') else {
        return Ok((None, rest));
    };
    let (count, literal) = rest.split_once(' ').ok_or("a literal is wanted")?;
    let count = number(count)?
        .try_into()
        .map_err(|_| "too long".to_owned())?;
    Ok((Some(count), literal.trim()))
}

fn number(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text
            .parse()
            .ok()
            .or_else(|| text.parse::<i64>().ok().map(i64::cast_unsigned)),
    };
    parsed.ok_or_else(|| format!("`{text}` is no number"))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = text.chars().filter(|it| !it.is_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| {
            let pair: String = pair.iter().collect();
            u8::from_str_radix(&pair, 16).map_err(|_| format!("`{pair}` is no byte"))
        })
        .collect()
}

/// A literal in single quotes.
fn plain(literal: &str) -> Result<String, String> {
    let inner = literal
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .ok_or_else(|| format!("`{literal}` is no string in single quotes"))?;
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('x') => {
                let digits: String = characters.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16)
                    .map_err(|_| format!("`{digits}` is no byte"))?;
                out.push(char::from(byte));
            }
            Some(other) => out.push(other),
            None => return Err("a string ends in a backslash".to_owned()),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_read_as_pickletools_writes() {
        let recipe = "PROTO 4\n# the payload\nSHORT_BINUNICODE 'os'\nSHORT_BINUNICODE 'system'\nSTACK_GLOBAL\n\
                      SHORT_BINUNICODE 'id'\nTUPLE1\nREDUCE\nSTOP\n";
        assert_eq!(
            from_recipe(recipe).expect("a recipe"),
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."
        );
        assert_eq!(
            from_recipe("GLOBAL os system\nMARK\nSTRING 'id'\nTUPLE\nREDUCE\nSTOP")
                .expect("a recipe"),
            b"cos\nsystem\n(S'id'\ntR."
        );
    }

    #[test]
    fn lies_blocks_and_repeats_are_written_as_asked() {
        assert_eq!(
            from_recipe("BINUNICODE @9 'ab'").expect("a recipe"),
            b"X\x09\0\0\0ab"
        );
        assert_eq!(
            from_recipe("SHORT_BINBYTES {\nNONE\nSTOP\n}\nSTOP").expect("a recipe"),
            b"C\x02N.."
        );
        assert_eq!(from_recipe("REPEAT 3 NONE").expect("a recipe"), b"NNN");
        assert_eq!(
            from_recipe("RAW 00 ff\nBININT -1").expect("a recipe"),
            b"\0\xffJ\xff\xff\xff\xff"
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (recipe, error) in [
            ("NONE\nNOTHING", "line 2: `NOTHING` is no opcode"),
            ("BININT x", "line 1: `x` is no number"),
            ("UNICODE 'a", "line 1: `'a` is no string in single quotes"),
            ("SHORT_BINBYTES {", "a block is not closed"),
        ] {
            assert_eq!(from_recipe(recipe), Err(error.to_owned()));
        }
    }

    #[test]
    fn calls_have_the_styles_of_their_protocol() {
        let arguments = [text("id")];
        for (protocol, style, expected) in [
            (0, CallStyle::Reduce, b"cos\nsystem\n(Vid\ntR.".as_slice()),
            (0, CallStyle::Inst, b"(Vid\nios\nsystem\n."),
            (2, CallStyle::Obj, b"\x80\x02(cos\nsystem\nX\x02\0\0\0ido."),
            (
                4,
                CallStyle::NewObj,
                b"\x80\x04\x8c\x02os\x8c\x06system\x93(\x8c\x02idt\x81.",
            ),
        ] {
            let made = Assembler::new(protocol)
                .call(style, "os", "system", &arguments)
                .stop();
            assert_eq!(made, expected);
        }
    }
}
