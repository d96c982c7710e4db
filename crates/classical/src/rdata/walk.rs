//! Reading the objects of a file into the arena with a stack of things to do, whatever their nesting.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::fields::Order;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use super::arena::{Arena, Kind, Role};
use super::input::{Form, Input};
use crate::note::{hazard, out_of_time};
use crate::reader::Reader;

/// Objects that are kept; what lies beyond is not judged.
const MAX_NODES: usize = 1_500_000;
/// Things to do that may wait, a measure of nesting.
const MAX_WAITING: usize = 4_000_000;
/// Texts of one vector that are kept.
const KEPT_TEXTS: u64 = 64;
/// Bytes of one text that are kept.
const KEPT_BYTES: u64 = 4096;

/// Stand for the kinds of the value and the rest of a cell inside bytecode, which are read first.
const FIRST: i32 = -1;
const REST: i32 = -2;

const HAS_OBJECT_ATTRIBUTES: u32 = 0x200;
const HAS_TAG: u32 = 0x400;
/// The cell is a binding whose value is made by a function each time it is read.
pub(super) const ACTIVE_BINDING: u32 = 1 << 27;

/// One thing to do.
#[derive(Debug, Clone, Copy)]
enum Todo {
    /// Read an object.
    Item {
        parent: u32,
        role: Role,
    },
    /// Read the rest of a pair list or call, of which one object is the head.
    Rest {
        list: u32,
    },
    /// Read `left` more elements of a list.
    Elements {
        parent: u32,
        left: u64,
        role: Role,
    },
    /// Read `left` more texts of a vector.
    Texts {
        parent: u32,
        left: u64,
        kept: u64,
    },
    /// Read a piece of bytecode: its instructions, then its constants.
    Code {
        parent: u32,
    },
    Constants {
        parent: u32,
        left: u64,
    },
    /// Read an element of a constant that is a language object in its own encoding.
    CodeLanguage {
        parent: u32,
        kind: i32,
    },
}

pub(super) struct Walker<'a, 'f> {
    input: Input<'a>,
    arena: Arena,
    todo: Vec<Todo>,
    /// What reference numbers mean.
    references: Vec<u32>,
    budget: &'f Budget,
    facts: &'f mut ModelFacts,
    stopped: bool,
}

/// Reads a whole file; tells whether it is a saved workspace.
pub(super) fn read(
    source: &dyn ByteSource,
    budget: &Budget,
    facts: &mut ModelFacts,
) -> (Arena, bool) {
    let mut walker = Walker {
        input: Input {
            reader: Reader::at(source, 0, Order::Big),
            form: Form::Xdr,
        },
        arena: Arena::default(),
        todo: Vec::new(),
        references: Vec::new(),
        budget,
        facts,
        stopped: false,
    };
    let is_workspace = walker.header();
    if let Some(is_workspace) = is_workspace {
        walker.todo.push(Todo::Item {
            parent: u32::MAX,
            role: Role::Value,
        });
        walker.run();
        return (walker.arena, is_workspace);
    }
    walker.input.reader.note_end(walker.facts, "the header");
    (walker.arena, false)
}

impl Walker<'_, '_> {
    fn header(&mut self) -> Option<bool> {
        let mut mark = [self.input.reader.byte()?, self.input.reader.byte()?];
        let is_workspace = mark == *b"RD";
        if is_workspace {
            self.input.reader.skip(3)?;
            mark = [self.input.reader.byte()?, self.input.reader.byte()?];
        }
        self.input.set_form(match mark.first() {
            Some(b'A') => Form::Ascii,
            Some(b'B') => Form::Native,
            _ => Form::Xdr,
        });
        let version = self.input.integer()?;
        let writer = self.input.integer()?;
        self.input.integer()?;
        self.facts.version = version.to_string();
        let part = |shift: u32| (writer >> shift) & 0xff;
        self.facts.producer = format!("R {}.{}.{}", part(16), part(8), part(0));
        if version == 3 {
            let length = u64::try_from(self.input.integer()?).unwrap_or(u64::MAX);
            if length > self.input.reader.remaining() {
                self.lie(&format!("encoding of {length}"));
                return None;
            }
            self.input.text(length, 64)?;
        }
        Some(is_workspace)
    }

    fn lie(&mut self, subject: &str) {
        let place = Place::Byte(self.input.reader.position());
        let detail = "the stated length does not fit into the file";
        hazard(
            self.facts,
            ModelHazardKind::SizeLie,
            Effect::OnLoad,
            place,
            subject,
            detail,
            "",
        );
        self.stopped = true;
    }

    fn stop(&mut self, kind: ProblemKind, detail: &str) {
        let place = Place::Byte(self.input.reader.position());
        self.facts.problem(kind, place, detail);
        self.stopped = true;
    }

    fn run(&mut self) {
        let mut steps = 0_u32;
        while let Some(todo) = self.todo.pop() {
            steps = steps.saturating_add(1);
            if steps.is_multiple_of(8192)
                && out_of_time(self.budget, self.input.reader.position(), self.facts)
            {
                return;
            }
            if self.arena.len() > MAX_NODES || self.todo.len() > MAX_WAITING {
                self.stop(ProblemKind::LimitReached, "more objects than are judged");
                return;
            }
            let done = match todo {
                Todo::Item { parent, role } => self.item(parent, role),
                Todo::Rest { list } => self.rest(list),
                Todo::Elements { parent, left, role } => self.elements(parent, left, role),
                Todo::Texts { parent, left, kept } => self.texts(parent, left, kept),
                Todo::Code { parent } => self.code(parent),
                Todo::Constants { parent, left } => self.constants(parent, left),
                Todo::CodeLanguage { parent, kind } => self.code_language(parent, kind),
            };
            if self.stopped {
                return;
            }
            if done.is_none() {
                self.input.reader.note_end(self.facts, "an object");
                return;
            }
        }
    }

    fn later(&mut self, todos: &[Todo]) {
        self.todo.extend(todos.iter().rev());
    }

    fn add(&mut self, parent: u32, role: Role, kind: Kind, flags: u32) -> u32 {
        let at = self.input.reader.position();
        self.arena.add(parent, role, kind, at, flags)
    }

    fn flags(&mut self) -> Option<u32> {
        self.input.integer().map(i32::cast_unsigned)
    }

    fn item(&mut self, parent: u32, role: Role) -> Option<()> {
        let flags = self.flags()?;
        self.item_with(parent, role, flags)
    }

    fn item_with(&mut self, parent: u32, role: Role, flags: u32) -> Option<()> {
        let attributes = flags & HAS_OBJECT_ATTRIBUTES != 0;
        match flags & 0xff {
            // Symbols and environments that need no content.
            254 | 253 | 252 | 251 | 242 | 241 | 247 | 0 => {
                self.add(parent, role, Kind::Data, flags);
            }
            255 => self.reference(parent, role, flags)?,
            1 => {
                let node = self.add(parent, role, Kind::Symbol, flags);
                self.references.push(node);
                let text = self.inner_text()?;
                if let Some(node) = self.arena.get_mut(node) {
                    node.text = Some(text.into());
                }
            }
            2 | 6 | 17 | 239 | 240 => {
                let kind = if matches!(flags & 0xff, 2 | 17 | 239) {
                    Kind::Pairs
                } else {
                    Kind::Call
                };
                let list = self.add(parent, role, kind, flags);
                self.cell(list, flags);
            }
            3 | 5 => self.function(parent, role, flags),
            4 => self.environment(parent, role)?,
            7 | 8 => {
                let length = self.length(1, "function name")?;
                let text = self.input.text(length, KEPT_BYTES)?;
                let node = self.add(parent, role, Kind::Builtin, flags);
                if let Some(node) = self.arena.get_mut(node) {
                    node.text = Some(String::from_utf8_lossy(&text).into());
                }
            }
            9 => {
                self.text_node(parent, role, flags)?;
            }
            10 | 13 => self.numbers(parent, role, flags, 4)?,
            14 => self.numbers(parent, role, flags, 8)?,
            15 => self.numbers(parent, role, flags, 16)?,
            24 => self.raw(parent, role, flags)?,
            16 => {
                let left = self.length(4, "texts")?;
                let node = self.add(parent, role, Kind::Texts, flags);
                self.then(
                    node,
                    vec![Todo::Texts {
                        parent: node,
                        left,
                        kept: 0,
                    }],
                    attributes,
                );
            }
            19 | 20 => {
                let left = self.length(4, "list")?;
                let kind = if flags & 0xff == 20 {
                    Kind::Expression
                } else {
                    Kind::List
                };
                let node = self.add(parent, role, kind, flags);
                let elements = Todo::Elements {
                    parent: node,
                    left,
                    role: Role::Value,
                };
                self.then(node, vec![elements], attributes);
            }
            21 => self.bytecode(parent, role, flags, attributes)?,
            22 => {
                let node = self.add(parent, role, Kind::Pointer, flags);
                self.references.push(node);
                let item = |role| Todo::Item { parent: node, role };
                self.then(node, vec![item(Role::Value), item(Role::Tag)], attributes);
            }
            23 => {
                let node = self.add(parent, role, Kind::Pointer, flags);
                self.references.push(node);
                self.then(node, Vec::new(), attributes);
            }
            25 => {
                let node = self.add(parent, role, Kind::S4, flags);
                self.then(node, Vec::new(), attributes);
            }
            238 => {
                let node = self.add(parent, role, Kind::Altrep, flags);
                let item = |role| Todo::Item { parent: node, role };
                self.later(&[item(Role::Tag), item(Role::Value), item(Role::Attribute)]);
            }
            248..=250 => self.named(parent, role, flags)?,
            _ => self.stop(
                ProblemKind::Malformed,
                "a type of object that does not exist",
            ),
        }
        Some(())
    }

    /// Things to do, and then the attributes if there are some.
    fn then(&mut self, node: u32, mut todos: Vec<Todo>, attributes: bool) {
        if attributes {
            todos.push(Todo::Item {
                parent: node,
                role: Role::Attribute,
            });
        }
        self.later(&todos);
    }

    fn reference(&mut self, parent: u32, role: Role, flags: u32) -> Option<()> {
        let packed = flags >> 8;
        let number = if packed == 0 {
            self.input.integer()?.cast_unsigned()
        } else {
            packed
        };
        let node = self.add(parent, role, Kind::Reference, flags);
        let target = usize::try_from(number)
            .ok()
            .and_then(|number| self.references.get(number.checked_sub(1)?))
            .copied();
        match (target, self.arena.get_mut(node)) {
            (Some(target), Some(node)) => node.target = Some(target),
            _ => {
                let place = Place::Byte(self.input.reader.position());
                let detail = "a reference to an object that does not exist";
                let subject = format!("reference {number}");
                hazard(
                    self.facts,
                    ModelHazardKind::OutOfBounds,
                    Effect::OnLoad,
                    place,
                    &subject,
                    detail,
                    "",
                );
            }
        }
        Some(())
    }

    /// A cell of a pair list or call: attributes, tag, value, and then the rest.
    fn cell(&mut self, list: u32, flags: u32) {
        let has_attributes =
            flags & HAS_OBJECT_ATTRIBUTES != 0 || matches!(flags & 0xff, 239 | 240);
        if let Some(node) = self.arena.get_mut(list) {
            node.flags |= flags & ACTIVE_BINDING;
        }
        let mut todos = Vec::with_capacity(4);
        if has_attributes {
            todos.push(Todo::Item {
                parent: list,
                role: Role::Attribute,
            });
        }
        if flags & HAS_TAG != 0 {
            todos.push(Todo::Item {
                parent: list,
                role: Role::Tag,
            });
        }
        todos.push(Todo::Item {
            parent: list,
            role: Role::Value,
        });
        todos.push(Todo::Rest { list });
        self.later(&todos);
    }

    /// The rest of a list: another cell of the same list, its end, or (in broken ones) something else.
    fn rest(&mut self, list: u32) -> Option<()> {
        let flags = self.flags()?;
        match flags & 0xff {
            254 => {}
            2 | 6 | 17 | 239 | 240 => self.cell(list, flags),
            _ => return self.item_with(list, Role::Value, flags),
        }
        Some(())
    }

    /// Closures and promises: attributes, environment, formals or value, body.
    fn function(&mut self, parent: u32, role: Role, flags: u32) {
        let is_promise = flags & 0xff == 5;
        let node = self.add(
            parent,
            role,
            if is_promise {
                Kind::Promise
            } else {
                Kind::Closure
            },
            flags,
        );
        let mut todos = Vec::with_capacity(4);
        if flags & HAS_OBJECT_ATTRIBUTES != 0 {
            todos.push(Todo::Item {
                parent: node,
                role: Role::Attribute,
            });
        }
        if flags & HAS_TAG != 0 {
            todos.push(Todo::Item {
                parent: node,
                role: Role::Around,
            });
        }
        let second = if is_promise {
            Role::Forced
        } else {
            Role::Formals
        };
        todos.push(Todo::Item {
            parent: node,
            role: second,
        });
        todos.push(Todo::Item {
            parent: node,
            role: Role::Body,
        });
        self.later(&todos);
    }

    fn environment(&mut self, parent: u32, role: Role) -> Option<()> {
        self.input.integer()?;
        let node = self.add(parent, role, Kind::Environment, 4);
        self.references.push(node);
        let item = |role| Todo::Item { parent: node, role };
        self.later(&[
            item(Role::Around),
            item(Role::Frame),
            item(Role::Frame),
            item(Role::Attribute),
        ]);
        Some(())
    }

    /// A length that `least` bytes per element must fit into the file.
    fn length(&mut self, least: u64, what: &str) -> Option<u64> {
        let first = self.input.integer()?;
        let length = if first == -1 {
            let high = u64::from(self.input.integer()?.cast_unsigned());
            let low = u64::from(self.input.integer()?.cast_unsigned());
            Some((high << 32) | low)
        } else {
            u64::try_from(first).ok()
        };
        let needed = length.map(|length| self.input.least(length, least));
        let fits =
            needed.is_some_and(|needed| needed <= self.input.reader.remaining().saturating_add(2));
        match length {
            Some(length) if fits => Some(length),
            _ => {
                let shown = length.map_or_else(|| first.to_string(), |length| length.to_string());
                self.lie(&format!("{what} of {shown}"));
                None
            }
        }
    }

    fn numbers(&mut self, parent: u32, role: Role, flags: u32, each: u64) -> Option<()> {
        let count = self.length(each, "vector")?;
        self.facts.parameters = self.facts.parameters.saturating_add(count);
        // A complex number is two words of the ASCII form.
        let words = if each == 16 && self.input.form == Form::Ascii {
            count.saturating_mul(2)
        } else {
            count
        };
        self.input.pass(words, each)?;
        self.with_attributes(parent, role, flags);
        Some(())
    }

    fn raw(&mut self, parent: u32, role: Role, flags: u32) -> Option<()> {
        let count = self.length(1, "raw bytes")?;
        self.input.pass(count, 1)?;
        self.with_attributes(parent, role, flags);
        Some(())
    }

    fn with_attributes(&mut self, parent: u32, role: Role, flags: u32) {
        let node = self.add(parent, role, Kind::Data, flags);
        if flags & HAS_OBJECT_ATTRIBUTES != 0 {
            self.later(&[Todo::Item {
                parent: node,
                role: Role::Attribute,
            }]);
        }
    }

    fn elements(&mut self, parent: u32, left: u64, role: Role) -> Option<()> {
        if left > 0 {
            let rest = Todo::Elements {
                parent,
                left: left.saturating_sub(1),
                role,
            };
            self.later(&[Todo::Item { parent, role }, rest]);
        }
        Some(())
    }

    /// A text with its own flags, not yet kept.
    fn inner_text(&mut self) -> Option<String> {
        let flags = self.flags()?;
        if flags & 0xff != 9 {
            self.stop(ProblemKind::Malformed, "a text is expected");
            return None;
        }
        let (text, _) = self.characters()?;
        Some(text)
    }

    fn characters(&mut self) -> Option<(String, bool)> {
        let length = self.input.integer()?;
        let Ok(length) = u64::try_from(length) else {
            return Some((String::new(), true));
        };
        if length > self.input.reader.remaining() {
            self.lie(&format!("text of {length}"));
            return None;
        }
        let bytes = self.input.text(length, KEPT_BYTES)?;
        Some((String::from_utf8_lossy(&bytes).into_owned(), false))
    }

    fn text_node(&mut self, parent: u32, role: Role, flags: u32) -> Option<()> {
        let (text, _) = self.characters()?;
        let node = self.add(parent, role, Kind::Text, flags);
        if let Some(node) = self.arena.get_mut(node) {
            node.text = Some(text.into());
        }
        Some(())
    }

    fn texts(&mut self, parent: u32, left: u64, kept: u64) -> Option<()> {
        for index in 0..left {
            let flags = self.flags()?;
            if flags & 0xff != 9 {
                self.stop(ProblemKind::Malformed, "a text is expected");
                return None;
            }
            if kept.saturating_add(index) < KEPT_TEXTS {
                self.text_node(parent, Role::Value, flags)?;
            } else {
                let length = self.input.integer()?;
                if let Ok(length) = u64::try_from(length) {
                    self.input.text(length, 0)?;
                }
            }
            if index.is_multiple_of(8192)
                && index > 0
                && out_of_time(self.budget, self.input.reader.position(), self.facts)
            {
                self.stopped = true;
                return None;
            }
        }
        Some(())
    }

    /// Namespaces, packages and persistent names: a vector of texts behind a zero.
    fn named(&mut self, parent: u32, role: Role, flags: u32) -> Option<()> {
        self.input.integer()?;
        let left = self.length(4, "names")?;
        let node = self.add(parent, role, Kind::Namespace, flags);
        self.references.push(node);
        self.later(&[Todo::Texts {
            parent: node,
            left,
            kept: 0,
        }]);
        Some(())
    }

    fn bytecode(&mut self, parent: u32, role: Role, flags: u32, attributes: bool) -> Option<()> {
        // How many shared language objects the code holds; they are numbered apart.
        self.input.integer()?;
        let node = self.add(parent, role, Kind::Bytecode, flags);
        self.then(node, vec![Todo::Code { parent: node }], attributes);
        Some(())
    }

    /// The instructions, an integer vector, and then the constants.
    fn code(&mut self, parent: u32) -> Option<()> {
        let flags = self.flags()?;
        if flags & 0xff == 13 {
            let count = self.length(4, "instructions")?;
            self.input.pass(count, 4)?;
        } else {
            self.item_with(parent, Role::Constant, flags)?;
        }
        let left = self.input.integer()?;
        let Ok(left) = u64::try_from(left) else {
            self.lie(&format!("{left} constants"));
            return None;
        };
        if self.input.least(left, 4) > self.input.reader.remaining() {
            self.lie(&format!("{left} constants"));
            return None;
        }
        self.later(&[Todo::Constants { parent, left }]);
        Some(())
    }

    fn constants(&mut self, parent: u32, left: u64) -> Option<()> {
        if left == 0 {
            return Some(());
        }
        let rest = Todo::Constants {
            parent,
            left: left.saturating_sub(1),
        };
        let kind = self.input.integer()?;
        match kind {
            21 => {
                let node = self.add(parent, Role::Constant, Kind::Bytecode, 21);
                self.later(&[Todo::Code { parent: node }, rest]);
            }
            6 | 2 | 239 | 240 | 243 | 244 => {
                self.later(&[Todo::CodeLanguage { parent, kind }, rest]);
            }
            _ => self.later(&[
                Todo::Item {
                    parent,
                    role: Role::Constant,
                },
                rest,
            ]),
        }
        Some(())
    }

    /// A language object inside bytecode: definitions and uses of shared ones, calls, lists, plain objects.
    fn code_language(&mut self, parent: u32, kind: i32) -> Option<()> {
        let is_rest = kind == REST;
        let mut kind = if kind < 0 {
            self.input.integer()?
        } else {
            kind
        };
        if kind == 243 {
            return self.input.integer().map(|_| ());
        }
        if kind == 244 {
            self.input.integer()?;
            kind = self.input.integer()?;
        }
        if !matches!(kind, 2 | 6 | 239 | 240) {
            let role = if is_rest {
                Role::Attribute
            } else {
                Role::Value
            };
            self.later(&[Todo::Item { parent, role }]);
            return Some(());
        }
        if is_rest {
            self.code_cell(parent, kind);
            return Some(());
        }
        let is_call = matches!(kind, 6 | 240);
        let node = self.add(
            parent,
            Role::Constant,
            if is_call { Kind::Call } else { Kind::Pairs },
            0,
        );
        self.code_cell(node, kind);
        Some(())
    }

    /// Attributes if marked, the tag, the value and the rest, each with its own kind.
    fn code_cell(&mut self, node: u32, kind: i32) {
        let mut todos = Vec::with_capacity(4);
        if matches!(kind, 239 | 240) {
            todos.push(Todo::Item {
                parent: node,
                role: Role::Attribute,
            });
        }
        todos.push(Todo::Item {
            parent: node,
            role: Role::Tag,
        });
        todos.push(Todo::CodeLanguage {
            parent: node,
            kind: FIRST,
        });
        todos.push(Todo::CodeLanguage {
            parent: node,
            kind: REST,
        });
        self.later(&todos);
    }
}
