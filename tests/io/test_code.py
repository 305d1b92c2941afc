"""What a closure must not notice, and what it must: small source trees, one edit each."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.io.code import Closure, Sources
from pipeline.workflow import SOURCE_ROOT, STAGES

Tree = dict[str, str]
BASE: Tree = {
    "app/__init__.py": "",
    "app/step.py": """
        from app.tool import LIMIT, helper

        def run():
            return helper(LIMIT)
    """,
    "app/tool.py": '''
        """A tool."""
        LIMIT = 3

        def helper(x):
            """Help."""
            return x + deeper(x)  # add

        def deeper(x):
            return x * 2

        def unrelated(x):
            return x * 3
    ''',
    "app/other.py": "def alone(): return 1",
}


def write(root: Path, tree: Tree) -> Path:
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return root


def closure(root: Path, *roots: str) -> Closure:
    return Sources(root).closure(*(roots or ("app.step:run",)))


def digest_after(root: Path, tree: Tree, name: str, before: str, after: str) -> tuple[str, str]:
    write(root, tree)
    first = closure(root).digest()
    text = (root / name).read_text()
    assert text.count(before) == 1, f"{before!r} is not in {name} once"
    (root / name).write_text(text.replace(before, after))
    return first, closure(root).digest()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("app/tool.py", "# add", "# add both"),
        ("app/tool.py", "Help.", "Help a lot."),
        ("app/tool.py", "A tool.", "Another."),
        ("app/tool.py", "x + deeper(x)", "(x\n            + deeper(x))"),
        ("app/tool.py", "x * 3", "x * 4"),
        ("app/tool.py", "def unrelated(x):", "def added():\n    return LIMIT\n\ndef unrelated(x):"),
        ("app/tool.py", "LIMIT = 3", "import math\nLIMIT = 3"),
        ("app/other.py", "return 1", "return 2"),
    ],
)
def test_an_edit_that_cannot_run_changes_nothing(tmp_path: Path, name: str, before: str, after: str) -> None:
    first, second = digest_after(tmp_path, BASE, name, before, after)
    assert first == second


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("app/tool.py", "x * 2", "x * 5"),
        ("app/tool.py", "LIMIT = 3", "LIMIT = 4"),
        ("app/tool.py", "LIMIT = 3", "LIMIT = 3.0"),
        ("app/tool.py", "x + deeper(x)", "x - deeper(x)"),
        ("app/tool.py", "def unrelated(x):", "print('imported')\n\ndef unrelated(x):"),
        ("app/tool.py", "LIMIT = 3", "LIMIT = 3\nLIMIT += 1"),
        ("app/tool.py", "LIMIT = 3", "import numpy.random\nLIMIT = 3"),
        ("app/step.py", "helper(LIMIT)", "helper(LIMIT + 1)"),
        ("app/__init__.py", "", "import os\nos.environ['A'] = '1'\n"),
    ],
)
def test_an_edit_that_can_run_shows(tmp_path: Path, name: str, before: str, after: str) -> None:
    first, second = digest_after(tmp_path, BASE, name, before, after)
    assert first != second


# (files beside app/__init__.py, file to edit, text before, text after): each edit can change what run() does.
REACHED: dict[str, tuple[Tree, str, str, str]] = {
    "module attribute": ({"step": "import app.t\ndef run(): return app.t.f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "module alias": ({"step": "import app.t as q\ndef run(): return q.f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "name alias": ({"step": "from app.t import f as g\ndef run(): return g()", "t": "def f(): return 1"}, "t", "1", "2"),
    "submodule of a package": (
        {"step": "from app import t\ndef run(): return t.f()", "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "relative": ({"step": "from .t import f\ndef run(): return f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "relative module": ({"step": "from . import t\ndef run(): return t.f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "relative, two up": (
        {"step": "from .p.d import g\ndef run(): return g()", "p/__init__": "", "p/d": "from ..t import f as g",
         "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "re-export": (
        {"step": "from app.p import f\ndef run(): return f()", "p/__init__": "from .t import f",
         "p/t": "def f(): return 1"}, "p/t", "1", "2",
    ),
    "re-exported module": (
        {"step": "from app.p import tool\ndef run(): return tool.f()", "p/__init__": "from app import t as tool",
         "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "re-export of another package's name": (
        {"step": "from app.t import dtype\ndef run(): return dtype", "t": "from numpy import float32 as dtype"},
        "t", "float32", "float64",
    ),
    "another package's name": (
        {"step": "from numpy import float32 as dtype\ndef run(): return dtype"}, "step", "float32", "float64",
    ),
    "two imported names swapped": (
        {"step": "from app.t import f as a, g as b\ndef run(): return a() - b()",
         "t": "def f(): return 1\ndef g(): return 2"}, "step", "f as a, g as b", "g as a, f as b",
    ),
    "star import": ({"step": "from app.t import *\ndef run(): return f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "star of a re-export": (
        {"step": "from app.t import *\ndef run(): return f()", "t": "from app.u import f", "u": "def f(): return 1"},
        "u", "1", "2",
    ),
    "star of another package": ({"step": "from math import *\ndef run(): return 1"}, "step", "from math", "from cmath"),
    "import in the function": (
        {"step": "def run():\n    from app.t import f\n    return f()", "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "module imported in the function": (
        {"step": "def run():\n    import app.t\n    return app.t.f()", "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "a local import beside a global of the same name": (
        {"step": "from app.t import f\nclass A:\n    def a(self):\n        from app.u import f\n        return f()\n"
         "    def b(self): return f()\ndef run(): return A().b()", "t": "def f(): return 1", "u": "def f(): return 3"},
        "t", "1", "2",
    ),
    "try, except": (
        {"step": "try:\n    from app.t import f\nexcept ImportError:\n    f = None\ndef run(): return f()",
         "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "try a module": (
        {"step": "try:\n    import app.t as q\nexcept ImportError:\n    import app.u as q\ndef run(): return q.f()",
         "t": "def f(): return 1", "u": "def f(): return 3"}, "u", "3", "4",
    ),
    "if not TYPE_CHECKING": (
        {"step": "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    X = 1\ndef run(): return X"},
        "step", "X = 1", "X = 2",
    ),
    "else of TYPE_CHECKING": (
        {"step": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    X = 0\nelse:\n    X = 1\ndef run(): return X"},
        "step", "X = 1", "X = 2",
    ),
    "definition under if": (
        {"step": "from app.t import f\ndef run(): return f()", "t": "import os\nif os.name:\n    def f(): return 1"},
        "t", "1", "2",
    ),
    "class": ({"step": "from app.t import A\ndef run(): return A().f()", "t": "class A:\n    def f(self): return 1"},
              "t", "1", "2"),
    "base class": (
        {"step": "from app.t import A\nclass B(A): pass\ndef run(): return B().f()",
         "t": "class A:\n    def f(self): return 1"}, "t", "1", "2",
    ),
    "base class in a chain": (
        {"step": "import app\nimport app.p.t\nclass B(app.p.t.A): pass\ndef run(): return B().f()", "p/__init__": "",
         "p/t": "class A:\n    def f(self): return 1"}, "p/t", "1", "2",
    ),
    "decorator": (
        {"step": "from app.t import d\n@d\ndef run(): return 1", "t": "def d(f): return lambda: f() + 1"}, "t", "1", "2",
    ),
    "default argument": (
        {"step": "from app.t import D\ndef run(x=D): return x", "t": "D = 1"}, "t", "1", "2",
    ),
    "lambda": ({"step": "from app.t import f\nrun = lambda: f()", "t": "def f(): return 1"}, "t", "1", "2"),
    "comprehension": (
        {"step": "from app.t import f\ndef run(): return [f(x) for x in (1,)]", "t": "def f(x): return 1"}, "t", "1", "2",
    ),
    "match": (
        {"step": "from app.t import E\ndef run(x=1):\n    match x:\n        case E.a: return 1\n",
         "t": "class E:\n    a = 7"}, "t", "7", "8",
    ),
    "chain of names": (
        {"step": "from app.t import a\ndef run(): return a()", "t": "def f(): return 1\nb = f\na = b"}, "t", "1", "2",
    ),
    "rebound name": ({"step": "X = [1]\nX = X + [2]\ndef run(): return X"}, "step", "X = [1]", "X = [3]"),
    "order of two definitions": (
        {"step": "X = 1\nX = 2\ndef run(): return X"}, "step", "X = 1\nX = 2", "X = 2\nX = 1",
    ),
    "definition and condition in another order": (
        {"step": "import os\nX = 1\nif os.name: X = 2\ndef run(): return X"},
        "step", "X = 1\nif os.name: X = 2", "if os.name: X = 2\nX = 1",
    ),
    "augmented": ({"step": "X = 1\nX += 2\ndef run(): return X"}, "step", "+= 2", "+= 3"),
    "deleted": ({"step": "X = 1\ndef run(): return 'X' in globals()"}, "step", "X = 1", "X = 1\ndel X"),
    "global statement": (
        {"step": "X = 1\ndef g():\n    global X\n    X = 2\ndef run():\n    g()\n    return X"}, "step", "X = 2", "X = 3",
    ),
    "attribute of a class set later": (
        {"step": "from app.t import A\ndef run(): return A.f()", "t": "class A: pass\ndef f(): return 1\nA.f = f"},
        "t", "1", "2",
    ),
    "item of a table set later": (
        {"step": "from app.t import T\ndef run(): return T['f']()", "t": "T = {}\ndef f(): return 1\nT['f'] = f"},
        "t", "1", "2",
    ),
    "registered by a bare decorator": (
        {"step": "from app.t import T\ndef run(): return T[0]()",
         "t": "T = []\ndef register(f):\n    T.append(f)\n    return f\n@register\ndef f(): return 1"}, "t", "1", "2",
    ),
    "registered by a decorator named like a harmless one": (
        {"step": "from app.t import T\ndef run(): return T[0]()",
         "t": "T = []\ndef dataclass_of(f):\n    T.append(f)\n    return f\n@dataclass_of\ndef f(): return 1"}, "t", "1", "2",
    ),
    "registered from a class body": (
        {"step": "from app.t import T\ndef run(): return T[0]()",
         "t": "T = []\ndef f(): return 1\nclass A:\n    x = T.append(f)"}, "t", "1", "2",
    ),
    "registered by a default argument": (
        {"step": "from app.t import T\ndef run(): return T[0]()",
         "t": "T = []\ndef f(): return 1\ndef g(x=T.append(f)): pass"}, "t", "1", "2",
    ),
    "loose statement": (
        {"step": "import app.t\ndef run(): return 1", "t": "import os\nos.environ['A'] = '1'"}, "t", "'1'", "'2'",
    ),
    "loose statement of a module only imported for it": (
        {"step": "import app.p.t\ndef run(): return 1", "p/__init__": "", "p/t": "import os\nos.environ['A'] = '1'"},
        "p/t", "'1'", "'2'",
    ),
    "loose statement two packages up": (
        {"step": "from app.p.q.t import f\ndef run(): return f()", "p/__init__": "import os\nos.environ['A'] = '1'",
         "p/q/t": "def f(): return 1"}, "p/__init__", "'1'", "'2'",
    ),
    "what a loose statement calls": (
        {"step": "from app.t import T\ndef run(): return T", "t": "def f(): return 1\nT = f()"}, "t", "1", "2",
    ),
    "module as a value": (
        {"step": "from app import t\ndef run(): return getattr(t, 'f')()", "t": "def f(): return 1"}, "t", "1", "2",
    ),
    "what a module handed around imported": (
        {"step": "from app import t\ndef run(): return getattr(t, 'f')()", "t": "from app.u import f",
         "u": "def f(): return 1"}, "u", "1", "2",
    ),
    "package handed around": (
        {"step": "from app import p\nimport app.p.t\ndef run(): return getattr(p, 't').f()", "p/__init__": "",
         "p/t": "def f(): return 1"}, "p/t", "1", "2",
    ),
    "globals()": ({"step": "def f(): return 1\ndef run(): return globals()['f']()"}, "step", "1", "2"),
    "eval": ({"step": "def f(): return 1\ndef run(): return eval('f()')"}, "step", "1", "2"),
    "a module's __getattr__": (
        {"step": "from app.t import f\ndef run(): return f()", "t": "def __getattr__(name): return lambda: 1"}, "t", "1", "2",
    ),
    "a function named like its module": (
        {"step": "from app.p import t\ndef run(): return t.x", "p/__init__": "from .t import t",
         "p/t": "def t(): pass\nt.x = 1"}, "p/t", "t.x = 1", "t.x = 2",
    ),
    "quoted annotation": (
        {"step": "from app.t import M\ndef run(): return M(rate=1)",
         "t": "from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
         "Rate = Annotated[float, Field(gt=5)]\nclass M(BaseModel):\n    rate: 'Rate'"}, "t", "gt=5", "gt=6",
    ),
    "annotation quoted inside another": (
        {"step": "from app.t import M\ndef run(): return M(rates=[1])",
         "t": "from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
         "Rate = Annotated[float, Field(gt=5)]\nRates = list['Rate']\nclass M(BaseModel):\n    rates: Rates"},
        "t", "gt=5", "gt=6",
    ),
    "__future__": (
        {"step": "import typing\ndef run(x: int = 1): return typing.get_type_hints(run)"},
        "step", "import typing", "from __future__ import annotations\nimport typing",
    ),
    "except clause": (
        {"step": "from app.t import E, f\ndef run():\n    try: f()\n    except E: return 1",
         "t": "class E(ValueError): pass\ndef f(): raise E"}, "t", "ValueError", "KeyError",
    ),
    "starred unpacking": ({"step": "A, *B = 1, 2, 3\ndef run(): return B"}, "step", "2, 3", "2, 4"),
    "walrus": ({"step": "(X := 1)\ndef run(): return X"}, "step", "X := 1", "X := 2"),
    "property setter": (
        {"step": "class A:\n    @property\n    def x(self): return 1\n    @x.setter\n    def x(self, v): pass\n"
         "def run(): return A().x"}, "step", "return 1", "return 2",
    ),
}  # fmt: skip


def tree_of(files: Tree) -> Tree:
    return {"app/__init__.py": "", **{f"app/{name}.py": text for name, text in files.items()}}


@pytest.mark.parametrize("case", REACHED)
def test_code_is_followed_through(case: str, tmp_path: Path) -> None:
    files, name, before, after = REACHED[case]
    first, second = digest_after(tmp_path, tree_of(files), f"app/{name}.py", before, after)
    assert first != second


@pytest.mark.parametrize(
    ("files", "name", "before", "after"),
    [
        ({"step": "def run(): return 1", "t": "X = 1"}, "t", "1", "2"),
        (
            {"step": "from app.t import B\ndef run(): return B()",
             "t": "from pydantic import BaseModel, Field\nclass A(BaseModel):\n    x: int = Field(1)\nclass B(BaseModel): pass"},
            "t", "Field(1)", "Field(2)",
        ),
        ({"step": "from app.t import B\ndef run(): return B", "t": "import re\nA = re.compile('a')\nB = 1"}, "t", "'a'", "'b'"),
        (
            {"step": "from app.t import B\ndef run(): return B",
             "t": "import functools\n@functools.lru_cache(maxsize=1)\ndef f(): return 2\nB = 1"}, "t", "2", "3",
        ),
        ({"step": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.t\ndef run(): return 1", "t": "X = 1"},
         "step", "import app.t", "import app.u"),
        ({"step": "import app.t\ndef run(): return app.t.f()", "t": "def f(): return 1\ndef g(): return 2"}, "t", "2", "3"),
    ],
)  # fmt: skip
def test_what_is_not_followed_reruns_nothing(
    tmp_path: Path, files: Tree, name: str, before: str, after: str
) -> None:
    first, second = digest_after(tmp_path, tree_of(files), f"app/{name}.py", before, after)
    assert first == second


def test_a_declared_resource_counts_and_an_undeclared_file_does_not(tmp_path: Path) -> None:
    tree = {**BASE, "app/tool.py": "RESOURCES = ('pages', 'one.txt')\ndef helper(x): return x\nLIMIT = 1",
            "app/pages/a.html": "a", "app/one.txt": "1", "app/two.txt": "2"}  # fmt: skip
    write(tmp_path, tree)
    digests = [closure(tmp_path).digest()]
    for name in ("app/two.txt", "app/one.txt", "app/pages/a.html", "app/pages/deep/new.html"):
        write(tmp_path, {name: "changed"})
        digests.append(closure(tmp_path).digest())
    assert digests[0] == digests[1]
    assert len(set(digests[1:])) == 4


def test_the_closure_names_what_changed_by_module_and_definition(tmp_path: Path) -> None:
    found = closure(write(tmp_path, BASE))
    assert set(found.definitions) == {"app.step:run", "app.tool:LIMIT", "app.tool:helper", "app.tool:deeper"}
    assert found.modules == {"app", "app.step", "app.tool"}


def test_packages_are_those_that_loaded_modules_import(tmp_path: Path) -> None:
    tree = {**BASE, "app/tool.py": "import os, yaml\nLIMIT = 1\ndef helper(x):\n    import torch.nn\n    return x\n"
            "def unrelated():\n    import pandas"}  # fmt: skip
    assert closure(write(tmp_path, tree)).packages == {"yaml", "torch"}


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    tree = tree_of({"step": "from app.t import f\ndef run(): return f()", "t": "from app.u import f", "u": "from app.t import f"})
    assert closure(write(tmp_path, tree)).modules == {"app", "app.step", "app.t", "app.u"}


@settings(max_examples=25, deadline=None)
@given(st.permutations(["helper", "deeper", "unrelated"]), st.integers(0, 3), st.sampled_from(["", "# note", "'text'"]))
def test_neither_order_nor_space_nor_remarks_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], lines: int, remark: str
) -> None:
    bodies = {"helper": "x + deeper(x)", "deeper": "x * 2", "unrelated": "x * 3"}
    functions = [f"def {name}(x):\n    {remark}\n    return {bodies[name]}" for name in order]
    text = "LIMIT = 3\n" + ("\n" * (lines + 1)).join(functions)
    root = write(tmp_path_factory.mktemp("tree"), {**BASE, "app/tool.py": text})
    plain = write(tmp_path_factory.mktemp("tree"), BASE)
    assert closure(root).digest() == closure(plain).digest()


def test_each_stage_has_a_closure_that_names_its_own_function() -> None:
    sources = Sources(SOURCE_ROOT)
    for name, stage in STAGES.items():
        found = sources.closure(f"{stage.__name__}:run")
        assert f"pipeline.stages.{name}:run" in found.definitions
        assert not {module for module in found.modules if module.startswith("pipeline.stages")} - {
            "pipeline.stages", f"pipeline.stages.{name}", f"pipeline.stages.{name}_inputs"
        }  # fmt: skip


def test_modules_are_imported_by_name_only_where_a_receipt_names_them() -> None:
    allowed = {"workflow.py", "science/models/__init__.py", "science/methods.py"}
    package = SOURCE_ROOT / "pipeline"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(word in path.read_text() for word in ("import_module", "__import__", "__subclasses__", "__init_subclass__"))
    }
    assert found <= allowed
