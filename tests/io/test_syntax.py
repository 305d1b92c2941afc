"""Source files taken apart: each statement is a definition, an import or loose, and nothing is lost."""

import ast
from pathlib import Path

import pytest

from pipeline.io.syntax import Binding, Module, Target, chains, imported, parse, resources, spelling_digest


def parsed(folder: Path, text: str, name: str = "app.step") -> Module:
    path = folder / f"{name.rpartition('.')[2]}.py"
    path.write_text(text)
    return parse(name, path)


def statement(text: str) -> ast.stmt:
    (found,) = ast.parse(text).body
    return found


def spelled(text: str) -> str:
    return spelling_digest(ast.parse(text).body)


def test_a_file_is_definitions_imports_and_what_runs_besides(tmp_path: Path) -> None:
    text = '"""Words."""\nimport os, numpy as np\nLIMIT: int = 3\n\ndef run(): return LIMIT\n\nprint(os.name)\n'
    module = parsed(tmp_path, text)
    assert set(module.definitions) == {"LIMIT", "run"}
    assert set(module.imports) == {"os", "np"}
    assert list(map(ast.unparse, module.loose)) == ["print(os.name)"]
    assert {"os", "LIMIT", "print"} <= module.used


def test_what_only_a_type_checker_reads_is_left_out_and_what_stands_under_else_is_not(tmp_path: Path) -> None:
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n    X = 1\nelse:\n    import b\n    Y = 1\n"
    )
    module = parsed(tmp_path, text)
    assert set(module.imports) == {"TYPE_CHECKING", "b"}
    assert set(module.definitions) == {"Y"}


@pytest.mark.parametrize(
    "text", ["X = 1\nX = 2", "X = 1\nX += 1", "def f(): pass\nf = f", "X = 1\nfor X in (): pass", "X = 1\ndel X"]
)
def test_of_a_name_that_is_bound_twice_the_order_counts(tmp_path: Path, text: str) -> None:
    module = parsed(tmp_path, text)
    assert len(module.loose) == 2


@pytest.mark.parametrize("text", ["A.x = 1", "A[0] = 1", "A, B.x = 1, 2", "A += 1", "if A: pass", "register(A)"])
def test_what_does_more_than_bind_a_name_is_loose(tmp_path: Path, text: str) -> None:
    module = parsed(tmp_path, text)
    assert (len(module.loose), module.definitions) == (1, {})


def test_every_name_that_an_assignment_binds_is_defined_by_it(tmp_path: Path) -> None:
    module = parsed(tmp_path, "A = B = 1\n(C, [D, *E]) = 1, (2, 3)\n")
    assert set(module.definitions) == set("ABCDE")


@pytest.mark.parametrize(
    ("text", "package", "binding"),
    [
        ("import a.b", "", Binding("a", Target("a"), "a.b")),
        ("import a.b as c", "", Binding("c", Target("a.b"), "a.b")),
        ("from a import b as c", "", Binding("c", Target("a", "b"), "a")),
        ("from a import *", "", Binding("*", Target("a", "*"), "a")),
        ("from . import b", "p.q", Binding("b", Target("p.q", "b"), "p.q")),
        ("from .. import b", "p.q", Binding("b", Target("p", "b"), "p")),
        ("from ..a import b", "p.q", Binding("b", Target("p.a", "b"), "p.a")),
    ],
)
def test_an_import_binds_a_name_to_what_it_stands_for(text: str, package: str, binding: Binding) -> None:
    found = statement(text)
    assert isinstance(found, ast.Import | ast.ImportFrom)
    assert imported(found, package) == [binding]


def test_a_relative_import_starts_from_the_package_that_a_file_is_or_lies_in(tmp_path: Path) -> None:
    assert parsed(tmp_path, "", "app.part.step").package == "app.part"
    assert parse("app.part", write(tmp_path / "__init__.py", "")).package == "app.part"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.b.c", {("a", "b", "c")}),
        ("a.b(c.d).e", {("a", "b"), ("c", "d")}),
        ("x: 'a.B[\"c\"]' = 1", {("x",), ("a", "B"), ("c",)}),
        ("def f(x: 'a.b') -> 'c': return d.e", {("a", "b"), ("c",), ("d", "e")}),
        ("def f(x: 'no name'): pass", set()),
    ],
)
def test_names_are_followed_in_their_longest_form_also_through_quotes(text: str, found: set[tuple[str, ...]]) -> None:
    assert chains(statement(text)) == found


def test_a_declared_folder_stands_for_every_file_in_it_but_compiled_ones(tmp_path: Path) -> None:
    for name in ("pages/a", "pages/deep/b", "pages/__pycache__/c", "one", "two"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, "")
    module = parsed(tmp_path, "RESOURCES: tuple[str, ...] = ('pages', 'one', 'missing')\n")
    assert [path.relative_to(tmp_path).as_posix() for path in resources(module)] == ["one", "pages/a", "pages/deep/b"]
    assert resources(parsed(tmp_path, "OTHER = ('two',)\n")) == []


@pytest.mark.parametrize(
    "other", ["def f(x):\n    'Words.'\n    return x + 1", "def f( x ):  # more\n\n    return (x +\n        1)"]
)
def test_neither_words_nor_layout_move_a_digest(other: str) -> None:
    assert spelled(other) == spelled("def f(x):\n    return x + 1")


@pytest.mark.parametrize("other", ["x + 1.0", "x + True", "x - 1", "x + '1'", "y + 1", "(x + 1, 'words')", "X + 1"])
def test_anything_else_moves_it(other: str) -> None:
    assert spelled(f"def f(x):\n    return {other}") != spelled("def f(x):\n    return x + 1")


def test_a_digest_is_also_of_what_imported_names_stand_for() -> None:
    bindings = [Binding("f", Target(module, "f"), module) for module in ("a", "b")]
    digests = {spelling_digest([], [binding]) for binding in bindings} | {spelling_digest([])}
    assert len(digests) == 3
    assert spelling_digest([], bindings) == spelling_digest([], bindings[::-1])
