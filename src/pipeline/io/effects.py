"""What runs when a source file is imported, and whether it may reach beyond the name it defines."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

# Calls into these change nothing but their own result.
INERT_MODULES = {
    "abc", "collections", "contextlib", "dataclasses", "enum", "functools", "itertools", "math", "operator",
    "pathlib", "pydantic", "re", "types", "typing",
}  # fmt: skip
INERT_BUILTINS = {
    "bool", "classmethod", "dict", "float", "frozenset", "int", "len", "list", "object", "property", "range", "set",
    "slice", "staticmethod", "str", "tuple",
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
Imports = Mapping[str, set[str]]


def is_type_checking(node: ast.AST) -> TypeGuard[ast.If]:
    """Tell whether a node is an `if TYPE_CHECKING:` block, whose body never runs."""
    if not isinstance(node, ast.If):
        return False
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def on_import(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all within it that runs on import: of functions their decorators, defaults and annotations."""
    yield node
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if is_type_checking(node):
        children = node.orelse
    elif isinstance(node, Function):
        children = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
    elif isinstance(node, ast.Lambda):
        children = [node.args]
    for child in children:
        yield from on_import(child)


def bound_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement at the top of a module may bind, unbind or rebind."""
    if isinstance(statement, Function | ast.ClassDef):
        return {statement.name}
    found = set()
    for node in on_import(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            found.add(node.name or "")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found - {""}


def rebound_names(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that several statements bind, so that their order matters; `import a.b, a.c` is no such case."""
    counts = Counter(name for statement in body for name in binders(statement))
    return {name for name, count in counts.items() if count > 1}


def binders(statement: ast.stmt) -> set[str]:
    """Return the names a statement binds, `import a.b` left out: it adds to what `a` is."""
    if isinstance(statement, ast.Import):
        return {alias.asname or alias.name for alias in statement.names}
    return bound_names(statement)


def takes_effect(statement: ast.stmt, imports: Imports) -> bool:
    """Tell whether defining something may change anything else: a call or a decorator of unknown effect, an import.

    `imports` maps each imported name to the modules that it may come from.
    """
    for node in on_import(statement):
        if isinstance(node, ast.Call) and not is_inert(node.func, imports):
            return True
        if isinstance(node, ast.Import | ast.ImportFrom):
            return True
        if isinstance(node, Function | ast.ClassDef) and not all(wraps(one, imports) for one in node.decorator_list):
            return True
    return False


def is_inert(called: ast.expr, imports: Imports) -> bool:
    """Tell whether calling this changes nothing but its own result."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Constant):
        return True
    head = called
    while isinstance(head, ast.Attribute):
        head = head.value
    if not isinstance(head, ast.Name):
        return False
    if head.id in imports:
        return all(source.partition(".")[0] in INERT_MODULES for source in imports[head.id])
    return head is called and head.id in INERT_BUILTINS


def wraps(decorator: ast.expr, imports: Imports) -> bool:
    """Tell whether a decorator only wraps what it decorates, as those of other packages do; ours may register it."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Attribute) and called.attr in ("setter", "getter", "deleter"):
        return True
    return is_inert(called, imports)
