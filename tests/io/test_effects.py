"""What runs when a file is imported, and what of it may reach beyond the name that it defines."""

import ast

import pytest

from pipeline.io.effects import bound_names, is_type_checking, on_import, rebound_names, takes_effect

IMPORTS = {
    "re": {"re"}, "functools": {"functools"}, "dataclass": {"dataclasses"}, "Field": {"pydantic"},
    "register": {"app.registry"}, "np": {"numpy"}, "cache": {"functools", "app.caches"},
}  # fmt: skip


def statement(text: str) -> ast.stmt:
    (found,) = ast.parse(text).body
    return found


@pytest.mark.parametrize(
    "text",
    [
        "A = 1",
        "A = re.compile('a')",
        "A = frozenset({1}) | set(range(3))",
        "A = ', '.join(['a'])",
        "A = lambda: register(1)",
        "def f(): register(1)",
        "@dataclass\nclass A:\n    x: int = Field(1)",
        "@functools.lru_cache(maxsize=1)\ndef f(): pass",
        "class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, value): register(value)",
    ],
)
def test_a_definition_that_changes_nothing_else_has_no_effect(text: str) -> None:
    assert not takes_effect(statement(text), IMPORTS)


@pytest.mark.parametrize(
    "text",
    [
        "A = register(1)",
        "A = np.zeros(3)",
        "A = print(1)",
        "A = unknown.compile('a')",
        "A = (lambda: 1)()",
        "A = re.compile(register('a'))",
        "A = lambda x=register(1): x",
        "def f(x=register(1)): pass",
        "def f(x: register(1)): pass",
        "def f() -> register(1): pass",
        "@register\ndef f(): pass",
        "@register('a')\nclass A: pass",
        "class A:\n    register(1)",
        "class A:\n    import os",
        "class A(register(1)): pass",
        "@cache\ndef f(): pass",  # its name has two sources, one of them ours
    ],
)
def test_a_call_of_unknown_effect_shows_wherever_it_runs_on_import(text: str) -> None:
    assert takes_effect(statement(text), IMPORTS)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(): x = 1", {"f"}),
        ("class A:\n    x = 1", {"A"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from a import b, c as d", {"b", "d"}),
        ("A = B, C = 1, 2", {"A", "B", "C"}),
        ("del A", {"A"}),
        ("for x in y: z = x", {"x", "z"}),
        ("with a as b: pass", {"b"}),
        ("try: pass\nexcept E as e: f = 1", {"e", "f"}),
        ("match a:\n    case [b, *c]: pass\n    case {'k': d} as e: pass", {"b", "c", "d", "e"}),
        ("if (a := 1): pass", {"a"}),
        ("if a:\n    def f(): b = 1", {"f"}),
        ("if TYPE_CHECKING: import a\nelse: import b", {"b"}),
        ("a.b = c[0] = 1", set()),
    ],
)
def test_every_name_that_a_statement_binds_is_known(text: str, names: set[str]) -> None:
    assert bound_names(statement(text)) == names


def test_names_of_two_statements_are_rebound_but_not_a_package_whose_parts_are_imported_one_by_one() -> None:
    assert rebound_names(ast.parse("import a.b\nimport a.c\nX = 1\nY = 2\nif Y: X = 3").body) == {"X"}
    assert rebound_names(ast.parse("import a\nfrom b import a").body) == {"a"}


def test_of_a_function_its_decorators_defaults_and_annotations_run_and_its_body_does_not() -> None:
    names = {
        node.id
        for node in on_import(statement("@a\ndef f(x: b = c, *, y=d) -> e:\n    return g"))
        if isinstance(node, ast.Name)
    }
    assert names == set("abcde")


@pytest.mark.parametrize(
    ("test", "never_runs"),
    [
        ("TYPE_CHECKING", True),
        ("typing.TYPE_CHECKING", True),
        ("not TYPE_CHECKING", False),
        ("TYPE_CHECKING or X", False),
    ],
)
def test_only_the_plain_question_is_one_for_type_checkers(test: str, never_runs: bool) -> None:
    assert is_type_checking(statement(f"if {test}: import a")) is never_runs
