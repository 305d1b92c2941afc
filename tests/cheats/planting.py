"""A miniature study with the same attempts planted at every place where its own code runs.

What an attempt reaches it adds to a file outside of the study; where even that is closed, it fails its job. So a study
that is built to its end, with no such file, has reached nothing.
"""

import re
from pathlib import Path

from tests.study import MINIATURE, Study, checkout

PLACES = (
    "a model's module", "a class body", "a validator of settings", "build", "fit", "predict", "costs",
    "a metric's module", "a metric", "a data set's module", "a data set", "a package beside the model",
)  # fmt: skip
PEEK = '''"""Tries everything that is closed to a study's code, wherever that runs."""

import contextlib
import os
import socket
import sys
from pathlib import Path

HERE = Path({study!r})
STEP = sys.argv[sys.argv.index("step") + 1] if "step" in sys.argv else ""
LIBRARIES = HERE / {libraries!r}


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def added(path):
    """Open a file to write, and leave all as it was: a study that nothing confines shall go on."""
    there = os.path.exists(path)
    open(path, "a").close()
    if not there:
        os.unlink(path)


def connected(kind):
    with socket.socket(socket.AF_INET, kind) as there:
        there.settimeout(5)
        there.connect(("127.0.0.1", {port}))
        there.send(b"cheat")


THINGS = {{
    "held-out rows": lambda: read(HERE / "data/held_out/held_out.safetensors"),
    "held-out labels": lambda: read(HERE / "data/held_out_labels/labels.safetensors"),
    "validation labels": lambda: read(HERE / "data/validation_labels/labels.safetensors"),
    "the raw file": lambda: read(HERE / "data/source/rows.npz"),
    "a data set's module": lambda: read(HERE / "src/pipeline/science/datasets/mnist1d.py"),
    "a data set's package": lambda: read(LIBRARIES / "mnist1d/__init__.py"),
    "data within a library": lambda: read(LIBRARIES / "sklearn/datasets/data/digits.csv.gz"),
    "another run's scratch": lambda: read(HERE / ".pipeline/scratch/another/left"),
    "another job's shared memory": lambda: read({memory!r}),
    "the journal": lambda: read(HERE / ".pipeline/journal.jsonl"),
    "attempts at jobs": lambda: os.listdir(HERE / ".pipeline/attempts"),
    "what was observed": lambda: os.listdir(HERE / "observed/artefacts"),
    "the plan": lambda: read(HERE / "plan/plan.json"),
    "history": lambda: read(HERE / ".git/HEAD"),
    "a file outside": lambda: read({outside!r}),
    "the network": lambda: connected(socket.SOCK_STREAM),
    "datagrams": lambda: connected(socket.SOCK_DGRAM),
    "adding to the journal": lambda: added(HERE / ".pipeline/journal.jsonl"),
    "adding to what was observed": lambda: added(HERE / "observed/cheat"),
    "changing settings": lambda: added(HERE / ".pipeline/params.yaml"),
    "changing sources": lambda: added(HERE / "src/pipeline/science/cheat.py"),
    "scores of trials": lambda: read(HERE / "choices/full/trials.json"),
    "changing splits": lambda: added(HERE / "data/splits/cheat"),
    "writing outside": lambda: added({outside!r}),
}}
READING = {{"a data set's module"}}  # what checks settings asks it what was published
OF_DATA = {{*READING, "a data set's package", "data within a library"}}
DECLARED = {{
    "fetch": {{*OF_DATA, "the raw file", "the network", "datagrams"}},
    "prepare": OF_DATA,
    "evaluate": {{"held-out rows"}},
}}
JUDGED_BY = {{
    "select": {{"validation labels"}},
    "train": {{"validation labels"}},
    "evaluate": {{"held-out labels"}},
    "analyse": {{"validation labels", "scores of trials"}},
}}


def is_body():
    """Tell whether a step's body runs: what checks settings, in whichever process, has no folder of its own."""
    return STEP and os.environ.get("HOME") not in ("/nowhere", "/dev/shm")


def scores():
    """Tell whether this process scores what models predict: it has loaded what scores, and no model."""
    loads = any(name.startswith("pipeline.science.models.") for name in sys.modules)
    return STEP == "analyse" or ("pipeline.science.scoring" in sys.modules and not loads)


def declared():
    """Return what is open to the code that runs here."""
    if not is_body():
        return READING
    return (JUDGED_BY if scores() else DECLARED).get(STEP, set())


def peek(place):
    with contextlib.suppress(OSError):  # seen from outside only where shared memory is shared
        open({left!r}, "a").close()
    for thing in THINGS.keys() - declared():
        try:
            THINGS[thing]()
        except (OSError, ImportError):
            continue
        try:
            with open({log!r}, "a") as file:
                file.write(f"{{place}}: {{thing}}\\n")
        except OSError:
            raise RuntimeError(f"{{place}} reached {{thing}} in {{STEP or 'reading'}}") from None


peek("a package beside the model")
'''
USED = "from pipeline.science.peek import peek\n\n"
PATCHED = '''
peek("a model's module")


def patched() -> None:
    """Have what is fitted and predicted peek, without another class: its bytes name that."""
    from sklearn.ensemble import RandomForestClassifier

    for name in ("fit", "predict"):
        known = getattr(RandomForestClassifier, name)
        if not hasattr(known, "planted"):
            def planted(*arguments, known=known, name=name, **named):
                peek(name)
                return known(*arguments, **named)

            planted.planted = True
            setattr(RandomForestClassifier, name, planted)
'''
VALIDATOR = '''
    peek("a class body")

    @model_validator(mode="after")
    def looked(self) -> "Settings":
        """Look around."""
        peek("a validator of settings")
        patched()
        return self

    max_features:'''


def beside(memory: Path) -> Path:
    """Return the file that an attempt leaves in shared memory beside that of another job."""
    return memory.with_name(f"{memory.name}-answer")


def planted(folder: Path, outside: Path, memory: Path, port: int) -> Study:
    """Return a study with its plan locked, and attempts at everything that is closed planted at every place."""
    params = {**MINIATURE, "study": {**MINIATURE["study"], "metric": "balanced_accuracy"}}
    study = checkout(folder, params)
    science = folder / "src/pipeline/science"
    told = {
        "study": str(folder),
        "outside": str(outside / "secret"),
        "log": str(outside / "reached"),
        "memory": str(memory),
        "left": str(beside(memory)),
        "port": port,
        "libraries": str(libraries()),
    }
    (outside / "secret").write_text("secret")
    memory.write_text("rows")
    scratch = folder / ".pipeline/scratch/another"
    scratch.mkdir(parents=True)
    (scratch / "left").write_text("rows")
    (science / "peek.py").write_text(PEEK.format(**told))
    building = "    from sklearn.ensemble import RandomForestClassifier\n\n    return"
    edit(
        science / "models/random_forest.py",
        ("from pydantic import Field\n\n", f"from pydantic import Field, model_validator\n{USED}"),
        ("\n\nclass Settings", f"\n{PATCHED}\n\nclass Settings"),
        ("\n    max_features:", VALIDATOR),
        (building, f'    peek("build")\n{building}'),
        ("    parameters = comparisons = 0\n", '    peek("costs")\n    parameters = comparisons = 0\n'),
    )
    typing, errors = "from typing import TYPE_CHECKING\n", "from pipeline.base.errors import DataError\n"
    edit(
        science / "measures/balanced_accuracy.py",
        (typing, f'{typing}\n{USED}peek("a metric\'s module")\n'),
        ("    import numpy as np\n\n    counts", '    import numpy as np\n\n    peek("a metric")\n    counts'),
    )
    edit(
        science / "datasets/npz_file.py",
        (errors, f'{errors}{USED}peek("a data set\'s module")\n'),
        ("    import numpy as np\n\n    try", '    import numpy as np\n\n    peek("a data set")\n    try'),
    )
    study.commit("Cheat")
    return study


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Change text that stands once in a file."""
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1, (path, old)
        text = text.replace(old, new)
    path.write_text(text)


def open_wide(study: Study) -> None:
    """Take out what confines, as on a machine whose kernel cannot."""
    source = study.folder / "src/pipeline/io"
    text = (source / "sandbox.py").read_text()
    changed = re.sub(r'(def version\(\) -> int:\n    """.*"""\n)', r"\1    raise OSError(38, 'none here')\n", text)
    assert changed != text
    (source / "sandbox.py").write_text(changed)
    edit(
        source / "namespaces.py",
        ('    if sys.platform != "linux":\n', '    return "none here"\n    if sys.platform:\n'),
    )


def libraries() -> Path:
    """Return where distributions are installed."""
    import sklearn

    return Path(sklearn.__file__).resolve().parent.parent
