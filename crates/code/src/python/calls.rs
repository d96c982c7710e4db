//! What calling a value comes to.

use std::rc::Rc;

use ruff_python_ast::Expr;
use ruff_text_size::TextRange;

use super::folding::join_paths;
use super::interp::Interpreter;
use super::names::{self, Api};
use super::stmts::element_of;
use super::value::{Abstract, Args, OpenFile, Taint, Text, Value};

/// How many elements a function is applied to by `map`.
const MAX_MAPPED: usize = 64;

impl<'a> Interpreter<'a> {
    /// Calls a value.
    pub(super) fn apply(
        &mut self,
        callee: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        self.deeper(Abstract::nothing(), |this| {
            this.apply_now(callee, arguments, range)
        })
    }

    fn apply_now(
        &mut self,
        callee: &Abstract<'a>,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        match &callee.value {
            Value::Function(index, _) => self.call_function(*index, None, arguments),
            Value::Bound(index, this) => {
                let this = this.as_ref().clone();
                self.call_function(*index, Some(this), arguments)
            }
            Value::Class(class) => self.construct(*class, arguments, range),
            Value::Instance(_) => self
                .call_method(callee, "__call__", arguments, range)
                .unwrap_or_else(Abstract::nothing),
            Value::Method(object, name) => {
                let (object, name) = (Rc::clone(object), name.clone());
                self.method(&object, name.as_str(), arguments, range)
            }
            Value::Partial(partial) => {
                let (inner, first) = partial.as_ref();
                let mut all = first.clone();
                all.positional.extend(arguments.positional.iter().cloned());
                all.keywords.extend(arguments.keywords.iter().cloned());
                let inner = inner.clone();
                self.apply(&inner, &all, range)
            }
            Value::Path(path) => {
                let path = path.clone();
                self.known(path.as_str(), callee.taint, arguments, range)
            }
            _ => {
                self.callables_handed_on(arguments, range);
                let flows = callee.taint.content() | arguments.taint().through_unknown();
                Abstract::unknown(flows | revealed(arguments))
            }
        }
    }

    /// `f(os.system, "command")`, where nothing is known of `f`.
    fn callables_handed_on(&mut self, arguments: &Args<'a>, range: TextRange) {
        let position = arguments
            .positional
            .iter()
            .position(|argument| argument.as_path().is_some_and(names::is_dangerous));
        if let Some(position) = position
            && let Some(callable) = arguments.at(position).cloned()
        {
            let rest = arguments.behind(position.saturating_add(1));
            if !rest.positional.is_empty() {
                self.apply(&callable, &rest, range);
            }
        }
    }

    fn construct(&mut self, class: usize, arguments: &Args<'a>, range: TextRange) -> Abstract<'a> {
        let instance = Abstract::new(Value::Instance(class), Taint::NONE);
        for name in ["__new__", "__init__", "__post_init__"] {
            self.call_method(&instance, name, arguments, range);
        }
        instance
    }

    /// Calls a method of an instance of the file, if it has one.
    fn call_method(
        &mut self,
        instance: &Abstract<'a>,
        name: &'a str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Option<Abstract<'a>> {
        let Value::Instance(class) = instance.value else {
            return None;
        };
        self.member_of_class(class, name)?;
        let method = self.attribute(instance, name, range);
        Some(self.apply(&method, arguments, range))
    }

    pub(super) fn call_method_if_any(
        &mut self,
        instance: &Abstract<'a>,
        name: &'a str,
    ) -> Option<Abstract<'a>> {
        self.call_method(instance, name, &Args::default(), Self::nowhere())
    }

    /// Calls a function of a library.
    fn known(
        &mut self,
        path: &str,
        taint: Taint,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        if self.affords(arguments.size())
            && let Some(result) = self.pure(path, arguments, range)
        {
            return result;
        }
        if let Some(api) = names::api(path) {
            return self.library_call(api, path, arguments, range);
        }
        // `from_pretrained(…)`, `Path.home()`: the result is known by name where the table goes on behind it.
        let result = format!("{path}()");
        let flows = taint | arguments.taint().through_unknown();
        if names::is_known(&result) {
            return Abstract::path(&result, flows);
        }
        self.callables_handed_on(arguments, range);
        Abstract::unknown(flows | revealed(arguments))
    }

    /// Calls what is handed to `Thread`, `map`, `atexit.register` and the like.
    pub(super) fn higher_order(
        &mut self,
        path: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let named = ["target", "function", "func", "key", "initializer"]
            .iter()
            .find_map(|name| arguments.keyword(name));
        let position = arguments.positional.iter().position(Abstract::is_callable);
        let (callable, rest) = match (named, position) {
            (Some(callable), _) if callable.is_callable() => (callable.clone(), Args::default()),
            (_, Some(position)) => match arguments.at(position) {
                Some(callable) => (
                    callable.clone(),
                    arguments.behind(position.saturating_add(1)),
                ),
                None => return Abstract::nothing(),
            },
            _ => {
                // `asyncio.run(main())`: the call has been evaluated as an argument.
                return Abstract::unknown(arguments.taint().through_unknown());
            }
        };
        let rest = match arguments.keyword("args").and_then(Abstract::elements) {
            Some(elements) => Args::of(elements.to_vec()),
            None => match rest.at(0).and_then(Abstract::elements) {
                Some(elements)
                    if path == "threading.Timer" || path.ends_with("start_new_thread") =>
                {
                    Args::of(elements.to_vec())
                }
                _ => rest,
            },
        };
        if matches!(
            path,
            "builtins.map" | "builtins.filter" | "itertools.starmap"
        ) || path.ends_with("().map")
        {
            return self.mapped(&callable, &rest, range);
        }
        if path == "functools.reduce" {
            return self.reduced(&callable, &rest, range);
        }
        self.apply(&callable, &rest, range);
        Abstract::nothing()
    }

    fn mapped(
        &mut self,
        callable: &Abstract<'a>,
        rest: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let Some(first) = rest.at(0) else {
            return Abstract::nothing();
        };
        let elements = if self.fuel > 0 {
            self.iterate(first)
        } else {
            None
        };
        let Some(elements) = elements else {
            let result = self.apply(callable, &Args::of(vec![element_of(first)]), range);
            return Abstract::unknown(result.taint);
        };
        let is_library = matches!(callable.value, Value::Path(_));
        let most = if is_library {
            super::value::MAX_ELEMENTS
        } else {
            MAX_MAPPED
        };
        let mut results = Vec::new();
        let mut taint = Taint::NONE;
        let is_short = elements.len() <= most;
        for element in elements.into_iter().take(most) {
            self.fuel = self.fuel.saturating_sub(2);
            let result = self.apply(callable, &Args::of(vec![element]), range);
            taint |= result.taint.content();
            results.push(result);
        }
        if is_short {
            Abstract::list(results)
        } else {
            Abstract::unknown(taint)
        }
    }

    fn reduced(
        &mut self,
        callable: &Abstract<'a>,
        rest: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let elements = rest
            .at(0)
            .and_then(|first| self.iterate(first))
            .filter(|elements| elements.len() <= MAX_MAPPED);
        let Some(elements) = elements else {
            return Abstract::unknown(rest.taint().content());
        };
        let mut elements = rest.at(1).cloned().into_iter().chain(elements);
        let Some(mut value) = elements.next() else {
            return Abstract::nothing();
        };
        for element in elements {
            value = self.apply(callable, &Args::of(vec![value, element]), range);
        }
        value
    }

    /// Calls a method of a value that is not an instance of a class of the file.
    fn method(
        &mut self,
        object: &Abstract<'a>,
        name: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        if matches!(name, "__getitem__" | "get" | "pop")
            && let (Value::Globals | Value::Members(_), Some(key)) =
                (&object.value, arguments.at(0))
        {
            let key = key.clone();
            return self.named_item(object, &key, range);
        }
        if matches!(name, "__getattribute__" | "__getattr__")
            && let Some(key) = arguments.positional.last().cloned()
        {
            return self.get_attribute(object, &key, range);
        }
        if let Value::File(file) = &object.value {
            let file = Rc::clone(file);
            return self.file_method(&file, name, arguments, range);
        }
        if object.taint.has(Taint::PATHLIB)
            && object.as_text().is_some()
            && let Some(result) = self.path_method(object, name, arguments, range)
        {
            return result;
        }
        if object.taint.has(Taint::SOCKET)
            && let Some(result) = self.socket_method(object, name, arguments, range)
        {
            return result;
        }
        if matches!(object.value, Value::Globals | Value::Members(_)) && name == "update" {
            self.update_names(arguments);
            return Abstract::nothing();
        }
        if !self.affords(arguments.size().saturating_add(object.size())) {
            return Abstract::unknown(object.taint.content() | arguments.taint().through_unknown());
        }
        super::methods::method(object, name, arguments)
    }

    /// `globals().update(…)`.
    fn update_names(&mut self, arguments: &Args<'a>) {
        let mut bound: Vec<(Text<'a>, Abstract<'a>)> = arguments.keywords.clone();
        if let Some(Value::Dict(items)) = arguments.at(0).map(|first| &first.value) {
            for (key, value) in items.iter() {
                if let Some(name) = key.as_known_text() {
                    bound.push((Text::made(name), value.clone()));
                }
            }
        }
        for (name, value) in bound {
            self.bind(name, value);
        }
    }

    fn file_method(
        &mut self,
        file: &OpenFile<'a>,
        name: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        match name {
            "write" | "writelines" => {
                let written = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
                self.judge_written(&file.path, file.variable, &written, range);
                Abstract::nothing()
            }
            "read" | "readlines" | "readline" | "__enter__" | "decode" | "strip" | "splitlines"
            | "split" => {
                if name == "__enter__" {
                    return Abstract::new(Value::File(Rc::new(file.clone())), Taint::NONE);
                }
                Abstract::unknown(Self::content_taint(&file.path))
            }
            _ => Abstract::unknown(Self::content_taint(&file.path)),
        }
    }

    /// The marks of what is read from a path.
    pub(super) fn content_taint(path: &Abstract<'a>) -> Taint {
        let mut taint = Taint::FILE;
        if path.taint.has(Taint::DROPPED | Taint::REMOTE_FILE) {
            taint |= Taint::NETWORK;
        }
        if path.taint.has(Taint::WALKED) {
            taint |= Taint::WALKED;
        }
        if let Some(text) = path.as_text() {
            match crate::signs::secret_path(text) {
                Some(crate::signs::SecretPath::Private) => {
                    taint |= Taint::SECRET | Taint::ENVIRONMENT
                }
                Some(crate::signs::SecretPath::Shared) => taint |= Taint::SECRET,
                None => {}
            }
            if crate::signs::is_data_file(text) {
                taint |= Taint::DATA_FILE;
            }
        }
        taint
    }

    /// Methods of `pathlib` paths.
    fn path_method(
        &mut self,
        path: &Abstract<'a>,
        name: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Option<Abstract<'a>> {
        let same = || Some(path.clone());
        match name {
            "expanduser" | "resolve" | "absolute" | "as_posix" | "__fspath__" | "with_suffix" => {
                same()
            }
            "joinpath" => {
                let mut parts = vec![path.clone()];
                parts.extend(arguments.positional.iter().cloned());
                Some(join_paths(&parts).tainted(Taint::PATHLIB))
            }
            "with_name" => {
                let name = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
                let folder = Abstract::nothing();
                Some(join_paths(&[folder, name]).tainted(Taint::PATHLIB))
            }
            "read_text" | "read_bytes" => {
                self.judge_read(path, range);
                Some(Abstract::unknown(Self::content_taint(path)))
            }
            "write_text" | "write_bytes" => {
                self.judge_write_target(path, range);
                let written = arguments.at(0).cloned().unwrap_or_else(Abstract::nothing);
                self.judge_written(path, None, &written, range);
                Some(Abstract::nothing())
            }
            "open" => {
                let mut all = vec![path.clone()];
                all.extend(arguments.positional.iter().cloned());
                let mut opened = Args::of(all);
                opened.keywords.clone_from(&arguments.keywords);
                Some(self.library_call(Api::Open, "builtins.open", &opened, range))
            }
            "unlink" | "rmdir" => {
                let removed = Args::of(vec![path.clone()]);
                Some(self.library_call(Api::Remove, "os.remove", &removed, range))
            }
            "rglob" | "glob" | "iterdir" | "walk" => {
                let walked = Args::of(vec![path.clone()]);
                Some(
                    self.library_call(Api::Walk, "os.walk", &walked, range)
                        .tainted(Taint::PATHLIB),
                )
            }
            "chmod" => {
                let mut all = vec![path.clone()];
                all.extend(arguments.positional.iter().cloned());
                Some(self.library_call(Api::Chmod, "os.chmod", &Args::of(all), range))
            }
            _ => None,
        }
    }

    /// Methods of sockets that are not known by name any more.
    fn socket_method(
        &mut self,
        object: &Abstract<'a>,
        name: &str,
        arguments: &Args<'a>,
        range: TextRange,
    ) -> Option<Abstract<'a>> {
        let api = match name {
            "connect" | "connect_ex" => Api::Connect,
            "send" | "sendall" | "sendto" | "write" => Api::SendOpen,
            "recv" | "recvfrom" | "read" | "readline" => Api::Receive,
            "fileno" | "makefile" => return Some(Abstract::unknown(object.taint)),
            _ => return None,
        };
        Some(self.library_call(api, "socket", arguments, range))
    }

    /// `getattr(object, name)`.
    pub(super) fn get_attribute(
        &mut self,
        object: &Abstract<'a>,
        name: &Abstract<'a>,
        range: TextRange,
    ) -> Abstract<'a> {
        let Some(text) = name.as_known_text() else {
            let is_of_library = matches!(
                object.value,
                Value::Path(_) | Value::Globals | Value::Members(_)
            );
            if is_of_library && name.taint.is_disguise() && name.taint.has(Taint::LITERAL) {
                self.report_hidden_name(range);
            }
            return Abstract::unknown(object.taint);
        };
        let member = self.attribute_by_name(object, text, range);
        self.indirect(member, name, range)
    }

    /// `list.append(x)`: the list is made of `x` too.
    pub(super) fn mutated(&mut self, name: &str, receiver: &'a Expr, arguments: &Args<'a>) {
        if !matches!(
            name,
            "append"
                | "extend"
                | "update"
                | "insert"
                | "add"
                | "appendleft"
                | "setdefault"
                | "writestr"
                | "write"
        ) {
            return;
        }
        if let (Expr::Name(variable), "append" | "extend", Some(added)) =
            (receiver, name, arguments.at(0))
        {
            let old = self.lookup_bound(variable.id.as_str());
            if let Some(Value::List(elements)) = old.as_ref().map(|old| &old.value)
                && elements.len() < 256
            {
                let mut elements = elements.as_ref().clone();
                match added.elements() {
                    Some(more) if name == "extend" => {
                        elements.extend(more.iter().take(256).cloned())
                    }
                    _ => elements.push(added.clone()),
                }
                let taint =
                    old.as_ref().map_or(Taint::NONE, |old| old.taint) | added.taint.content();
                self.bind(
                    Text::Source(variable.id.as_str()),
                    Abstract::new(Value::List(Rc::new(elements)), taint),
                );
                return;
            }
        }
        self.mark_node(receiver, arguments.taint().content());
    }
}

/// What an unknown function finds in a picture was put there to be found.
fn revealed(arguments: &Args<'_>) -> Taint {
    let has_media = arguments
        .all()
        .any(|argument| argument.as_text().is_some_and(crate::signs::is_media_file));
    if has_media {
        Taint::DECODED
    } else {
        Taint::NONE
    }
}
