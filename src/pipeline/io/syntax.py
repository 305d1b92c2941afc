"""Source files taken apart: what they define, what they import, what they do when imported."""

import ast
import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RESOURCES = "RESOURCES"


@dataclass(frozen=True)
class Target:
    """What an imported name stands for: a module, or a name inside one."""

    module: str
    name: str | None = None


@dataclass
class Module:
    """One parsed source file."""

    name: str
    path: Path
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, Target] = field(default_factory=dict)
    loose: list[ast.stmt] = field(default_factory=list)


def parse(name: str, path: Path, is_package: bool) -> Module:
    """Split a source file into definitions, imports and loose statements."""
    module = Module(name, path)
    package = name if is_package else name.rpartition(".")[0]
    for statement in ast.parse(path.read_bytes(), str(path)).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module.imports.update(imported(statement, package))
        elif is_type_checking(statement) or is_docstring(statement):
            continue
        else:
            names = defined_names(statement)
            module.definitions.update(dict.fromkeys(names, statement))
            if not names or acts_on_import(statement):
                module.loose.append(statement)
    return module


def imported(statement: ast.Import | ast.ImportFrom, package: str) -> dict[str, Target]:
    """Return the local names an import statement binds."""
    if isinstance(statement, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: Target(
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            for alias in statement.names
        }
    source = statement.module or ""
    if statement.level:
        parents = package.split(".")[: len(package.split(".")) - statement.level + 1]
        source = ".".join([*parents, source] if source else parents)
    return {alias.asname or alias.name: Target(source, alias.name) for alias in statement.names}


def is_type_checking(statement: ast.stmt) -> bool:
    """Tell whether a statement is an `if TYPE_CHECKING:` block, which never runs."""
    return isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING")


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
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AnnAssign)
        else []
    )
    names = [leaf for target in targets for leaf in leaves(target)]
    return (
        [leaf.id for leaf in names if isinstance(leaf, ast.Name)]
        if all(isinstance(leaf, ast.Name) for leaf in names)
        else []
    )


def leaves(target: ast.expr) -> Iterator[ast.expr]:
    """Yield the innermost targets of an assignment."""
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from leaves(element)
    else:
        yield target


def acts_on_import(statement: ast.stmt) -> bool:
    """Tell whether defining something may have an effect elsewhere: a call, or a decorator of unknown intent."""
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return any(isinstance(decorator, ast.Call) for decorator in statement.decorator_list) and not all(
            ast.unparse(decorator).startswith(("dataclass", "functools.", "pytest."))
            for decorator in statement.decorator_list
        )
    return any(isinstance(node, ast.Call) for node in ast.walk(statement))


def chains(statement: ast.stmt) -> Iterator[tuple[str, ...]]:
    """Yield each dotted name that a statement uses, longest form only."""
    inner: set[int] = set()
    for node in ast.walk(statement):
        if id(node) in inner:
            continue
        head, parts = node, list[str]()
        while isinstance(head, ast.Attribute):
            parts.append(head.attr)
            head = head.value
            inner.add(id(head))
        if isinstance(head, ast.Name):
            yield (head.id, *reversed(parts))


def resources(module: Module) -> list[Path]:
    """Return the files a module declares beside it: RESOURCES = ("folder_or_file", ...)."""
    statement = module.definitions.get(RESOURCES)
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return []
    stated = [module.path.parent / name for name in ast.literal_eval(statement.value)]
    files = [file for path in stated for file in ([path] if path.is_file() else path.rglob("*"))]
    return sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts)


def spelling_digest(statements: list[ast.stmt]) -> str:
    """Return 16 hex digits of the sha256 of statements without docstrings, comments and layout."""
    text = "\n".join(spelling(statement) for statement in statements)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def spelling(statement: ast.stmt) -> str:
    """Return a statement's canonical spelling; docstrings are left out."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and is_docstring(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(statement, annotate_fields=False)
