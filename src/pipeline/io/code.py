"""What code an artefact rests on, definition by definition.

From the function that makes an artefact, every definition of this project that it can
reach by name is hashed without comments, docstrings and layout. So an edit reruns what
can execute it, and nothing else. What a module does when it is imported (its *loose*
statements: calls, assignments that call, conditionals, decorated registrations) counts
for every step that imports it, since it runs whatever is used of the module.

Where a name cannot be followed (a module handed around as a value), the whole module counts.
"""

import ast
import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.io.syntax import Module, Target, chains, imported, parse, resources, spelling_digest

PACKAGE = "pipeline"
LOOSE = "(on import)"


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

    def __init__(self, root: Path) -> None:
        """Root is the folder that holds the package."""
        self.root = root
        self.parsed: dict[str, Module | None] = {}
        self.closures: dict[tuple[str, ...], Closure] = {}

    def module(self, name: str) -> Module | None:
        """Return a module of this project by dotted name, or None."""
        if name not in self.parsed:
            self.parsed[name] = self._parse(name)
        return self.parsed[name]

    def _parse(self, name: str) -> Module | None:
        base = self.root.joinpath(*name.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return parse(name, path, is_package=path.name == "__init__.py")
        return None

    def closure(self, *roots: str) -> Closure:
        """Return what these roots reach; a root is 'module:definition', or 'module' for all of it."""
        if roots not in self.closures:
            walk = Walk(self)
            for root in roots:
                module, _, name = root.partition(":")
                walk.reach(Target(module, name or None))
            self.closures[roots] = walk.found
        return self.closures[roots]


class Walk:
    """One walk over all that some roots reach."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.found = Closure()

    def reach(self, target: Target) -> None:
        """Count what a target stands for."""
        module = self.sources.module(target.module)
        if module is None:
            self._other(target)
            return
        self.load(module)
        if target.name is None or target.name == "*":
            for name in module.definitions:
                self.define(module, name)
        elif target.name in module.definitions:
            self.define(module, target.name)
        elif target.name in module.imports:
            self.reach(module.imports[target.name])
        elif submodule := self.sources.module(f"{module.name}.{target.name}"):
            self.load(submodule)

    def _other(self, target: Target) -> None:
        top = target.module.partition(".")[0]
        if top not in sys.stdlib_module_names and top != PACKAGE:
            self.found.packages.add(top)

    def load(self, module: Module) -> None:
        """Count what importing a module runs: its parents, its imports, its loose statements, its resources."""
        if module.name in self.found.modules:
            return
        self.found.modules.add(module.name)
        parent = self.sources.module(module.name.rpartition(".")[0])
        if parent is not None:
            self.load(parent)
        for target in module.imports.values():
            self._import(target)
        if module.loose:
            self.found.definitions[f"{module.name}:{LOOSE}"] = spelling_digest(module.loose)
            for statement in module.loose:
                self.follow(module, statement)
        for path in resources(module):
            name = f"{module.name}:{path.relative_to(module.path.parent).as_posix()}"
            self.found.definitions[name] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]

    def _import(self, target: Target) -> None:
        for name in (target.module, f"{target.module}.{target.name}"):
            module = self.sources.module(name)
            if module is not None:
                self.load(module)
            elif name == target.module:
                self._other(target)

    def define(self, module: Module, name: str) -> None:
        """Count one definition and what it names."""
        key = f"{module.name}:{name}"
        if key not in self.found.definitions:
            self.found.definitions[key] = spelling_digest([module.definitions[name]])
            self.follow(module, module.definitions[name])

    def follow(self, module: Module, statement: ast.stmt) -> None:
        """Reach every name that a statement uses."""
        package = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
        local: dict[str, Target] = {}
        for node in ast.walk(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                local.update(imported(node, package))
        for target in local.values():
            self._import(target)
        for used in chains(statement):
            head = used[0]
            if head in local or head in module.imports:
                self._chain(local.get(head) or module.imports[head], used[1:])
            elif head in module.definitions:
                self.define(module, head)

    def _chain(self, target: Target, attributes: tuple[str, ...]) -> None:
        """Follow `module.sub.name` as far as it names modules of this project."""
        for attribute in attributes:
            name = target.module if target.name is None else f"{target.module}.{target.name}"
            if self.sources.module(name) is None:
                break
            target = Target(name, attribute)
        whole = target.module if target.name is None else f"{target.module}.{target.name}"
        self.reach(Target(whole) if self.sources.module(whole) is not None else target)
