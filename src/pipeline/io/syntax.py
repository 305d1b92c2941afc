"""Source files taken apart: what they define, what they import, what they do when imported."""

import ast
import contextlib
import functools
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.io.effects import bound_names, is_type_checking, on_import, rebound_names, takes_effect

RESOURCES = "RESOURCES"


@dataclass(frozen=True)
class Target:
    """What an imported name stands for: a module, or a name inside one ('*' for all of them)."""

    module: str
    name: str | None = None


@dataclass(frozen=True)
class Binding:
    """One name that an import statement binds, and the module it loads to do so."""

    name: str
    target: Target
    loads: str

    def __str__(self) -> str:
        return f"{self.name} = {self.loads} {self.target.module} {self.target.name}"


@dataclass
class Module:
    """One parsed source file. `loose` statements run whenever it is imported; `bound` are names only they bind."""

    name: str
    path: Path
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, list[Binding]] = field(default_factory=dict)
    loose: list[ast.stmt] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]


def parse(name: str, path: Path) -> Module:
    """Split a source file into definitions, imports and loose statements."""
    module = Module(name, path)
    body = list(statements(ast.parse(path.read_bytes(), str(path)).body))
    for statement in body:
        for node in on_import(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for binding in imported(node, module.package):
                    module.imports.setdefault(binding.name, []).append(binding)
        module.used.update(chain[0] for chain in chains(statement))
    rebound = rebound_names(body)
    sources = {name: {binding.loads for binding in found} for name, found in module.imports.items()}
    for statement in body:
        defined = defined_names(statement)
        for defined_name in defined:
            module.definitions.setdefault(defined_name, []).append(statement)
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        if rebound & bound_names(statement) or (not imports and (not defined or takes_effect(statement, sources))):
            module.loose.append(statement)
            module.bound |= bound_names(statement)
    return module


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run: no docstrings, and of `if TYPE_CHECKING:` what stands under `else`."""
    for statement in body:
        if is_type_checking(statement):
            yield from statements(statement.orelse)
        elif not is_docstring(statement):
            yield statement


def imported(statement: ast.Import | ast.ImportFrom, package: str) -> list[Binding]:
    """Return what an import statement binds; a relative one starts from a package."""
    found = []
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            top = alias.name.partition(".")[0]
            found.append(Binding(alias.asname or top, Target(alias.name if alias.asname else top), alias.name))
        return found
    source = statement.module or ""
    if statement.level:
        parents = package.split(".")[: len(package.split(".")) - statement.level + 1]
        source = ".".join([*parents, source] if source else parents)
    return [Binding(alias.asname or alias.name, Target(source, alias.name), source) for alias in statement.names]


@functools.cache
def imports_in(statement: ast.stmt, package: str) -> list[Binding]:
    """Return what the import statements anywhere in a statement bind, function bodies included."""
    nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom)]
    return [binding for node in nodes for binding in imported(node, package)]


def is_docstring(statement: ast.stmt) -> bool:
    """Tell whether a statement is a bare string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def defined_names(statement: ast.stmt) -> list[str]:
    """Return the names that a statement defines and does nothing but define."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    names = [leaf for target in targets for leaf in leaves(target)]
    found = [leaf.id for leaf in names if isinstance(leaf, ast.Name)]
    return found if len(found) == len(names) else []


def leaves(target: ast.expr) -> Iterator[ast.expr]:
    """Yield the innermost targets of an assignment."""
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from leaves(element)
    elif isinstance(target, ast.Starred):
        yield from leaves(target.value)
    else:
        yield target


@functools.cache
def chains(statement: ast.stmt) -> frozenset[tuple[str, ...]]:
    """Return each dotted name that a statement uses, longest form only, quoted annotations included."""
    inner: set[int] = set()
    found: set[tuple[str, ...]] = set()
    for node in (node for root in (statement, *quoted(statement)) for node in ast.walk(root)):
        if id(node) in inner:
            continue
        parts: list[str] = []
        head = node
        while isinstance(head, ast.Attribute):
            parts.append(head.attr)
            head = head.value
            inner.add(id(head))
        if isinstance(head, ast.Name):
            found.add((head.id, *reversed(parts)))
    return frozenset(found)


@functools.cache
def quoted(statement: ast.stmt) -> tuple[ast.expr, ...]:
    """Return the annotations written as strings, which pydantic and dataclasses may evaluate on import."""
    found: list[ast.expr] = []
    for node in on_import(statement):
        places = [getattr(node, "annotation", None), getattr(node, "returns", None), getattr(node, "slice", None)]
        waiting = [place for place in places if isinstance(place, ast.AST)]
        while waiting:
            for leaf in ast.walk(waiting.pop()):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                    with contextlib.suppress(SyntaxError):
                        found.append(ast.parse(leaf.value.strip(), mode="eval").body)
                        waiting.append(found[-1])  # what is quoted in it is evaluated as well
    return tuple(found)


def resources(module: Module) -> list[Path]:
    """Return the files a module declares beside it: RESOURCES = ("folder_or_file", ...)."""
    files: list[Path] = []
    for statement in module.definitions.get(RESOURCES, []):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for path in (module.path.parent / name for name in ast.literal_eval(statement.value)):
                files += [path] if path.is_file() else path.rglob("*")
    return sorted({file for file in files if file.is_file() and "__pycache__" not in file.parts})


def spelling_digest(spelled: Iterable[ast.stmt], bindings: Iterable[Binding] = ()) -> str:
    """Return 16 hex digits over statements, comments and docstrings left out, and what imported names stand for."""
    lines = [*map(spelling, spelled), *sorted(map(str, bindings))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@functools.cache
def spelling(statement: ast.stmt) -> str:
    """Return a statement's canonical spelling; docstrings are left out."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(statement, annotate_fields=False)
