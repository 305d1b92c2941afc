"""A job of the run at work, performed in a process that closes to itself what the job does not need."""

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import socket
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from tests.io.test_shelf import KEPT, keep
from tests.io.toy import receipt
from tests.study import Study, checkout

from pipeline.io import runs
from pipeline.io.attempts import attempts
from pipeline.io.bodies import Body, Task
from pipeline.io.confinement import confined
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.files import read_json, write_json
from pipeline.io.jobs import building_folder, flat
from pipeline.io.receipts import RECEIPT, Step
from pipeline.io.runs import TOKEN, announce, hold
from pipeline.io.settling import Graph, Job
from pipeline.performing import needs_of, on_gpu, perform, shelf_in
from pipeline.study_code import SOURCE_ROOT
from pipeline.workflow import look

INSTALLED = [canonicalize_name(each.metadata["Name"]) for each in importlib.metadata.distributions()]
RAW = "data/raw"
FETCH = Job("fetch", (receipt(RAW),), {"source": ("data/source/rows.npz",)})
OTHERS = {"select": "choices/full", "train": "runs/full/seed-10", "analyse": "analysis", "report": "results"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """Yield a study of which nothing is made, this process being the run at work in it."""
    study = checkout(tmp_path / "study")
    monkeypatch.chdir(study.folder)
    monkeypatch.setenv(TOKEN, "")
    hold()
    yield study
    while runs.KEPT:
        runs.KEPT.pop().close()


def in_a_process(does: Callable[[], str]) -> str:
    """Return what a function returns in a process of its own, or raise what it could not do there."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            said = does()
        except BaseException:
            said = traceback.format_exc()
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def performed() -> str:
    """Perform the job that fetches; return the lines that it said."""
    said: list[str] = []

    def does() -> str:
        perform(receipt(RAW), said.append, Path("logs/fetch.log"))
        return "\n".join(said)

    return in_a_process(does)


def test_a_job_makes_its_artefact_signs_it_and_notes_what_it_did(study: Study) -> None:
    announce(Graph([FETCH]))
    assert performed().startswith(f"{RAW} made in ")
    assert json.loads(Path(receipt(RAW)).read_text())["step"] == "fetch"
    assert study.journal() == [("made", RAW)]
    (attempt,) = attempts()
    assert (attempt.step, attempt.homes, attempt.log, attempt.ended) == ("fetch", [RAW], "logs/fetch.log", True)
    assert list(attempt.made) == [RAW]


def test_a_job_brings_back_what_the_cache_keeps_unless_the_run_makes_all_anew(study: Study) -> None:
    announce(Graph([FETCH]))
    performed()
    keep(RAW)
    for anew, event in ((False, "returned"), (True, "made")):
        shutil.rmtree(RAW)
        study.forget()
        announce(Graph([FETCH]), cache=KEPT, anew=anew)
        performed()
        assert study.journal() == [(event, RAW)]


def test_an_artefact_that_only_a_manifest_names_is_found_in_the_cache(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    file = tmp_path / "receipt"
    file.write_text("{}")
    kept.object(file_md5(file)).parent.mkdir(parents=True)
    shutil.copy(file, kept.object(file_md5(file)))
    shelf = shelf_in(tmp_path, {RAW: {"objects": {RECEIPT: file_md5(file)}}})
    assert list(shelf.receipts(RAW)) == [("{}", {})]
    assert list(shelf.receipts("data/splits")) == []


def opened(step: str, home: str) -> set[str]:
    """Return what is open to the body of a step's job, of: network, Git's history, raw file, what brings data."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def make(_: Step, task: Task) -> None:
            tries: dict[str, Callable[[], object]] = {
                "network": lambda: socket.create_connection(address, timeout=5),
                "history": lambda: Path(".git/HEAD").read_text(),
                "raw": lambda: Path("data/source/rows.npz").read_bytes(),
                "a data set": (SOURCE_ROOT / "pipeline/science/datasets/mnist1d.py").read_text,
                "its package": Path(importlib.util.find_spec("mnist1d").origin).read_text,
                "digits": lambda: import_module("sklearn.datasets").load_digits(),
            }
            found = []
            for name, attempt in tries.items():
                with contextlib.suppress(OSError):  # a network of its own has no way there, whatever is refused
                    attempt()
                    found.append(name)
            write_json(task.home / "found.json", found)

        made = look().steps[step]
        with confined(needs_of(step), made, made.parts[0], make, [home], []) as maker:
            task = Task(building_folder([home], "run") / flat(home), Path("scratch"), {}, {})
            maker.make(Body(task, {}, [], INSTALLED))
            return set(read_json(task.home / "found.json"))


@pytest.mark.needs("landlock-tcp")
@pytest.mark.parametrize(("step", "home"), OTHERS.items())
def test_what_a_model_runs_in_reaches_no_network_no_history_and_nothing_that_carries_data(
    study: Study, step: str, home: str
) -> None:
    assert opened(step, home) == set()


def test_a_job_that_fetches_uses_the_network_and_reaches_what_carries_data(study: Study) -> None:
    assert opened("fetch", RAW) == {"network", "a data set", "its package", "digits"}


@pytest.mark.parametrize(
    ("parameters", "computes"),
    [
        ({"device": "cuda", "model": "mlp"}, True),
        ({"device": "cpu", "model": "mlp"}, False),
        ({"device": "cuda", "model": "random_forest"}, False),
        ({"model": "mlp"}, False),
        ({}, False),
    ],
)
def test_a_network_computes_on_a_gpu_where_the_study_asks_for_one_and_nothing_else_does(
    parameters: dict[str, str], computes: bool
) -> None:
    assert on_gpu(parameters, {"mlp", "gru"}) is computes
