"""What code an artefact rests on, definition by definition.

From the function that makes an artefact, every definition of this project that it can
reach by name is hashed without comments, docstrings and layout. So an edit reruns what
can execute it, and nothing else. What a module does when it is imported (its *loose*
statements: calls, assignments that call, conditionals, decorated registrations) counts
for every step that imports it, since it runs whatever is used of the module.

Where a name cannot be followed (a module handed around as a value, `globals()`), the whole module counts.
An imported name counts with what it stands for, so `from numpy import float64 as dtype` is no `float32`.
"""

import ast
import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.base.errors import PipelineError
from pipeline.io.syntax import Binding, Module, Target, chains, imports_in, parse, resources, spelling_digest

LOOSE = "(on import)"
IMPORTS = "(imports)"
UNFOLLOWABLE = {"eval", "exec", "globals"}


@dataclass
class Closure:
    """All that a step's code can reach: definitions with their digests, modules, other packages imported."""

    definitions: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)

    def digest(self) -> str:
        """Return one sha256 over all definitions."""
        text = "\n".join(f"{name} {digest}" for name, digest in sorted(self.definitions.items()))
        return hashlib.sha256(text.encode()).hexdigest()


class Sources:
    """The project's source files as they are now, each parsed at most once."""

    def __init__(self, root: Path, known: Mapping[tuple[str, ...], Closure] | None = None) -> None:
        """Root is the folder that holds the package; `known` are closures of these very sources."""
        self.root = root
        self.parsed: dict[str, Module | None] = {}
        self.closures: dict[tuple[str, ...], Closure] = dict(known or {})

        self.known = frozenset(self.closures)

    def has_grown(self) -> bool:
        """Tell whether a closure was found that was not known."""
        return self.closures.keys() != self.known

    def module(self, name: str) -> Module | None:
        """Return a module of this project by dotted name, or None; raise PipelineError where it is no Python."""
        if name not in self.parsed:
            self.parsed[name] = self._parse(name)
        return self.parsed[name]

    def digest(self, name: str) -> str | None:
        """Return the sha256 of a module's source file as it is now, None where this project has no such module."""
        path = self._path(name)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else None

    def _path(self, name: str) -> Path | None:
        base = self.root.joinpath(*name.split("."))
        return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)

    def _parse(self, name: str) -> Module | None:
        path = self._path(name)
        try:
            return parse(name, path) if path else None
        except SyntaxError as error:
            raise PipelineError(f"{path}: line {error.lineno}: {error.msg}; mend it") from None

    def closure(self, *roots: str) -> Closure:
        """Return what these roots reach; a root is 'module:definition', or 'module' for all of it."""
        if roots not in self.closures:
            walk = Walk(self)
            for root in roots:
                module, _, name = root.partition(":")
                walk.reach(Target(module, name or None))
            self.closures[roots] = walk.finished()
        return self.closures[roots]

    def has(self, package: str) -> bool:
        """Tell whether a top-level package is of this project."""
        return (self.root / package).is_dir() or self.module(package) is not None


class Walk:
    """One walk over all that some roots reach."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.found = Closure()
        self.seen: set[tuple[Target, tuple[str, ...]]] = set()
        self.wholes: set[str] = set()

    def finished(self) -> Closure:
        """Return the closure; a package that counts whole counts with those of its modules that are loaded."""
        counted = 0
        while counted < len(self.wholes):
            counted = len(self.wholes)
            for name in sorted(self.found.modules):
                if any(name.startswith(f"{whole}.") for whole in self.wholes):
                    self.reach(Target(name))
        return self.found

    def reach(self, target: Target, attributes: tuple[str, ...] = ()) -> None:
        """Count what a dotted name stands for, as far as it can be followed, else the whole module it leads to."""
        if (target, attributes) in self.seen:
            return
        self.seen.add((target, attributes))
        module = self.sources.module(target.module)
        if module is None:
            self._other(target.module)
            return
        self.load(module)
        if target.name is None and attributes:
            self.reach(Target(module.name, attributes[0]), attributes[1:])
        elif target.name is None or target.name == "*" or not self._name(module, target.name, attributes):
            self.whole(module)

    def _name(self, module: Module, name: str, attributes: tuple[str, ...]) -> bool:
        """Count all that a name of a module may stand for; tell whether it stands for anything."""
        submodule = Target(f"{module.name}.{name}")
        if name in module.definitions or name in module.imports:
            self.define(module, name)
        for binding in module.imports.get(name, []):
            self.reach(binding.target, attributes)
        if is_module := self.sources.module(submodule.module) is not None:
            self.reach(submodule, attributes)
        return is_module or name in module.definitions or name in module.imports or name in module.bound

    def whole(self, module: Module) -> None:
        """Count everything in a module."""
        if module.name not in self.wholes:
            self.wholes.add(module.name)
            self.load(module)
            for name in module.definitions:
                self.define(module, name)
            bindings = [binding for found in module.imports.values() for binding in found]
            if bindings:
                self.found.definitions[f"{module.name}:{IMPORTS}"] = spelling_digest([], bindings)
            for binding in bindings:
                self.reach(binding.target)

    def _other(self, name: str) -> None:
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and not self.sources.has(top):
            self.found.packages.add(top)

    def load(self, module: Module) -> None:
        """Count what importing a module runs: its parents, its imports, its loose statements, its resources."""
        if module.name in self.found.modules:
            return
        self.found.modules.add(module.name)
        parts = module.name.split(".")
        for length in range(1, len(parts)):
            if (parent := self.sources.module(".".join(parts[:length]))) is not None:
                self.load(parent)
        bindings = [binding for found in module.imports.values() for binding in found]
        for binding in bindings:
            self._import(binding)
        effects = [binding for binding in bindings if binding.name not in module.used and self._is_effect(binding)]
        if module.loose or effects:
            used = [binding for statement in module.loose for binding in used_bindings(module, statement)]
            self.found.definitions[f"{module.name}:{LOOSE}"] = spelling_digest(module.loose, {*effects, *used})
        for statement in module.loose:
            self.follow(module, statement)
        for path in resources(module):
            name = f"{module.name}:{path.relative_to(module.path.parent).as_posix()}"
            self.found.definitions[name] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]

    def _is_effect(self, binding: Binding) -> bool:
        """Tell whether an import that nothing uses may be there for what it does."""
        top = binding.loads.partition(".")[0]
        if binding.name == "*" or top == "__future__":
            return True
        return top not in sys.stdlib_module_names and not self.sources.has(top)

    def _import(self, binding: Binding) -> None:
        loaded = self.sources.module(binding.loads)
        if loaded is None:
            self._other(binding.loads)
            return
        self.load(loaded)
        if binding.target.name == "*":
            self.whole(loaded)
        elif (submodule := self.sources.module(f"{binding.loads}.{binding.target.name}")) is not None:
            self.load(submodule)

    def define(self, module: Module, name: str) -> None:
        """Count one definition and what it names."""
        key = f"{module.name}:{name}"
        if key not in self.found.definitions:
            statements = module.definitions.get(name, [])
            used = [binding for statement in statements for binding in used_bindings(module, statement)]
            self.found.definitions[key] = spelling_digest(statements, {*used, *module.imports.get(name, [])})
            for statement in statements:
                self.follow(module, statement)

    def follow(self, module: Module, statement: ast.stmt) -> None:
        """Reach every name that a statement uses, whichever scope binds it."""
        local: dict[str, list[Target]] = {}
        for binding in imports_in(statement, module.package):
            self._import(binding)
            local.setdefault(binding.name, []).append(binding.target)
        for head, *attributes in chains(statement):
            for target in (*local.get(head, []), *(found.target for found in module.imports.get(head, []))):
                self.reach(target, tuple(attributes))
            if head in module.definitions:
                self.define(module, head)
            elif head in UNFOLLOWABLE:
                self.whole(module)


def used_bindings(module: Module, statement: ast.stmt) -> list[Binding]:
    """Return the imports of a module that a statement uses."""
    return [binding for used in chains(statement) for binding in module.imports.get(used[0], [])]
