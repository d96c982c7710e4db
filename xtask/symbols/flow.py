"""Which parameters of which function can reach which sink, over all sources at once.

`tainted[f][p]` holds the capabilities that an argument of `f` can steer; `touched[f]` those that a call of `f` uses at all,
whoever chose the argument. The letter `A` means: calls an object that it was handed. Both are least fixed points over the
call graph. Inner workings of trusted modules are not followed; see `tables.py`.
"""

from __future__ import annotations

import sys
from collections import defaultdict, deque

from source import CLEAN, Call, Function, Index, Taint
from tables import METHOD_SINKS, SAFE_BUILTIN_BASES, SINKS, TRUSTED

STDLIB = sys.stdlib_module_names
CONSTRUCTORS = ("__init__", "__new__", "__post_init__")


class Flow:
    """The fixed point over an index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.sinks = dict(SINKS)
        for name, kind in SINKS.items():
            self.sinks.setdefault(index.resolve(name), kind)
        self.tainted: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.touched: dict[str, set[str]] = defaultdict(set)
        self.callers: dict[str, list[tuple[str, dict[str, Taint], dict[str, Taint]]]] = defaultdict(list)
        self.queue: deque[str] = deque()
        for name, function in index.functions.items():
            for call in function.calls:
                self.seed(name, call)
        self.run()

    def sink(self, *names: str) -> str | None:
        """The capability of a call by one of its names."""
        for name in names:
            module, _, _ = name.rpartition(".")
            if kind := self.sinks.get(name) or self.sinks.get(f"{module}.*"):
                return kind
        return None

    def seed(self, name: str, call: Call) -> None:
        """Marks what a call does by itself and links it to the functions it calls."""
        kind, taint = None, call.all_taint()
        target = self.looked_up(call.target)
        if target:
            kind = self.sink(target, self.index.resolve(target))
        if not kind and call.method in METHOD_SINKS and (target is None or target not in self.index.functions):
            kind, taint = METHOD_SINKS[call.method], taint | call.receiver
        if kind:
            self.mark(name, kind, taint)
            return
        if call.on_held:
            self.mark(name, "A", call.on_held)
        if call.target and call.target.startswith("self:") and target is None and self.knows_parents(call.target):
            self.mark(name, "A", call.receiver)
        if target:
            self.link(name, call, self.index.resolve(target))

    def looked_up(self, target: str | None) -> str | None:
        """Turns `self:Class:method` and `super:Class:method` into a function's name."""
        if target is None or ":" not in target:
            return target
        how, owner, method = target.split(":", 2)
        if how == "self":
            return self.index.method(owner, method)
        for parent in self.index.ancestors(owner)[1:]:
            known = self.index.classes.get(parent)
            if known and method in known.methods:
                return known.methods[method]
        return None

    def knows_parents(self, target: str) -> bool:
        """Whether a method that wasn't found can't be inherited from a class that wasn't read."""
        owner = target.split(":")[1]
        return all(parent in self.index.classes or parent in SAFE_BUILTIN_BASES for parent in self.index.ancestors(owner))

    def mark(self, name: str, kind: str, taint: Taint) -> None:
        """Notes a capability of a function."""
        if kind != "A":
            self.touched[name].add(kind)
        elif taint:
            self.touched[name].add("A")
        for parameter in taint:
            self.tainted[name][parameter].add(kind)
        self.queue.append(name)

    def link(self, name: str, call: Call, target: str) -> None:
        """Adds edges from a caller to a callee, or to the constructors of a class."""
        if target.split(".")[0] in TRUSTED or target in TRUSTED:
            return
        callees = [target] if target in self.index.functions else []
        if target in self.index.classes:
            callees = [found for method in CONSTRUCTORS if (found := self.index.method(target, method))]
        for callee in callees:
            known = self.index.functions.get(callee)
            if known is None or known.module.split(".")[0] in TRUSTED:
                continue
            bound = ":" in (call.target or "") or target in self.index.classes or known.parameters[:1] == ["cls"]
            mappings = [passed(known, call, bound and not known.static, *given) for given in (
                (call.positional, call.keywords), (call.held_positional, call.held_keywords))]
            self.callers[callee].append((name, *mappings))

    def run(self) -> None:
        """Carries capabilities from callees to callers until nothing changes."""
        while self.queue:
            callee = self.queue.popleft()
            foreign = self.index.functions[callee].module.split(".")[0] in STDLIB
            for caller, mapping, held in self.callers.get(callee, ()):
                changed = False
                own = self.index.functions[caller].module.split(".")[0] in STDLIB
                if not foreign or own:
                    extra = self.touched[callee] - self.touched[caller] - {"A"}
                    self.touched[caller] |= extra
                    changed |= bool(extra)
                for parameter, kinds in list(self.tainted[callee].items()):
                    for source in mapping.get(parameter, CLEAN):
                        carried = kinds if source in held.get(parameter, CLEAN) else kinds - {"A"}
                        extra = carried - self.tainted[caller][source]
                        self.tainted[caller][source] |= extra
                        self.touched[caller] |= extra
                        changed |= bool(extra)
                if changed:
                    self.queue.append(caller)


def passed(callee: Function, call: Call, bound: bool, given: list[Taint], named: dict[str, Taint]) -> dict[str, Taint]:
    """For each parameter of the callee: the caller's parameters that reach it through this call."""
    mapping: dict[str, Taint] = {}
    names = list(callee.parameters)
    if bound and names:
        mapping[names.pop(0)] = call.receiver if ":" in (call.target or "") else CLEAN
    for position, taint in enumerate(given):
        name = names[position] if position < len(names) else callee.variadic
        if name:
            mapping[name] = mapping.get(name, CLEAN) | taint
    for key, taint in named.items():
        for name in (names if key == "**" else [key]):
            if name in callee.parameters:
                mapping[name] = mapping.get(name, CLEAN) | taint
            elif callee.keyworded:
                mapping[callee.keyworded] = mapping.get(callee.keyworded, CLEAN) | taint
    return mapping
