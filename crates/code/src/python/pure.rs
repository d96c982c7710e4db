//! Functions without effects: what they return for what is known.

use std::rc::Rc;

use ruff_text_size::TextRange;

use super::decode::{Codec, decode};
use super::folding::join_paths;
use super::interp::{Class, Interpreter};
use super::names;
use super::value::{Abstract, Args, MAX_ELEMENTS, MAX_TEXT, Taint, Text, Value};
use crate::signs::HOLE;

impl<'a> Interpreter<'a> {
    /// The result of a call that does nothing, or nothing if the function is not one of those.
    pub(super) fn pure(
        &mut self,
        path: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Option<Abstract<'a>> {
        let first = arguments.at(0);
        if path == "builtins.range" && self.volume == 0 {
            return Some(Abstract::nothing());
        }
        let result = match path {
            "builtins.getattr" => {
                let (object, name) = (first?.clone(), arguments.at(1)?.clone());
                self.get_attribute(&object, &name, range)
            }
            "builtins.setattr" => {
                let (object, name, value) = (first?, arguments.at(1)?, arguments.at(2)?);
                if let (Some(path), Some(name)) = (object.as_path(), name.as_known_text()) {
                    let path = format!("{path}.{name}");
                    let value = value.clone();
                    self.judge_replacement(&path, &value, range);
                }
                Abstract::nothing()
            }
            "builtins.globals" | "builtins.locals" => Abstract::new(Value::Globals, Taint::NONE),
            "builtins.vars" => match first {
                None => Abstract::new(Value::Globals, Taint::NONE),
                Some(object) => Abstract::new(Value::Members(Rc::new(object.clone())), Taint::NONE),
            },
            "operator.attrgetter" | "operator.methodcaller" => {
                let mut kept = arguments.clone();
                kept.keywords.clear();
                let tag = Abstract::path(&format!("{path}()"), Taint::NONE);
                Abstract::new(Value::Partial(Rc::new((tag, kept))), Taint::NONE)
            }
            "operator.attrgetter()" => {
                let (name, object) = (first?.clone(), arguments.at(1)?.clone());
                self.get_attribute(&object, &name, range)
            }
            "operator.methodcaller()" => {
                // The name and the arguments were filled in first; the object comes last.
                let name = first?.clone();
                let object = arguments.positional.last()?.clone();
                let member = self.get_attribute(&object, &name, range);
                let most = arguments.positional.len().saturating_sub(1);
                let rest = arguments
                    .positional
                    .get(1..most)
                    .unwrap_or_default()
                    .to_vec();
                self.apply(&member, &Args::of(rest), range)
            }
            "functools.partial" | "types.MethodType" => {
                let callable = first?.clone();
                Abstract::new(
                    Value::Partial(Rc::new((callable, arguments.behind(1)))),
                    Taint::NONE,
                )
            }
            "builtins.type" if arguments.positional.len() == 3 => {
                let (bases, members) = (arguments.at(1)?.clone(), arguments.at(2)?.clone());
                self.class_of_members(&bases, &members)
            }
            "builtins.type" if arguments.positional.len() == 1 => match &first?.value {
                Value::Instance(class) => Abstract::new(Value::Class(*class), Taint::NONE),
                Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Int(_) => {
                    Abstract::unknown(Taint::OBJECT_MODEL)
                }
                _ => Abstract::nothing(),
            },
            _ => return free_function(path, arguments),
        };
        Some(result)
    }
}

impl<'a> Interpreter<'a> {
    /// `type("X", (Base,), {"method": lambda self: …})`.
    fn class_of_members(&mut self, bases: &Abstract<'a>, members: &Abstract<'a>) -> Abstract<'a> {
        let index = self.classes.len();
        let mut class = Class {
            bases: bases.elements().unwrap_or_default().to_vec(),
            ..Class::default()
        };
        if let Value::Dict(items) = &members.value {
            for (key, value) in items.iter() {
                let Some(name) = key.as_known_text() else {
                    continue;
                };
                if let Value::Function(function, _) = value.value
                    && let Some(function) = self.functions.get_mut(function)
                {
                    function.class = Some(index);
                    function.is_bound = true;
                    function.is_entry |= names::is_entry(name);
                }
                class.members.insert(Text::made(name), value.clone());
            }
        }
        self.classes.push(class);
        Abstract::new(Value::Class(index), Taint::NONE)
    }
}

/// Functions that need nothing but their arguments.
fn free_function<'a>(path: &str, arguments: &Args<'a>) -> Option<Abstract<'a>> {
    let flows = arguments.taint().content();
    let first = arguments.at(0);
    let result = match path {
        "builtins.chr" => {
            let code = first?
                .as_int()
                .and_then(|code| char::from_u32(u32::try_from(code).ok()?));
            match code {
                Some(character) => Abstract::text(
                    character.encode_utf8(&mut [0; 4]),
                    flows | Taint::OBFUSCATED | Taint::FOLDED | Taint::LITERAL,
                ),
                None => Abstract::unknown(flows | Taint::OBFUSCATED),
            }
        }
        "builtins.ord" => {
            let character = first?.as_text().and_then(|text| text.chars().next());
            character.map_or_else(
                || Abstract::unknown(flows),
                |character| Abstract::new(Value::Int(i64::from(u32::from(character))), flows),
            )
        }
        "builtins.int" => {
            let number = first?.as_int().or_else(|| {
                parse_int(
                    first?.as_known_text()?,
                    arguments.get(1, "base").and_then(Abstract::as_int),
                )
            });
            number.map_or_else(
                || Abstract::unknown(flows),
                |number| Abstract::new(Value::Int(number), flows),
            )
        }
        "builtins.len" => match &first?.value {
            Value::Str(text) => Abstract::new(
                Value::Int(i64::try_from(text.as_str().chars().count()).ok()?),
                Taint::NONE,
            ),
            Value::Bytes(bytes) => {
                Abstract::new(Value::Int(i64::try_from(bytes.len()).ok()?), Taint::NONE)
            }
            Value::List(elements) => {
                Abstract::new(Value::Int(i64::try_from(elements.len()).ok()?), Taint::NONE)
            }
            _ => Abstract::nothing(),
        },
        "builtins.bytes" | "builtins.bytearray" | "builtins.memoryview" => {
            bytes_of(arguments, flows)
        }
        "builtins.str" | "builtins.repr" | "builtins.format" | "builtins.ascii" => {
            text_of(first, flows)?
        }
        "builtins.range" => range_of(arguments),
        "builtins.reversed" => reversed(first?, flows),
        "builtins.list" | "builtins.tuple" | "builtins.sorted" | "builtins.set"
        | "builtins.iter" | "itertools.chain" | "collections.deque" => match first {
            None => Abstract::new(Value::List(Rc::default()), Taint::NONE),
            Some(value) if matches!(value.value, Value::List(_)) && path != "builtins.sorted" => {
                value.clone()
            }
            Some(value) if path == "builtins.sorted" && arguments.keyword("key").is_some() => {
                let _ = value;
                return None;
            }
            Some(value) => characters_of(value).unwrap_or_else(|| Abstract::unknown(value.taint)),
        },
        "ast.parse" => first?.clone(),
        "random.choice" | "secrets.choice" => first?
            .elements()
            .and_then(|elements| elements.first())
            .cloned()
            .unwrap_or_else(|| Abstract::unknown(flows)),
        "json.load" | "yaml.safe_load" | "csv.reader" => {
            Abstract::unknown(data_taint(first?).content())
        }
        "builtins.next" => super::stmts::element_of(first?),
        "builtins.dict" => match first {
            Some(value) => Abstract::new(value.value.clone(), value.taint | flows).path_to_data(),
            None => Abstract::new(
                Value::Dict(Rc::new(
                    arguments
                        .keywords
                        .iter()
                        .map(|(key, value)| {
                            (
                                Abstract::new(Value::Str(key.clone()), Taint::NONE),
                                value.clone(),
                            )
                        })
                        .collect(),
                )),
                flows,
            ),
        },
        "builtins.zip" => zipped(arguments, flows),
        "builtins.enumerate" => enumerated(first?, flows),
        "builtins.sum" | "builtins.dir" | "builtins.print" | "builtins.input"
        | "builtins.object" => Abstract::unknown(flows),
        "builtins.str.join" => join(first?, arguments.at(1)?, flows),
        "operator.add" | "operator.concat" => match (first?, arguments.at(1)?) {
            (one, two) if one.as_text().is_some() => {
                Abstract::text(&[one.shown(), two.shown()].concat(), flows | Taint::FOLDED)
            }
            _ => Abstract::unknown(flows),
        },
        "operator.xor" => Abstract::unknown(flows | Taint::OBFUSCATED),
        "os.path.join"
        | "pathlib.Path"
        | "pathlib.PurePath"
        | "pathlib.PosixPath"
        | "pathlib.WindowsPath" => {
            let joined = join_paths(&arguments.positional);
            if path.starts_with("pathlib") {
                joined.tainted(Taint::PATHLIB)
            } else {
                joined
            }
        }
        "os.path.expanduser"
        | "os.path.expandvars"
        | "os.path.abspath"
        | "os.path.realpath"
        | "os.path.normpath"
        | "os.fspath"
        | "os.path.basename"
        | "textwrap.dedent"
        | "io.BytesIO"
        | "io.StringIO"
        | "urllib.parse.quote_plus"
        | "urllib.parse.quote"
        | "shlex.quote" => first?.clone(),
        "os.path.dirname" => {
            let text = first?.as_text()?;
            let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
            Abstract::text(folder, first?.taint)
        }
        "shlex.split" => {
            let words = first?
                .as_text()?
                .split_whitespace()
                .take(MAX_ELEMENTS)
                .map(|word| Abstract::text(word, flows))
                .collect();
            Abstract::list(words).tainted(flows)
        }
        "urllib.parse.urljoin" => {
            Abstract::text(&[first?.shown(), arguments.at(1)?.shown()].concat(), flows)
        }
        "json.dumps"
        | "json.loads"
        | "urllib.parse.urlencode"
        | "base64.b64encode"
        | "base64.urlsafe_b64encode"
        | "base64.b32encode"
        | "base64.b16encode"
        | "binascii.hexlify"
        | "zlib.compress"
        | "gzip.compress"
        | "struct.pack"
        | "re.sub"
        | "shlex.join"
        | "ast.literal_eval" => Abstract::unknown(flows),
        "codecs.decode" | "codecs.encode" => {
            decoded_by_name(first?, arguments.get(1, "encoding"), flows)
        }
        "codecs.getdecoder" | "codecs.getencoder" => {
            let codec = arguments.at(0)?.clone();
            let decoder = Abstract::static_path("codecs.decode");
            let mut filled = Args::default();
            filled.keywords.push((Text::Source("encoding"), codec));
            Abstract::new(Value::Partial(Rc::new((decoder, filled))), Taint::NONE)
        }
        "tempfile.gettempdir" => Abstract::text("/tmp", Taint::NONE),
        "tempfile.mkdtemp" | "tempfile.mkstemp" | "tempfile.mktemp" => {
            Abstract::text(&format!("/tmp/{HOLE}"), Taint::NONE)
        }
        "tempfile.TemporaryDirectory" => Abstract::text(&format!("/tmp/{HOLE}"), Taint::NONE),
        "site.getsitepackages" => {
            Abstract::list(vec![Abstract::text("/site-packages", Taint::NONE)])
        }
        "site.getusersitepackages"
        | "sysconfig.get_path"
        | "distutils.sysconfig.get_python_lib" => Abstract::text("/site-packages", Taint::NONE),
        "datetime.datetime.now"
        | "datetime.datetime.utcnow"
        | "datetime.date.today"
        | "time.time" => Abstract::nothing(),
        "pkgutil.get_data" | "importlib.resources.read_text" => Abstract::unknown(Taint::FILE),
        _ => return None,
    };
    Some(result)
}

impl<'a> Abstract<'a> {
    /// `dict(os.environ)` is data, not the object any more.
    fn path_to_data(self) -> Self {
        match self.value {
            Value::Path(path) if matches!(path.as_str(), "os.environ" | "os.environb") => {
                Self::unknown(self.taint | Taint::ENVIRONMENT)
            }
            value => Self::new(value, self.taint),
        }
    }
}

/// Marks of an argument that is sent or shown: the environment counts as data wherever it appears.
pub(super) fn data_taint(value: &Abstract<'_>) -> Taint {
    match &value.value {
        Value::Path(path) if matches!(path.as_str(), "os.environ" | "os.environb") => {
            value.taint | Taint::ENVIRONMENT
        }
        Value::List(elements) => elements
            .iter()
            .take(256)
            .fold(value.taint, |taint, element| taint | shallow_taint(element)),
        Value::Dict(items) => items
            .iter()
            .take(256)
            .fold(value.taint, |taint, (_, item)| taint | shallow_taint(item)),
        Value::File(file) => value.taint | Interpreter::content_taint(&file.path),
        Value::Method(object, _) => value.taint | shallow_taint(object),
        _ => value.taint,
    }
}

fn shallow_taint(value: &Abstract<'_>) -> Taint {
    match &value.value {
        Value::Path(path) if matches!(path.as_str(), "os.environ" | "os.environb") => {
            value.taint | Taint::ENVIRONMENT
        }
        Value::File(file) => value.taint | Interpreter::content_taint(&file.path),
        Value::List(elements) => elements
            .iter()
            .take(64)
            .fold(value.taint, |taint, element| {
                taint
                    | element.taint
                    | if let Value::File(file) = &element.value {
                        Interpreter::content_taint(&file.path)
                    } else {
                        Taint::NONE
                    }
            }),
        _ => value.taint,
    }
}

fn parse_int(text: &str, base: Option<i64>) -> Option<i64> {
    let text = text.trim();
    let base = base.unwrap_or(10);
    let digits = text
        .trim_start_matches("0x")
        .trim_start_matches("0b")
        .trim_start_matches("0o");
    let radix = match (base, text.get(..2)) {
        (0, Some("0x")) => 16,
        (0, Some("0b")) => 2,
        (0, Some("0o")) => 8,
        (0, _) => 10,
        (base, _) => u32::try_from(base)
            .ok()
            .filter(|base| (2..=36).contains(base))?,
    };
    i64::from_str_radix(digits, radix).ok()
}

fn bytes_of<'a>(arguments: &Args<'a>, flows: Taint) -> Abstract<'a> {
    let Some(first) = arguments.at(0) else {
        return Abstract::bytes(&[], Taint::NONE);
    };
    match &first.value {
        Value::Str(text) if !text.as_str().contains(HOLE) => {
            Abstract::bytes(text.as_str().as_bytes(), flows)
        }
        Value::Bytes(bytes) => Abstract::bytes(bytes, flows),
        Value::List(elements) => {
            let bytes: Option<Vec<u8>> = elements
                .iter()
                .map(|element| {
                    element
                        .as_int()
                        .and_then(|number| u8::try_from(number).ok())
                })
                .collect();
            let marks = flows | Taint::OBFUSCATED | Taint::LITERAL | Taint::FOLDED;
            bytes.map_or_else(
                || Abstract::unknown(flows | Taint::OBFUSCATED),
                |bytes| Abstract::bytes(&bytes, marks),
            )
        }
        _ => Abstract::unknown(flows),
    }
}

fn text_of<'a>(first: Option<&Abstract<'a>>, flows: Taint) -> Option<Abstract<'a>> {
    let first = first?;
    Some(match &first.value {
        Value::Str(_) => first.clone(),
        Value::Int(number) => Abstract::text(&number.to_string(), flows),
        Value::Bytes(bytes) => bytes_to_text(bytes, flows),
        Value::Path(_) => Abstract::unknown(data_taint(first)),
        _ => Abstract::unknown(flows),
    })
}

pub(super) fn bytes_to_text<'a>(bytes: &[u8], taint: Taint) -> Abstract<'a> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Abstract::text(text, taint),
        Err(_) => Abstract::unknown(taint),
    }
}

fn range_of<'a>(arguments: &Args<'a>) -> Abstract<'a> {
    let numbers: Option<Vec<i64>> = arguments.positional.iter().map(Abstract::as_int).collect();
    let (start, end, step) = match numbers.as_deref() {
        Some([end]) => (0, *end, 1),
        Some([start, end]) => (*start, *end, 1),
        Some([start, end, step]) => (*start, *end, *step),
        _ => return Abstract::nothing(),
    };
    if step == 0 {
        return Abstract::nothing();
    }
    let mut elements = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        if elements.len() >= MAX_ELEMENTS {
            return Abstract::nothing();
        }
        elements.push(Abstract::new(Value::Int(at), Taint::NONE));
        at = at.saturating_add(step);
    }
    Abstract::list(elements)
}

fn characters_of<'a>(value: &Abstract<'a>) -> Option<Abstract<'a>> {
    let taint = value.taint;
    let elements: Vec<Abstract<'a>> = match &value.value {
        Value::Str(text) => text
            .as_str()
            .chars()
            .take(MAX_ELEMENTS)
            .map(|character| Abstract::text(character.encode_utf8(&mut [0; 4]), taint))
            .collect(),
        Value::Bytes(bytes) => bytes
            .iter()
            .take(MAX_ELEMENTS)
            .map(|byte| Abstract::new(Value::Int(i64::from(*byte)), taint))
            .collect(),
        Value::List(elements) => elements.as_ref().clone(),
        Value::Dict(items) => items.iter().map(|(key, _)| key.clone()).collect(),
        _ => return None,
    };
    Some(Abstract::new(Value::List(Rc::new(elements)), taint))
}

fn reversed<'a>(value: &Abstract<'a>, flows: Taint) -> Abstract<'a> {
    let Some(list) = characters_of(value) else {
        return Abstract::unknown(flows);
    };
    let mut elements = list.elements().unwrap_or_default().to_vec();
    elements.reverse();
    let mark = if matches!(value.value, Value::Str(_)) {
        Taint::OBFUSCATED | Taint::LITERAL | Taint::FOLDED
    } else {
        Taint::NONE
    };
    let elements = elements
        .into_iter()
        .map(|element| element.tainted(mark))
        .collect();
    Abstract::new(Value::List(Rc::new(elements)), flows | mark)
}

fn zipped<'a>(arguments: &Args<'a>, flows: Taint) -> Abstract<'a> {
    let columns: Option<Vec<Abstract<'a>>> =
        arguments.positional.iter().map(characters_of).collect();
    let Some(columns) = columns else {
        return Abstract::unknown(flows);
    };
    let length = columns
        .iter()
        .filter_map(|column| column.elements().map(<[_]>::len))
        .min()
        .unwrap_or(0);
    let rows = (0..length.min(MAX_ELEMENTS))
        .map(|row| {
            Abstract::list(
                columns
                    .iter()
                    .filter_map(|column| column.elements()?.get(row).cloned())
                    .collect(),
            )
        })
        .collect();
    Abstract::new(Value::List(Rc::new(rows)), flows)
}

fn enumerated<'a>(value: &Abstract<'a>, flows: Taint) -> Abstract<'a> {
    let Some(list) = characters_of(value) else {
        return Abstract::unknown(flows);
    };
    let rows = list
        .elements()
        .unwrap_or_default()
        .iter()
        .zip(0_i64..)
        .map(|(element, index)| {
            Abstract::list(vec![
                Abstract::new(Value::Int(index), Taint::NONE),
                element.clone(),
            ])
        })
        .collect();
    Abstract::new(Value::List(Rc::new(rows)), flows)
}

pub(super) fn join<'a>(
    separator: &Abstract<'a>,
    parts: &Abstract<'a>,
    flows: Taint,
) -> Abstract<'a> {
    let taint = flows | separator.taint.content() | parts.taint.content() | Taint::FOLDED;
    let Some(elements) = parts.elements() else {
        return match &parts.value {
            Value::Str(text) => Abstract::text(text.as_str(), taint),
            _ => Abstract::unknown(taint),
        };
    };
    if let Value::Bytes(separator) = &separator.value {
        let pieces: Option<Vec<&[u8]>> = elements.iter().map(Abstract::as_bytes).collect();
        return pieces.map_or_else(
            || Abstract::unknown(taint),
            |pieces| Abstract::bytes(&pieces.join(separator.as_ref()), taint),
        );
    }
    let separator = separator.shown();
    let mut text = String::new();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        text.push_str(&element.shown());
        if text.len() > MAX_TEXT {
            break;
        }
    }
    Abstract::text(&text, taint)
}

/// The encoding that a codec's name stands for, if it disguises.
pub(super) fn codec_by_name(name: &str) -> Option<Codec> {
    match name
        .to_ascii_lowercase()
        .replace(['-', '_'], "")
        .trim_end_matches("codec")
    {
        "rot13" => Some(Codec::Rot13),
        "hex" => Some(Codec::Hex),
        "base64" | "b64" => Some(Codec::Base64),
        "zlib" | "zip" => Some(Codec::Zlib),
        "bz2" | "uu" | "quopri" => Some(Codec::Opaque),
        _ => None,
    }
}

fn decoded_by_name<'a>(
    value: &Abstract<'a>,
    name: Option<&Abstract<'a>>,
    flows: Taint,
) -> Abstract<'a> {
    match name
        .and_then(Abstract::as_known_text)
        .and_then(codec_by_name)
    {
        Some(codec) => decoded(value, codec),
        None => match &value.value {
            Value::Bytes(bytes) => bytes_to_text(bytes, value.taint),
            Value::Str(_) => value.clone(),
            _ => Abstract::unknown(flows),
        },
    }
}

/// A value after decoding.
pub(super) fn decoded<'a>(value: &Abstract<'a>, codec: Codec) -> Abstract<'a> {
    let flows = value.taint.content() | Taint::DECODED | Taint::FOLDED;
    let Some(input) = value.as_bytes() else {
        return Abstract::unknown(flows);
    };
    let marks = flows | Taint::LITERAL;
    match decode(codec, input) {
        Some(output) if codec == Codec::Rot13 => bytes_to_text(&output, marks),
        Some(output) => Abstract::bytes(&output, marks),
        None => Abstract::unknown(marks),
    }
}
