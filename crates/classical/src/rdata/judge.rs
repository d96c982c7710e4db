//! Which code of a file runs, and what it calls.
//!
//! Three positions are told apart. A promise that holds code where a value belongs runs when the value is looked at.
//! Calls that lie among data (the call of a fit, a formula) run when the model is updated or used for prediction.
//! Bodies of functions run if somebody calls them. Names that start processes, load native code, or build code from
//! encoded text are reported in each, by position; other code is honest.

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazardKind};

use super::arena::{Arena, Kind, Node, Role};
use super::walk::ACTIVE_BINDING;
use crate::note::{hazard, is_remote, out_of_time};

const PROMISE: &str = "CVE-2024-27322";

/// Functions that start processes.
const PROCESS: [&str; 24] = [
    "system",
    "system2",
    "shell",
    "shell.exec",
    "pipe",
    "exec_wait",
    "exec_background",
    "exec_internal",
    "r_bg",
    "rscript",
    "mcparallel",
    "system3",
    "run_command",
    "py_run_string",
    "py_run_file",
    "source_python",
    "terminalExecute",
    "execl",
    "Rscript",
    "sourceCpp",
    "cppFunction",
    "evalCpp",
    "py_eval",
    ".jrunScript",
];
/// Functions that load native code.
const NATIVE: [&str; 5] = [
    "dyn.load",
    "library.dynam",
    ".jaddClassPath",
    "inline::cfunction",
    "cfunction",
];
/// Functions that fetch code or files.
const FETCH: [&str; 12] = [
    "download.file",
    "source",
    "sys.source",
    "install.packages",
    "install_github",
    "install_url",
    "source_url",
    "source_gist",
    "curl_download",
    "curl_fetch_memory",
    "socketConnection",
    "getURL",
];
/// Functions that call another one by name.
const BY_NAME: [&str; 16] = [
    "do.call",
    "match.fun",
    "get",
    "get0",
    "mget",
    "getExportedValue",
    "getFromNamespace",
    "getAnywhere",
    "Reduce",
    "sapply",
    "lapply",
    "vapply",
    "Map",
    "mapply",
    "as.name",
    "as.symbol",
];
/// Functions that evaluate what `parse` and the like make.
const EVALUATE: [&str; 8] = [
    "eval",
    "evalq",
    "eval.parent",
    "local",
    "eval_tidy",
    "eval_bare",
    "sys.eval",
    "with",
];
/// Functions that make text out of encoded bytes or fetch it, where `parse` reads honest text otherwise.
const DECODE: [&str; 18] = [
    "base64decode",
    "base64Decode",
    "base64_dec",
    "decode64",
    "rawToChar",
    "memDecompress",
    "intToUtf8",
    "chartr",
    "url",
    "readLines",
    "gzcon",
    "curl",
    "content",
    "GET",
    "unserialize",
    "readRDS",
    "rawConnection",
    "hex2raw",
];
/// Functions that R calls by itself if a workspace or namespace defines them.
const HOOKS: [&str; 7] = [
    ".First",
    ".Last",
    ".First.sys",
    ".onLoad",
    ".onAttach",
    ".First.lib",
    ".onUnload",
];
/// Classes of alternative representations that R itself has.
const ALTREP: [&str; 14] = [
    "compact_intseq",
    "compact_realseq",
    "deferred_string",
    "wrap_integer",
    "wrap_logical",
    "wrap_real",
    "wrap_complex",
    "wrap_raw",
    "wrap_string",
    "wrap_list",
    "mmap_integer",
    "mmap_real",
    "wrap_expression",
    "wrap_symbol",
];

/// Where code lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Among data: run by whoever evaluates the call.
    Data,
    /// In a function: run by whoever calls it.
    Function,
    /// In a promise that nobody has looked at.
    Promise,
    /// In a function that R calls by itself.
    Hook,
    /// In a promise whose value is already there; never run.
    Dead,
}

/// Judges the code of a file.
pub(super) fn judge(arena: &Arena, is_workspace: bool, budget: &Budget, facts: &mut ModelFacts) {
    let judge = Judge {
        arena,
        is_workspace,
    };
    for (index, node) in arena.iter() {
        if index.is_multiple_of(16 * 1024) && out_of_time(budget, node.at, facts) {
            return;
        }
        match node.kind {
            Kind::Promise => judge.promise(index, node, facts),
            Kind::Call => judge.call(index, node, facts),
            Kind::Symbol | Kind::Texts if node.role == Role::Constant => {
                judge.constant(index, node, facts)
            }
            Kind::Altrep => judge.altrep(index, node, facts),
            Kind::Pairs => judge.pairs(index, node, facts),
            _ => {}
        }
    }
}

struct Judge<'a> {
    arena: &'a Arena,
    is_workspace: bool,
}

impl Judge<'_> {
    /// Goes up to the first thing that says when code runs.
    fn position(&self, index: u32) -> Position {
        let mut at = index;
        for _ in 0..self.arena.len() {
            let Some(node) = self.arena.get(at) else {
                break;
            };
            let Some(above) = self.arena.get(node.parent) else {
                break;
            };
            match (above.kind, node.role) {
                (Kind::Promise, Role::Body) if self.is_forced(node.parent) => {
                    return Position::Dead;
                }
                (Kind::Promise, Role::Body) => return Position::Promise,
                (Kind::Closure, Role::Body | Role::Formals) => {
                    return if self.is_hook(node.parent) {
                        Position::Hook
                    } else {
                        Position::Function
                    };
                }
                // Source references repeat the code as text.
                _ => at = node.parent,
            }
        }
        Position::Data
    }

    /// Whether the value of a promise is there already.
    fn is_forced(&self, promise: u32) -> bool {
        self.arena
            .children(promise)
            .any(|(_, child)| child.role == Role::Forced && child.flags & 0xff != 252)
    }

    /// The name under which an object lies in a pair list.
    fn name_of(&self, index: u32) -> Option<&str> {
        let node = self.arena.get(index)?;
        let mut tag = None;
        for (each, child) in self.arena.children(node.parent) {
            if each == index {
                break;
            }
            match child.role {
                Role::Tag => tag = Some(each),
                Role::Value => tag = None,
                _ => {}
            }
        }
        self.arena.word(tag?)
    }

    /// Whether a function lies at the top of a workspace under a name that R looks for.
    fn is_hook(&self, closure: u32) -> bool {
        self.is_workspace
            && self.arena.get(closure).is_some_and(|node| node.parent == 0)
            && self
                .name_of(closure)
                .is_some_and(|name| HOOKS.contains(&name))
    }

    /// Whether an object lies in the frame of an environment, as the arguments of functions do.
    fn is_in_frame(&self, index: u32) -> bool {
        let mut at = index;
        for _ in 0..4 {
            let Some(node) = self.arena.get(at) else {
                return false;
            };
            if node.role == Role::Frame {
                return true;
            }
            at = node.parent;
        }
        false
    }

    fn promise(&self, index: u32, node: &Node, facts: &mut ModelFacts) {
        if self.is_forced(index) {
            return;
        }
        let code = self
            .arena
            .children(index)
            .find(|(_, child)| child.role == Role::Body);
        let is_code = code.is_some_and(|(_, body)| {
            matches!(
                body.kind,
                Kind::Call | Kind::Bytecode | Kind::Promise | Kind::Reference
            )
        });
        let is_bound = self.arena.children(index).any(|(_, child)| {
            child.role == Role::Around
                && matches!(
                    child.kind,
                    Kind::Environment | Kind::Reference | Kind::Namespace | Kind::Data
                )
                && child.flags & 0xff != 254
        });
        if is_bound && self.is_in_frame(index) {
            return;
        }
        let effect = if is_code {
            Effect::OnLoad
        } else {
            Effect::Conditional
        };
        let subject = code
            .and_then(|(body, _)| self.head(body))
            .unwrap_or_else(|| "promise".to_owned());
        let detail = "code lies where a value belongs and runs as soon as the value is looked at";
        hazard(
            facts,
            ModelHazardKind::EmbeddedCode,
            effect,
            Place::Byte(node.at),
            &subject,
            detail,
            PROMISE,
        );
    }

    /// The name of the function that a call calls, also behind `package::name`.
    fn head(&self, call: u32) -> Option<String> {
        let (first, function) = self.arguments(call).next()?;
        match function.kind {
            Kind::Call => {
                let inner = self
                    .arguments(first)
                    .next()
                    .and_then(|(inner, _)| self.arena.word(inner))?;
                if !matches!(
                    inner,
                    "::" | ":::"
                        | "$"
                        | "@"
                        | "function"
                        | "get"
                        | "match.fun"
                        | "getExportedValue"
                        | "as.name"
                ) {
                    return None;
                }
                let last = self
                    .arguments(first)
                    .skip(1)
                    .filter_map(|(at, _)| self.arena.word(at))
                    .last()?;
                Some(last.to_owned())
            }
            _ => self.arena.word(first).map(str::to_owned),
        }
    }

    fn arguments(&self, call: u32) -> impl Iterator<Item = (u32, &Node)> {
        self.arena
            .children(call)
            .filter(|(_, child)| child.role == Role::Value)
    }

    fn call(&self, index: u32, node: &Node, facts: &mut ModelFacts) {
        let Some(name) = self.head(index) else {
            return;
        };
        let mut called = vec![name.clone()];
        if BY_NAME.contains(&name.as_str()) {
            called.extend(
                self.arguments(index)
                    .skip(1)
                    .take(3)
                    .filter_map(|(at, _)| self.arena.word(at))
                    .map(str::to_owned),
            );
        }
        let kind = called.iter().find_map(|name| danger(name)).or_else(|| {
            (EVALUATE.contains(&name.as_str()) && self.decodes(index)).then_some(Danger::Decoded)
        });
        let Some(danger) = kind else {
            return;
        };
        let remote = self
            .arguments(index)
            .filter_map(|(at, _)| self.arena.word(at))
            .any(is_remote);
        self.report(index, node.at, &called.join(" "), danger, remote, facts);
    }

    /// A function's name among the constants of bytecode, which its instructions call.
    fn constant(&self, index: u32, node: &Node, facts: &mut ModelFacts) {
        if node.kind == Kind::Symbol
            && let Some(name) = self.arena.word(index)
            && let Some(danger @ (Danger::Process | Danger::Native)) = danger(name)
        {
            self.report(index, node.at, name, danger, false, facts);
        }
    }

    /// Whether text is decoded or fetched within a call, in few levels.
    fn decodes(&self, call: u32) -> bool {
        let mut open: Vec<(u32, u32)> = vec![(call, 0)];
        let (mut parses, mut decodes) = (false, false);
        while let Some((at, depth)) = open.pop() {
            if depth > 8 || open.len() > 1000 {
                continue;
            }
            for (child, node) in self.arguments(at) {
                if node.kind == Kind::Call {
                    let head = self.head(child).unwrap_or_default();
                    parses |= matches!(
                        head.as_str(),
                        "parse"
                            | "str2lang"
                            | "str2expression"
                            | "parse_expr"
                            | "unserialize"
                            | "readRDS"
                    );
                    decodes |= DECODE.contains(&head.as_str());
                    open.push((child, depth.saturating_add(1)));
                }
            }
        }
        parses && decodes
    }

    fn report(
        &self,
        index: u32,
        at: u64,
        subject: &str,
        danger: Danger,
        remote: bool,
        facts: &mut ModelFacts,
    ) {
        let position = self.position(index);
        let (kind, effect) = match (position, danger) {
            (Position::Dead, _) => return,
            // Scripts and helpers fetch files; that alone is honest in a function.
            (Position::Function, Danger::Fetch) if !remote => return,
            (Position::Function, Danger::Fetch) => {
                (ModelHazardKind::NetworkUse, Effect::Conditional)
            }
            (Position::Function, Danger::Process) => {
                (ModelHazardKind::ProcessStart, Effect::Conditional)
            }
            (Position::Function, Danger::Native) => {
                (ModelHazardKind::NativeLibrary, Effect::Conditional)
            }
            (Position::Function, Danger::Decoded) => {
                (ModelHazardKind::EmbeddedCode, Effect::Conditional)
            }
            (Position::Promise, _) => (ModelHazardKind::DangerousCallable, Effect::OnUse),
            (Position::Data, _) => (ModelHazardKind::DangerousCallable, Effect::OnUse),
            (Position::Hook, _) => (ModelHazardKind::DangerousCallable, Effect::OnLoad),
        };
        let detail = match position {
            Position::Function => "a stored function calls it",
            Position::Promise => "an unevaluated argument calls it as soon as it is looked at",
            Position::Hook => "R calls the function by itself when the workspace is opened",
            Position::Data | Position::Dead => {
                "a stored call or formula calls it when the model is updated or used"
            }
        };
        hazard(facts, kind, effect, Place::Byte(at), subject, detail, "");
    }

    /// A value whose class says how to restore it.
    fn altrep(&self, index: u32, node: &Node, facts: &mut ModelFacts) {
        let info = self
            .arena
            .children(index)
            .find(|(_, child)| child.role == Role::Tag);
        let Some((info, _)) = info else { return };
        let mut words = self
            .arguments(info)
            .filter_map(|(at, _)| self.arena.word(at));
        let (class, package) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let place = Place::Byte(node.at);
        if matches!(class, "mmap_integer" | "mmap_real") {
            let detail = "a vector is mapped from a file that it names";
            hazard(
                facts,
                ModelHazardKind::FileRead,
                Effect::OnLoad,
                place,
                class,
                detail,
                "",
            );
        } else if package == "base" && !ALTREP.contains(&class) {
            let detail = "a representation of values that R does not have";
            hazard(
                facts,
                ModelHazardKind::UnknownCallable,
                Effect::OnLoad,
                place,
                class,
                detail,
                "",
            );
        } else if package != "base" {
            let subject = format!("{package}::{class}");
            let detail = "the package is loaded to restore the value";
            hazard(
                facts,
                ModelHazardKind::CustomOperator,
                Effect::OnLoad,
                place,
                &subject,
                detail,
                "",
            );
        }
    }

    /// The variables of a workspace: hooks, and variables that are functions in disguise.
    fn pairs(&self, index: u32, node: &Node, facts: &mut ModelFacts) {
        if node.flags & ACTIVE_BINDING != 0 && !self.is_in_frame(index) {
            let detail = "reading the variable calls a function";
            hazard(
                facts,
                ModelHazardKind::EmbeddedCode,
                Effect::OnUse,
                Place::Byte(node.at),
                "active binding",
                detail,
                "",
            );
        }
        if index != 0 || !self.is_workspace {
            return;
        }
        for (each, child) in self.arena.children(index) {
            if child.kind == Kind::Closure && self.is_hook(each) {
                let name = self.name_of(each).unwrap_or_default().to_owned();
                let detail = "R calls the function by itself when the workspace is opened";
                hazard(
                    facts,
                    ModelHazardKind::EmbeddedCode,
                    Effect::Conditional,
                    Place::Byte(child.at),
                    &name,
                    detail,
                    "",
                );
            }
        }
    }
}

/// What a function does that a model has no need for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Danger {
    Process,
    Native,
    Fetch,
    Decoded,
}

fn danger(name: &str) -> Option<Danger> {
    if PROCESS.contains(&name) {
        Some(Danger::Process)
    } else if NATIVE.contains(&name) {
        Some(Danger::Native)
    } else if FETCH.contains(&name) {
        Some(Danger::Fetch)
    } else {
        None
    }
}
