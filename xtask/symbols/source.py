"""Reads Python sources into an index of modules, classes and functions, and notes what flows into which call.

A function is summed up as a list of calls: the callee as it is written, resolved through the bindings of its module as far
as these are plain imports and definitions, and for each argument the parameters it depends on. Branches are not told apart.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from pathlib import Path

from tables import CLEANERS

BUILTINS = frozenset(dir(builtins))
Taint = frozenset  # of parameter names
CLEAN: Taint = frozenset()
PARTS = frozenset("items values keys get pop copy zip enumerate reversed list tuple iter next sorted dict getattr popitem".split())


@dataclass(slots=True)
class Call:
    """One call: a dotted target (`None` when only the method's name is known) and the taint of what goes in.

    `held` says which arguments are a parameter itself or a part of one, rather than something computed from it.
    """

    target: str | None
    method: str | None
    positional: list[Taint]
    keywords: dict[str, Taint]
    receiver: Taint
    held_positional: list[Taint]
    held_keywords: dict[str, Taint]
    on_held: Taint = CLEAN

    def all_taint(self) -> Taint:
        """Every parameter that reaches this call."""
        return CLEAN.union(*self.positional, *self.keywords.values())


@dataclass(slots=True)
class Function:
    """A function or method with the calls in its body."""

    module: str
    name: str
    parameters: list[str]
    calls: list[Call] = field(default_factory=list)
    owner: str | None = None
    static: bool = False
    variadic: str | None = None
    keyworded: str | None = None


@dataclass(slots=True)
class Class:
    """A class with its bases as written and resolved, and its own methods."""

    module: str
    name: str
    bases: list[str]
    methods: dict[str, str] = field(default_factory=dict)
    decorators: list[str] = field(default_factory=list)
    metaclass: str | None = None
    local: bool = False


@dataclass(slots=True)
class Module:
    """What a source file binds at its top level."""

    name: str
    package: bool
    bindings: dict[str, str] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)


class Index:
    """Every module, class and function that was read, by dotted name."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self.classes: dict[str, Class] = {}
        self.functions: dict[str, Function] = {}
        self.unreadable: list[str] = []

    def read(self, path: Path, name: str) -> None:
        """Adds one source file."""
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            self.unreadable.append(name)
            return
        module = Module(name, path.name == "__init__.py")
        self.modules[name] = module
        bind_block(self, module, tree.body, [])

    def resolve(self, dotted: str) -> str:
        """Follows re-exports: the name under which a definition is kept, or the name as given."""
        for _ in range(8):
            if dotted in self.classes or dotted in self.functions or (dotted in self.modules and not self.shadowed(dotted)):
                return dotted
            head, tail = dotted, []
            while head and (head == dotted or head not in self.modules) and head not in self.classes:
                head, _, last = head.rpartition(".")
                tail.insert(0, last)
            if not head or not tail:
                return dotted
            if head in self.classes:
                found = self.method(head, tail[0])
                return found if found and len(tail) == 1 else dotted
            bound = self.modules[head].bindings.get(tail[0])
            if bound is None or bound == f"{head}.{tail[0]}":
                return dotted
            dotted = ".".join([bound, *tail[1:]])
        return dotted

    def shadowed(self, dotted: str) -> bool:
        """Whether a package binds the name of its own module to something else, as `sympy.core` does with `sympify`."""
        package, _, name = dotted.rpartition(".")
        bound = self.modules[package].bindings.get(name, dotted) if package in self.modules else dotted
        return bound not in (dotted, package, "?") and bound not in self.modules

    def ancestors(self, name: str) -> list[str]:
        """The class and what it inherits from, nearest first (a simple order, enough for looking up methods)."""
        order, queue = [], [name]
        while queue and len(order) < 60:
            current = self.resolve(queue.pop(0))
            if current in order:
                continue
            order.append(current)
            if known := self.classes.get(current):
                queue.extend(known.bases)
        return order

    def method(self, class_name: str, method: str) -> str | None:
        """The function that a method's name means for a class."""
        for ancestor in self.ancestors(class_name):
            known = self.classes.get(ancestor)
            if known and method in known.methods:
                return known.methods[method]
        return None


def absolute(module: Module, level: int, source: str | None) -> str:
    """The absolute name behind a relative import."""
    if level == 0:
        return source or ""
    parts = module.name.split(".")
    keep = len(parts) - level + (1 if module.package else 0)
    return ".".join(parts[:max(keep, 0)] + ([source] if source else []))


def imports(module: Module, statement: ast.stmt) -> dict[str, str]:
    """The names that an import statement binds."""
    if isinstance(statement, ast.Import):
        return {(name.asname or name.name.split(".")[0]): (name.name if name.asname else name.name.split(".")[0])
                for name in statement.names}
    if isinstance(statement, ast.ImportFrom):
        base = absolute(module, statement.level, statement.module)
        return {name.asname or name.name: f"{base}.{name.name}" for name in statement.names if name.name != "*"}
    return {}


def blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The bodies that run as part of a compound statement at module or class level."""
    found = [getattr(statement, part) for part in ("body", "orelse", "finalbody") if getattr(statement, part, None)]
    found.extend(handler.body for handler in getattr(statement, "handlers", []))
    return found


def dotted_name(node: ast.expr) -> list[str] | None:
    """`a.b.c` as a list, or nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return [node.id, *parts]
    return None


def bind_block(index: Index, module: Module, body: list[ast.stmt], scope: list[str]) -> None:
    """Records what a block at module or class level defines. `scope` holds the enclosing classes."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            add_function(index, module, statement, scope)
        elif isinstance(statement, ast.ClassDef):
            add_class(index, module, statement, scope)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)) and not scope:
            for name, target in imports(module, statement).items():
                module.bindings.setdefault(name, target)
            if isinstance(statement, ast.ImportFrom) and any(name.name == "*" for name in statement.names):
                module.bindings.setdefault("*", absolute(module, statement.level, statement.module))
        elif isinstance(statement, ast.Assign) and not scope:
            bind_assignment(index, module, statement)
        elif isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for block in blocks(statement):
                bind_block(index, module, block, scope)


def bind_assignment(index: Index, module: Module, statement: ast.Assign) -> None:
    """Follows `name = other` and `Name = namedtuple('Name', …)`."""
    targets = [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if source := dotted_name(statement.value):
        for target in targets:
            module.bindings.setdefault(target, qualified(module, source, frozenset()) or "?")
    elif isinstance(statement.value, ast.Call) and (maker := dotted_name(statement.value.func)):
        first = statement.value.args[0] if statement.value.args else None
        given = first.value if isinstance(first, ast.Constant) else None
        for target in targets:
            module.bindings.setdefault(target, f"{module.name}.{target}")
            if maker[-1] in ("namedtuple", "NamedTuple") and given == target:
                dotted = f"{module.name}.{target}"
                index.classes[dotted] = Class(module.name, target, ["builtins.tuple"], decorators=["namedtuple"])
                module.classes.append(target)


def qualified(module: Module, parts: list[str], local: frozenset[str]) -> str | None:
    """The absolute dotted name of an expression, when its root is a name of the module or a builtin."""
    root = parts[0]
    if root in local:
        return None
    if root in module.bindings:
        return ".".join([module.bindings[root], *parts[1:]])
    if root in BUILTINS:
        return ".".join(["builtins", *parts])
    return ".".join([module.name, *parts])


def add_class(index: Index, module: Module, node: ast.ClassDef, scope: list[str]) -> None:
    """Records a class, its bases and its body."""
    name = ".".join([*scope, node.name])
    dotted = f"{module.name}.{name}"
    if not scope:
        module.bindings[node.name] = dotted
    bases = [qualified(module, parts, frozenset()) or "?" if (parts := dotted_name(unsubscripted(base))) else "?" for base in node.bases]
    metaclass = next((dotted_name(key.value) for key in node.keywords if key.arg == "metaclass"), None)
    decorators = [parts[-1] for item in node.decorator_list if (parts := dotted_name(called(item)))]
    known = Class(module.name, name, bases, decorators=decorators)
    known.metaclass = qualified(module, metaclass, frozenset()) if metaclass else None
    index.classes[dotted] = known
    module.classes.append(name)
    bind_block(index, module, node.body, [*scope, node.name])


def unsubscripted(node: ast.expr) -> ast.expr:
    """`Generic[T]` as `Generic`."""
    return node.value if isinstance(node, ast.Subscript) else node


def called(node: ast.expr) -> ast.expr:
    """`decorator(…)` as `decorator`."""
    return node.func if isinstance(node, ast.Call) else node


def add_function(index: Index, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: list[str]) -> None:
    """Records a function with its calls."""
    name = ".".join([*scope, node.name])
    dotted = f"{module.name}.{name}"
    arguments = node.args
    parameters = [item.arg for item in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
    function = Function(module.name, name, parameters)
    function.variadic = arguments.vararg.arg if arguments.vararg else None
    function.keyworded = arguments.kwarg.arg if arguments.kwarg else None
    decorators = {parts[-1] for item in node.decorator_list if (parts := dotted_name(called(item)))}
    if scope:
        owner = ".".join([module.name, *scope])
        function.owner = owner
        function.static = "staticmethod" in decorators
        if owner in index.classes and not {"overload", "setter"} & decorators:
            index.classes[owner].methods[node.name] = dotted
    else:
        module.bindings[node.name] = dotted
        module.functions.append(node.name)
    Body(index, module, function, scope).walk(node)
    index.functions[dotted] = function


class Body:
    """Walks a function's body and fills its list of calls."""

    def __init__(self, index: Index, module: Module, function: Function, scope: list[str]) -> None:
        self.index, self.module, self.function, self.scope = index, module, function, scope
        names = [*function.parameters, *(name for name in (function.variadic, function.keyworded) if name)]
        self.taint: dict[str, Taint] = {name: frozenset({name}) for name in names}
        self.held: dict[str, Taint] = dict(self.taint)
        self.imported: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.locals: set[str] = set(names)
        self.later: set[int] = set()  # calls in inner functions: nobody has made them yet
        self.receiver = function.parameters[0] if scope and not function.static and function.parameters else None

    def walk(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Two passes over assignments, so that loops carry taint, then one over calls."""
        statements = [item for statement in node.body for item in ast.walk(statement)]
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        self.later = {id(part) for item in statements if isinstance(item, inner) for part in ast.walk(item) if part is not item}
        for item in statements:
            if isinstance(item, (ast.Import, ast.ImportFrom)):
                self.imported |= imports(self.module, item)
            elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.locals.add(item.name)
        assigns = [item for item in statements if isinstance(
            item, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor, ast.withitem, ast.NamedExpr, ast.comprehension))]
        for item in assigns:
            self.note_locals(item)
        for _ in range(2):
            for item in assigns:
                self.assign(item)
        for item in statements:
            if isinstance(item, ast.Call):
                self.call(item)

    def note_locals(self, item: ast.AST) -> None:
        """Names that the function binds itself hide those of the module."""
        targets = getattr(item, "targets", None) or [getattr(item, "target", None) or getattr(item, "optional_vars", None)]
        for target in targets:
            for name in ast.walk(target) if target is not None else ():
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self.locals.add(name.id)

    def assign(self, item: ast.AST) -> None:
        """Carries taint from the right side to the names on the left."""
        value = getattr(item, "value", None) or getattr(item, "iter", None) or getattr(item, "context_expr", None)
        if value is None:
            return
        taint, held = self.of(value), self.part(value)
        targets = getattr(item, "targets", None) or [getattr(item, "target", None) or getattr(item, "optional_vars", None)]
        for target in targets:
            if target is None:
                continue
            if isinstance(target, ast.Name) and (parts := dotted_name(value)) and (full := self.full(parts)):
                self.aliases.setdefault(target.id, full)
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    self.taint[name.id] = self.taint.get(name.id, CLEAN) | taint
                    if name.id != self.receiver:
                        self.held[name.id] = self.held.get(name.id, CLEAN) | held

    def part(self, node: ast.AST) -> Taint:
        """The parameters that an expression is, or is a part of: through attributes, subscripts, unpacking and iteration."""
        if isinstance(node, ast.Name):
            return self.held.get(node.id, CLEAN)
        if isinstance(node, ast.Attribute):
            return CLEAN if node.attr.startswith("__") else self.part(node.value)
        if isinstance(node, (ast.Subscript, ast.Starred, ast.NamedExpr)):
            return self.part(node.value)
        if isinstance(node, (ast.Tuple, ast.List)):
            return CLEAN.union(*(self.part(item) for item in node.elts))
        if isinstance(node, ast.IfExp):
            return self.part(node.body) | self.part(node.orelse)
        if isinstance(node, ast.BoolOp):
            return CLEAN.union(*(self.part(item) for item in node.values))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PARTS:
            return self.part(node.func.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PARTS:
            return CLEAN.union(*(self.part(argument) for argument in node.args))
        return CLEAN

    def of(self, node: ast.AST) -> Taint:
        """The parameters that an expression depends on."""
        if isinstance(node, ast.Name):
            return self.taint.get(node.id, CLEAN)
        if isinstance(node, (ast.Constant, ast.Lambda, ast.Compare)):
            return CLEAN
        if isinstance(node, ast.Call):
            parts = dotted_name(node.func)
            if parts and len(parts) == 1 and parts[0] in CLEANERS:
                return CLEAN
        return CLEAN.union(*(self.of(child) for child in ast.iter_child_nodes(node)))

    def full(self, parts: list[str]) -> str | None:
        """The absolute name of a dotted expression in this body."""
        if parts[0] in self.imported:
            return ".".join([self.imported[parts[0]], *parts[1:]])
        if parts[0] in self.locals:
            return None
        return qualified(self.module, parts, frozenset())

    def call(self, node: ast.Call) -> None:
        """Records one call."""
        parts = dotted_name(node.func)
        target = self.target(node, parts)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else None
        receiver = self.of(node.func.value) if isinstance(node.func, ast.Attribute) else self.of(node.func)
        if target and target.startswith("super:") and self.receiver:
            receiver = self.taint[self.receiver]
        keywords = {key.arg or "**": self.of(key.value) for key in node.keywords}
        positional = [self.of(argument) for argument in node.args]
        held_positional = [self.part(argument) for argument in node.args]
        held_keywords = {key.arg or "**": self.part(key.value) for key in node.keywords}
        direct = target is None and id(node) not in self.later and not isinstance(node.func, ast.Attribute) and parts != [self.receiver]
        on_held = self.part(node.func) if direct else CLEAN
        self.function.calls.append(Call(target, method, positional, keywords, receiver, held_positional, held_keywords, on_held))

    def target(self, node: ast.Call, parts: list[str] | None) -> str | None:
        """What is called: a name of the module, a method of the same class, or of its parent through `super()`."""
        owner = ".".join([self.module.name, *self.scope]) if self.scope else None
        if parts and self.receiver and parts[0] == self.receiver and len(parts) == 2:
            return f"self:{owner}:{parts[1]}"
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call) and owner:
            if dotted_name(node.func.value.func) == ["super"]:
                return f"super:{owner}:{node.func.attr}"
        if parts is None:
            return None
        if parts[0] in self.aliases and parts[0] in self.locals and parts[0] not in self.function.parameters:
            return ".".join([self.aliases[parts[0]], *parts[1:]])
        return self.full(parts)
