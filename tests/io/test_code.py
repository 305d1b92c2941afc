"""What a closure must not notice, and what it must: small source trees, one edit each."""

import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.io.reached import REACHED, Tree

from pipeline.io.code import Closure, Sources
from pipeline.study_code import SOURCE_ROOT, STAGES, parts_of

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
            {
                "step": "from app.t import B\ndef run(): return B()",
                "t": "from pydantic import BaseModel, Field\nclass A(BaseModel):\n    x: int = Field(1)\n"
                "class B(BaseModel): pass",
            },
            "t",
            "Field(1)",
            "Field(2)",
        ),
        (
            {"step": "from app.t import B\ndef run(): return B", "t": "import re\nA = re.compile('a')\nB = 1"},
            "t",
            "'a'",
            "'b'",
        ),
        (
            {
                "step": "from app.t import B\ndef run(): return B",
                "t": "import functools\n@functools.lru_cache(maxsize=1)\ndef f(): return 2\nB = 1",
            },
            "t",
            "2",
            "3",
        ),
        (
            {
                "step": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.t\ndef run(): return 1",
                "t": "X = 1",
            },
            "step",
            "import app.t",
            "import app.u",
        ),
        (
            {"step": "import app.t\ndef run(): return app.t.f()", "t": "def f(): return 1\ndef g(): return 2"},
            "t",
            "2",
            "3",
        ),
    ],
)
def test_what_is_not_followed_reruns_nothing(tmp_path: Path, files: Tree, name: str, before: str, after: str) -> None:
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


def test_the_digest_of_a_module_is_that_of_its_file_as_it_is_now(tmp_path: Path) -> None:
    sources = Sources(write(tmp_path, {"app/__init__.py": "", "app/step.py": "A = 1\n"}))
    assert sources.closure("app.step").modules == {"app", "app.step"}
    (tmp_path / "app" / "step.py").write_text("A = 2\n")
    assert sources.digest("app.step") == hashlib.sha256(b"A = 2\n").hexdigest()
    assert sources.digest("app") == hashlib.sha256(b"").hexdigest()
    assert sources.digest("app.other") is None


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    tree = tree_of(
        {"step": "from app.t import f\ndef run(): return f()", "t": "from app.u import f", "u": "from app.t import f"}
    )
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
        entries = [part.entry for part in parts_of(stage)]
        found = sources.closure(*entries)
        assert set(entries) <= set(found.definitions)
        assert entries[0] == f"pipeline.stages.{name}:run"
        stages = {module for module in found.modules if module.startswith("pipeline.stages.")}
        assert all(module == stage.__name__ or module.startswith(f"{stage.__name__}_") for module in stages)


def test_modules_are_imported_by_name_only_where_a_receipt_names_them() -> None:
    allowed = {"workflow.py", "science/models/__init__.py", "science/measures/__init__.py", "science/methods.py"}
    allowed.add("verifying/compiling.py")  # of libraries, in no step
    package = SOURCE_ROOT / "pipeline"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(
            word in path.read_text() for word in ("import_module", "__import__", "__subclasses__", "__init_subclass__")
        )
    }
    assert found <= allowed


def test_a_closure_does_not_depend_on_the_order_of_sets() -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.io.code import Sources; "
        "print(Sources(Path(sys.argv[1])).closure('pipeline.stages.train:run').digest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(SOURCE_ROOT)],
            env={**os.environ, "PYTHONPATH": str(SOURCE_ROOT), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert found == {f"{Sources(SOURCE_ROOT).closure('pipeline.stages.train:run').digest()}\n"}
