//! The tables of names, read once from the text files beside this module.

use std::sync::LazyLock;

use crate::facts::Capability;

/// What arguments an approved name may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Any.
    Any,
    /// Data only: nothing that was imported or made by an unapproved call.
    Plain,
    /// Good as a value; a call of it is not approved.
    Held,
    /// A class that may be made without its constructor, or without arguments.
    New,
    /// A first argument that is called without arguments later (`defaultdict`).
    Factory,
    /// `getattr`: approved for members of enumerations and for paths that are approved themselves.
    GetAttr,
    /// `setattr`: for review on classes and functions that travel in the stream, where dill needs it.
    SetAttr,
    /// `operator.attrgetter` with plain names: for review, since a call of it walks.
    AttrGetter,
    /// `type`: of one plain value.
    Singleton,
    /// `operator.getitem` on generic types.
    Typing,
    /// `functools.partial`: holds a callable.
    Partial,
    /// `copyreg._reconstructor(class, base, state)`.
    Reconstructor,
    /// `copyreg.__newobj__(class, *args)`.
    NewObj,
    /// `codecs.encode` to bytes.
    Encode,
    /// A class first, made without its constructor (array reconstructors, `newObj`).
    NewFirst,
    /// `_ufunc_reconstruct(module, name)`: an import.
    Ufunc,
    /// numpy's random generators: a class or name, then a constructor that is called.
    BitGenerator,
    /// `f(callable, arguments, …)`.
    Apply,
    /// `torch._tensor._rebuild_from_type`: `f(callable, type, arguments, state)`.
    Rebuild,
    /// Bytes that `torch.load` reads.
    LoadBytes,
    /// Bytes among the arguments are pickles.
    Nested,
    /// Makes functions, code objects or classes: always for review.
    Code,
    /// `f(type, *arguments)`, for review.
    CreateType,
    /// Names a type of module `types` or `builtins`, for review.
    LoadType,
    /// Imports a module by name, for review.
    Subimport,
    /// A file name second, and read only if the first argument is no file: approved with `None` first.
    NoneFirst,
}

#[derive(Debug)]
struct Row<Tag> {
    module: &'static str,
    tag: Tag,
    names: &'static str,
}

fn read<Tag>(text: &'static str, tag: fn(&str) -> Option<Tag>) -> Vec<Row<Tag>> {
    let mut rows: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (word, rest) = line.split_once(' ')?;
            let (module, names) = rest.split_once(' ')?;
            Some(Row {
                module,
                tag: tag(word)?,
                names,
            })
        })
        .collect();
    rows.sort_by_key(|row| row.module);
    rows
}

fn rows_of<'t, Tag>(rows: &'t [Row<Tag>], module: &str) -> &'t [Row<Tag>] {
    let start = rows.partition_point(|row| row.module < module);
    let rest = rows.get(start..).unwrap_or_default();
    let length = rest.partition_point(|row| row.module == module);
    rest.get(..length).unwrap_or_default()
}

fn lists<Tag>(row: &Row<Tag>, name: &str) -> bool {
    row.names.split(' ').any(|it| it == name)
}

fn capability(word: &str) -> Option<Capability> {
    Some(match word {
        "exec" => Capability::CodeExecution,
        "process" => Capability::Process,
        "read" => Capability::FileRead,
        "write" => Capability::FileWrite,
        "net" => Capability::Network,
        "import" => Capability::Import,
        "load" => Capability::Deserialization,
        "attr" => Capability::AttributeAccess,
        "look" => Capability::Introspection,
        "native" => Capability::NativeCode,
        "dos" => Capability::DenialOfService,
        "env" => Capability::Environment,
        _ => return None,
    })
}

fn rule(word: &str) -> Option<Rule> {
    Some(match word {
        "any" => Rule::Any,
        "plain" => Rule::Plain,
        "held" => Rule::Held,
        "new" => Rule::New,
        "factory" => Rule::Factory,
        "getattr" => Rule::GetAttr,
        "setattr" => Rule::SetAttr,
        "attrgetter" => Rule::AttrGetter,
        "singleton" => Rule::Singleton,
        "typing" => Rule::Typing,
        "partial" => Rule::Partial,
        "reconstructor" => Rule::Reconstructor,
        "newobj" => Rule::NewObj,
        "encode" => Rule::Encode,
        "array" | "new0" => Rule::NewFirst,
        "ufunc" => Rule::Ufunc,
        "bitgen" => Rule::BitGenerator,
        "apply" => Rule::Apply,
        "rebuild" => Rule::Rebuild,
        "loadbytes" => Rule::LoadBytes,
        "nested" => Rule::Nested,
        "code" => Rule::Code,
        "createtype" => Rule::CreateType,
        "dilltype" => Rule::LoadType,
        "subimport" => Rule::Subimport,
        "nonefirst" => Rule::NoneFirst,
        _ => return None,
    })
}

static SAFE: LazyLock<Vec<Row<Rule>>> = LazyLock::new(|| read(include_str!("safe.txt"), rule));
static DANGEROUS: LazyLock<Vec<Row<Capability>>> =
    LazyLock::new(|| read(include_str!("dangerous.txt"), capability));
static STDLIB: &str = include_str!("stdlib.txt");

/// The rule of an approved name; the module in canonical spelling.
pub(crate) fn safe(module: &str, name: &str) -> Option<Rule> {
    rows_of(&SAFE, module)
        .iter()
        .find(|row| lists(row, name))
        .map(|row| row.tag)
}

/// The capability of a name that is catalogued itself, or is a method of a class that is; the module in
/// canonical spelling.
pub(crate) fn dangerous(module: &str, name: &str) -> Option<Capability> {
    let rows = rows_of(&DANGEROUS, module);
    let exact = rows.iter().find(|row| lists(row, name));
    let of_class = || {
        let (class, _) = name.split_once('.')?;
        rows.iter().find(|row| lists(row, class))
    };
    exact.or_else(of_class).map(|row| row.tag)
}

/// The capability of a module that is catalogued as a whole; the module in canonical spelling.
pub(crate) fn dangerous_module(module: &str) -> Option<Capability> {
    rows_of(&DANGEROUS, module)
        .iter()
        .find(|row| row.names == "*")
        .map(|row| row.tag)
}

/// Whether a module belongs to Python's own library.
pub(crate) fn is_stdlib(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or_default();
    STDLIB.split_ascii_whitespace().any(|it| it == root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        for (text, known) in [
            (include_str!("safe.txt"), SAFE.len()),
            (include_str!("dangerous.txt"), DANGEROUS.len()),
        ] {
            let lines = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .count();
            assert_eq!(lines, known);
        }
    }

    #[test]
    fn no_name_is_both_approved_and_dangerous_by_name() {
        for row in SAFE.iter().filter(|row| !matches!(row.tag, Rule::Code)) {
            for name in row.names.split(' ') {
                let clash = rows_of(&DANGEROUS, row.module)
                    .iter()
                    .find(|it| lists(it, name));
                assert!(clash.is_none(), "{} {name}", row.module);
            }
        }
    }
}
