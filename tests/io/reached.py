"""Code that a step reaches, one way each: (source files, the file to edit, the text before, the text after)."""

Tree = dict[str, str]
Case = tuple[Tree, str, str, str]


def case(step: str, edit: tuple[str, str, str] = ("t", "1", "2"), **files: str) -> Case:
    """Return a case: app/step.py, other files (p is p/__init__, p_t is p/t), and the edit, by default in app/t.py."""
    named = {"step": step, **{path_of(name): text for name, text in files.items()}}
    return named, path_of(edit[0]), *edit[1:]


def path_of(name: str) -> str:
    """Return a file's path inside app, without its ending."""
    return "p/__init__" if name == "p" else name.replace("_", "/")


REACHED: dict[str, Case] = {
    "module attribute": case("import app.t\ndef run(): return app.t.f()", t="def f(): return 1"),
    "module alias": case("import app.t as q\ndef run(): return q.f()", t="def f(): return 1"),
    "name alias": case("from app.t import f as g\ndef run(): return g()", t="def f(): return 1"),
    "submodule of a package": case("from app import t\ndef run(): return t.f()", t="def f(): return 1"),
    "relative": case("from .t import f\ndef run(): return f()", t="def f(): return 1"),
    "relative module": case("from . import t\ndef run(): return t.f()", t="def f(): return 1"),
    "relative, two up": case(
        "from .p.d import g\ndef run(): return g()", p="", p_d="from ..t import f as g", t="def f(): return 1"
    ),
    "re-export": case(
        "from app.p import f\ndef run(): return f()", ("p_t", "1", "2"), p="from .t import f", p_t="def f(): return 1"
    ),
    "re-exported module": case(
        "from app.p import tool\ndef run(): return tool.f()", p="from app import t as tool", t="def f(): return 1"
    ),
    "re-export of another package's name": case(
        "from app.t import dtype\ndef run(): return dtype",
        ("t", "float32", "float64"),
        t="from numpy import float32 as dtype",
    ),
    "another package's name": case(
        "from numpy import float32 as dtype\ndef run(): return dtype", ("step", "float32", "float64")
    ),
    "two imported names swapped": case(
        "from app.t import f as a, g as b\ndef run(): return a() - b()",
        ("step", "f as a, g as b", "g as a, f as b"),
        t="def f(): return 1\ndef g(): return 2",
    ),
    "star import": case("from app.t import *\ndef run(): return f()", t="def f(): return 1"),
    "star of a re-export": case(
        "from app.t import *\ndef run(): return f()", ("u", "1", "2"), t="from app.u import f", u="def f(): return 1"
    ),
    "star of another package": case("from math import *\ndef run(): return 1", ("step", "from math", "from cmath")),
    "import in the function": case("def run():\n    from app.t import f\n    return f()", t="def f(): return 1"),
    "module imported in the function": case(
        "def run():\n    import app.t\n    return app.t.f()", t="def f(): return 1"
    ),
    "a local import beside a global of the same name": case(
        "from app.t import f\nclass A:\n    def a(self):\n        from app.u import f\n"
        "        return f()\n    def b(self): return f()\ndef run(): return A().b()",
        t="def f(): return 1",
        u="def f(): return 3",
    ),
    "try, except": case(
        "try:\n    from app.t import f\nexcept ImportError:\n    f = None\ndef run(): return f()", t="def f(): return 1"
    ),
    "try a module": case(
        "try:\n    import app.t as q\nexcept ImportError:\n    import app.u as q\ndef run(): return q.f()",
        ("u", "3", "4"),
        t="def f(): return 1",
        u="def f(): return 3",
    ),
    "if not TYPE_CHECKING": case(
        "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    X = 1\ndef run(): return X",
        ("step", "X = 1", "X = 2"),
    ),
    "else of TYPE_CHECKING": case(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    X = 0\nelse:\n    X = 1\ndef run(): return X",
        ("step", "X = 1", "X = 2"),
    ),
    "definition under if": case(
        "from app.t import f\ndef run(): return f()", t="import os\nif os.name:\n    def f(): return 1"
    ),
    "class": case("from app.t import A\ndef run(): return A().f()", t="class A:\n    def f(self): return 1"),
    "base class": case(
        "from app.t import A\nclass B(A): pass\ndef run(): return B().f()", t="class A:\n    def f(self): return 1"
    ),
    "base class in a chain": case(
        "import app\nimport app.p.t\nclass B(app.p.t.A): pass\ndef run(): return B().f()",
        ("p_t", "1", "2"),
        p="",
        p_t="class A:\n    def f(self): return 1",
    ),
    "decorator": case("from app.t import d\n@d\ndef run(): return 1", t="def d(f): return lambda: f() + 1"),
    "default argument": case("from app.t import D\ndef run(x=D): return x", t="D = 1"),
    "lambda": case("from app.t import f\nrun = lambda: f()", t="def f(): return 1"),
    "comprehension": case("from app.t import f\ndef run(): return [f(x) for x in (1,)]", t="def f(x): return 1"),
    "match": case(
        "from app.t import E\ndef run(x=1):\n    match x:\n        case E.a: return 1\n",
        ("t", "7", "8"),
        t="class E:\n    a = 7",
    ),
    "chain of names": case("from app.t import a\ndef run(): return a()", t="def f(): return 1\nb = f\na = b"),
    "rebound name": case("X = [1]\nX = X + [2]\ndef run(): return X", ("step", "X = [1]", "X = [3]")),
    "order of two definitions": case("X = 1\nX = 2\ndef run(): return X", ("step", "X = 1\nX = 2", "X = 2\nX = 1")),
    "definition and condition in another order": case(
        "import os\nX = 1\nif os.name: X = 2\ndef run(): return X",
        ("step", "X = 1\nif os.name: X = 2", "if os.name: X = 2\nX = 1"),
    ),
    "augmented": case("X = 1\nX += 2\ndef run(): return X", ("step", "+= 2", "+= 3")),
    "deleted": case("X = 1\ndef run(): return 'X' in globals()", ("step", "X = 1", "X = 1\ndel X")),
    "global statement": case(
        "X = 1\ndef g():\n    global X\n    X = 2\ndef run():\n    g()\n    return X", ("step", "X = 2", "X = 3")
    ),
    "attribute of a class set later": case(
        "from app.t import A\ndef run(): return A.f()", t="class A: pass\ndef f(): return 1\nA.f = f"
    ),
    "item of a table set later": case(
        "from app.t import T\ndef run(): return T['f']()", t="T = {}\ndef f(): return 1\nT['f'] = f"
    ),
    "registered by a bare decorator": case(
        "from app.t import T\ndef run(): return T[0]()",
        t="T = []\ndef register(f):\n    T.append(f)\n    return f\n@register\ndef f(): return 1",
    ),
    "registered by a decorator named like a harmless one": case(
        "from app.t import T\ndef run(): return T[0]()",
        t="T = []\ndef dataclass_of(f):\n    T.append(f)\n    return f\n@dataclass_of\ndef f(): return 1",
    ),
    "registered from a class body": case(
        "from app.t import T\ndef run(): return T[0]()", t="T = []\ndef f(): return 1\nclass A:\n    x = T.append(f)"
    ),
    "registered by a default argument": case(
        "from app.t import T\ndef run(): return T[0]()", t="T = []\ndef f(): return 1\ndef g(x=T.append(f)): pass"
    ),
    "loose statement": case(
        "import app.t\ndef run(): return 1", ("t", "'1'", "'2'"), t="import os\nos.environ['A'] = '1'"
    ),
    "loose statement of a module only imported for it": case(
        "import app.p.t\ndef run(): return 1", ("p_t", "'1'", "'2'"), p="", p_t="import os\nos.environ['A'] = '1'"
    ),
    "loose statement two packages up": case(
        "from app.p.q.t import f\ndef run(): return f()",
        ("p", "'1'", "'2'"),
        p="import os\nos.environ['A'] = '1'",
        p_q_t="def f(): return 1",
    ),
    "what a loose statement of a module only imported for it calls": case(
        "import app.t\ndef run(): return 1", ("u", "1", "2"), t="from app.u import f\nf()", u="def f(): return 1"
    ),
    "loose statement of a submodule only imported for it": case(
        "from app import t\ndef run(): return 1", ("t", "print(1)", "print(2)"), t="print(1)"
    ),
    "what a loose statement calls": case("from app.t import T\ndef run(): return T", t="def f(): return 1\nT = f()"),
    "module as a value": case("from app import t\ndef run(): return getattr(t, 'f')()", t="def f(): return 1"),
    "what a module handed around imported": case(
        "from app import t\ndef run(): return getattr(t, 'f')()",
        ("u", "1", "2"),
        t="from app.u import f",
        u="def f(): return 1",
    ),
    "package handed around": case(
        "from app import p\nimport app.p.t\ndef run(): return getattr(p, 't').f()",
        ("p_t", "1", "2"),
        p="",
        p_t="def f(): return 1",
    ),
    "globals()": case("def f(): return 1\ndef run(): return globals()['f']()", ("step", "1", "2")),
    "eval": case("def f(): return 1\ndef run(): return eval('f()')", ("step", "1", "2")),
    "a module's __getattr__": case(
        "from app.t import f\ndef run(): return f()", t="def __getattr__(name): return lambda: 1"
    ),
    "a function named like its module": case(
        "from app.p import t\ndef run(): return t.x",
        ("p_t", "t.x = 1", "t.x = 2"),
        p="from .t import t",
        p_t="def t(): pass\nt.x = 1",
    ),
    "quoted annotation": case(
        "from app.t import M\ndef run(): return M(rate=1)",
        ("t", "gt=5", "gt=6"),
        t="from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
        "Rate = Annotated[float, Field(gt=5)]\nclass M(BaseModel):\n    rate: 'Rate'",
    ),
    "annotation quoted inside another": case(
        "from app.t import M\ndef run(): return M(rates=[1])",
        ("t", "gt=5", "gt=6"),
        t="from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
        "Rate = Annotated[float, Field(gt=5)]\nRates = list['Rate']\nclass M(BaseModel):\n    rates: Rates",
    ),
    "annotation quoted inside a quoted one": case(
        "from app.t import M\ndef run(): return M(rates=[1])",
        ("t", "gt=5", "gt=6"),
        t="from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
        "Rate = Annotated[float, Field(gt=5)]\nclass M(BaseModel):\n    rates: 'list[\"Rate\"]'",
    ),
    "__future__": case(
        "import typing\ndef run(x: int = 1): return typing.get_type_hints(run)",
        ("step", "import typing", "from __future__ import annotations\nimport typing"),
    ),
    "except clause": case(
        "from app.t import E, f\ndef run():\n    try: f()\n    except E: return 1",
        ("t", "ValueError", "KeyError"),
        t="class E(ValueError): pass\ndef f(): raise E",
    ),
    "starred unpacking": case("A, *B = 1, 2, 3\ndef run(): return B", ("step", "2, 3", "2, 4")),
    "walrus": case("(X := 1)\ndef run(): return X", ("step", "X := 1", "X := 2")),
    "property setter": case(
        "class A:\n    @property\n    def x(self): return 1\n    @x.setter\n"
        "    def x(self, v): pass\ndef run(): return A().x",
        ("step", "return 1", "return 2"),
    ),
}
