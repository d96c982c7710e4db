//! Pieces of R's serialisation in XDR form: every function returns the bytes of one object.

const ATTRIBUTES: u32 = 0x200;
const TAG: u32 = 0x400;

fn word(value: u32) -> Vec<u8> {
    value.to_be_bytes().to_vec()
}

/// A file of one object (`rds`), in version 2 of the format.
#[must_use]
pub fn rds(object: &[u8]) -> Vec<u8> {
    [
        b"X\n".as_slice(),
        &word(2),
        &word(0x0004_0202),
        &word(0x0002_0300),
        object,
    ]
    .concat()
}

/// A saved workspace of one pair list.
#[must_use]
pub fn workspace(variables: &[(&str, Vec<u8>)]) -> Vec<u8> {
    [b"RDX2\n".to_vec(), rds(&pairs(variables))].concat()
}

/// `NULL`.
#[must_use]
pub fn null() -> Vec<u8> {
    word(254)
}

/// The global environment.
#[must_use]
pub fn global() -> Vec<u8> {
    word(253)
}

/// The mark of a promise that nobody has looked at.
#[must_use]
pub fn unbound() -> Vec<u8> {
    word(252)
}

fn characters(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).expect("short texts");
    [word(0x0004_0009), word(length), text.as_bytes().to_vec()].concat()
}

/// A symbol.
#[must_use]
pub fn symbol(name: &str) -> Vec<u8> {
    [word(1), characters(name)].concat()
}

/// A vector of one text.
#[must_use]
pub fn text(text: &str) -> Vec<u8> {
    [word(16), word(1), characters(text)].concat()
}

/// A vector of numbers.
#[must_use]
pub fn numbers(values: &[f64]) -> Vec<u8> {
    let length = u32::try_from(values.len()).expect("few numbers");
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    [word(14), word(length), bytes].concat()
}

/// A vector that claims `length` numbers and holds none.
#[must_use]
pub fn lying_numbers(length: u32) -> Vec<u8> {
    [word(14), word(length)].concat()
}

fn cells(kind: u32, values: &[(Option<&str>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in values {
        out.extend(word(kind | if name.is_some() { TAG } else { 0 }));
        out.extend(name.map(symbol).unwrap_or_default());
        out.extend(value);
    }
    out.extend(null());
    out
}

/// A call: the function's name and its arguments.
#[must_use]
pub fn call(function: &str, arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut values = vec![(None, symbol(function))];
    values.extend(arguments.iter().map(|argument| (None, argument.clone())));
    call_of(&values)
}

/// A call whose function is any object.
#[must_use]
pub fn call_of(values: &[(Option<&str>, Vec<u8>)]) -> Vec<u8> {
    let mut out = cells(2, values);
    if let Some(kind) = out.get_mut(3) {
        *kind = 6;
    }
    out
}

/// A pair list with names.
#[must_use]
pub fn pairs(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| (Some(*name), value.clone()))
        .collect();
    cells(2, &values)
}

/// A pair list of one active binding.
#[must_use]
pub fn active(name: &str, function: &[u8]) -> Vec<u8> {
    [
        word(2 | TAG | (1 << 27)),
        symbol(name),
        function.to_vec(),
        null(),
    ]
    .concat()
}

/// A list with a class, as models are.
#[must_use]
pub fn model(class: &str, members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let length = u32::try_from(members.len()).expect("few members");
    let names: Vec<u8> = members
        .iter()
        .flat_map(|(name, _)| characters(name))
        .collect();
    let values: Vec<u8> = members
        .iter()
        .flat_map(|(_, value)| value.clone())
        .collect();
    let names = [word(16), word(length), names].concat();
    let attributes = pairs(&[("names", names), ("class", text(class))]);
    [
        word(19 | ATTRIBUTES | 0x100),
        word(length),
        values,
        attributes,
    ]
    .concat()
}

/// A function without arguments.
#[must_use]
pub fn closure(body: &[u8]) -> Vec<u8> {
    [word(3 | TAG), global(), null(), body.to_vec()].concat()
}

/// A promise; without an environment it is the kind that R itself never writes.
#[must_use]
pub fn promise(environment: Option<&[u8]>, value: &[u8], code: &[u8]) -> Vec<u8> {
    let flags = word(5 | if environment.is_some() { TAG } else { 0 });
    [
        flags.as_slice(),
        environment.unwrap_or_default(),
        value,
        code,
    ]
    .concat()
}

/// An environment with variables.
#[must_use]
pub fn environment(variables: &[(&str, Vec<u8>)]) -> Vec<u8> {
    [word(4), word(0), global(), pairs(variables), null(), null()].concat()
}

/// Bytecode of a function that has only constants.
#[must_use]
pub fn bytecode(constants: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let length = u32::try_from(constants.len()).expect("few constants");
    let instructions = [word(13), word(1), word(12)].concat();
    let constants: Vec<u8> = constants
        .iter()
        .flat_map(|(kind, value)| [word(*kind), value.clone()].concat())
        .collect();
    [word(21), word(1), instructions, word(length), constants].concat()
}

/// A value in an alternative representation.
#[must_use]
pub fn altrep(class: &str, package: &str, state: &[u8]) -> Vec<u8> {
    let info = cells(
        2,
        &[
            (None, symbol(class)),
            (None, symbol(package)),
            (None, [word(13), word(1), word(13)].concat()),
        ],
    );
    [word(238), info, state.to_vec(), null()].concat()
}

/// A reference by number.
#[must_use]
pub fn reference(number: u32) -> Vec<u8> {
    word((number << 8) | 255)
}

/// Lists in lists.
#[must_use]
pub fn nested(depth: usize) -> Vec<u8> {
    let mut out = [word(19), word(1)].concat().repeat(depth);
    out.extend(null());
    out
}
