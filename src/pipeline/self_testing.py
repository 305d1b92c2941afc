"""The self-test: what this machine is, which guarantee it can give, and whether each kind of model is deterministic.

Every model is fitted by the path that every run takes, in processes of their own, confined, that differ in what must
move no bit. It takes well under a minute on two quiet cores.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.guarantees import barriers, levels, machine
from pipeline.io.environment import LOCK
from pipeline.io.files import read_json
from pipeline.science.settings import Shape
from pipeline.snakefile import MOVES_BITS, THREADS
from pipeline.study_code import SOURCE_ROOT
from pipeline.workflow import Workflow, look

AGAIN, AT_ONCE = "again in a fresh process", "two at once, one of them held to one core"
ORDER, HASHES = "in another order and pack", "under another PYTHONHASHSEED"
REFERENCE = "once, alone"
CONDITIONS = (AGAIN, AT_ONCE, ORDER, HASHES)
CHILD = "from pipeline.trial_process import main; main()"
ABOUT = Path("data/splits/about.json")
SHAPE: dict[str, Any] = {"features": [40], "classes": 10}
Fits = dict[str, list[dict[str, str]]]  # {"model on device": what each of its fits in a process came to}


def self_test(names: Collection[str] | None = None) -> dict[str, Any]:
    """Return what this machine can promise, tested on every kind of model, or on those named.

    {"machine", "levels": [{"level", "holds", "says"}], "level", "barriers", "environment": what is not as locked,
    "models": {"model on device": conditions under which it differed, or why it failed}, "untested": models of which no
    settings are known, "cuda", "seconds"}. Raises PipelineError where the study is not valid or a process dies.
    """
    started = time.monotonic()
    workflow = Workflow.load()
    settings = workflow.code.ask("trials", sorted(names or ()))
    cases = [(name, stated) for name, stated in settings.items() if stated is not None]
    differences = environment(workflow, [name for name, _ in cases])
    trials = Trials(cases, workflow.study.compute.threads)
    fits, cuda = trials.run()
    found = {model: verdict(model, fits) for model in fits[REFERENCE]}
    given = levels(differences, {failure for failures in found.values() for failure in failures}, AT_ONCE)
    return {
        "machine": machine(),
        "levels": given,
        "level": max((level["level"] for level in given if level["holds"]), default=None),
        "barriers": barriers(),
        "environment": differences,
        "models": found,
        "untested": sorted(name for name, stated in settings.items() if stated is None),
        "cuda": cuda,
        "seconds": round(time.monotonic() - started, 1),
    }


def environment(workflow: Workflow, names: Iterable[str]) -> list[str]:
    """Return a line for each distribution that fitting these models may import and that is not the locked one."""
    world = look(workflow)
    packages: set[str] = set()
    for name in names:
        packages |= world.sources.closure("pipeline.stages.train:run", f"pipeline.science.models.{name}").packages
    return world.environment.differences(world.environment.identity(packages))


class Trials:
    """The same fits in several processes."""

    def __init__(self, cases: Sequence[tuple[str, Mapping[str, Any]]], threads: int) -> None:
        self.cases = list(cases)
        self.threads = threads
        about = read_json(ABOUT) if ABOUT.is_file() else SHAPE
        shape = Shape.of(about)
        self.shape = shape.model_dump(mode="json")

    def run(self) -> tuple[dict[str, Fits], str]:
        """Return what all fits came to, by condition, and which CUDA device there is."""
        reference = self.process()
        with ThreadPoolExecutor(2) as pool:
            waiting = {
                AT_ONCE: [pool.submit(self.process, one_core=one_core) for one_core in (False, True)],
                AGAIN: [pool.submit(self.process)],
                ORDER: [pool.submit(self.process, packed=True)],
                HASHES: [pool.submit(self.process, hash_seed="1")],
            }
            fits = {name: joined([answer.result()["fits"] for answer in answers]) for name, answers in waiting.items()}
        return {REFERENCE: reference["fits"], **fits}, reference["cuda"]

    def process(self, one_core: bool = False, packed: bool = False, hash_seed: str = "0") -> dict[str, Any]:
        """Fit all cases in a fresh process, `packed`: twice, in reverse order; return what it says."""
        cases = [*reversed(self.cases), *self.cases] if packed else self.cases
        with tempfile.TemporaryDirectory() as folder:
            asked = {"cases": cases, "shape": self.shape, "one_core": one_core, "folder": folder}
            done = subprocess.run(
                [sys.executable, "-c", CHILD],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                check=False,
                env={**self.variables(), "PYTHONHASHSEED": hash_seed},
            )
        try:
            return dict(json.loads(done.stdout))
        except ValueError:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise PipelineError(f"self-test: a process that fits models ended with {done.returncode}: {said}") from None

    def variables(self) -> dict[str, str]:
        """Return the variables that a job of a study has."""
        kept = {name: value for name, value in os.environ.items() if name not in MOVES_BITS}
        threads = dict.fromkeys(THREADS, str(self.threads))
        return {**kept, **threads, "PYTHONPATH": str(SOURCE_ROOT), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


def joined(answers: Sequence[Fits]) -> Fits:
    """Return the fits of several processes together."""
    return {model: [fit for fits in answers for fit in fits[model]] for model in answers[0]}


def verdict(model: str, fits: Mapping[str, Fits]) -> list[str]:
    """Return the conditions under which a model's weights or predictions were others, or why it cannot be fitted."""
    (reference,) = fits[REFERENCE][model]
    if "error" in reference:
        return [f"cannot be fitted: {reference['error']}"]
    found = []
    for condition in CONDITIONS:
        for fit in fits[condition][model]:
            if parts := [part for part in ("weights", "predictions") if fit.get(part) != reference[part]]:
                found.append(f"other {' and '.join(parts)} {condition}")
                break
    return found


def is_sound(found: Mapping[str, Any]) -> bool:
    """Tell whether every tested model is deterministic, and the environment the locked one."""
    return not any(found["models"].values()) and not found["environment"]


def render(found: Mapping[str, Any]) -> str:
    """Return a self-test for a terminal."""
    about = found["machine"]
    lines = [f"machine: class {about['class']} ({', '.join(about['fields'].values())})"]
    lines.append(f"         {about['processor']}, {about['cores']} cores")
    lines.append(f"guarantee: {found['level'] or 'none'}")
    for level in found["levels"]:
        lines.append(f"  {level['level']} {'holds' if level['holds'] else 'does not hold'}: {level['says']}")
    lines += [f"{name}: {said}" for name, said in found["barriers"].items()]
    lines += [f"environment: {line}, by {LOCK}; run `make setup`" for line in found["environment"]]
    lines.append(f"models: {', '.join(CONDITIONS)}")
    for model, failures in found["models"].items():
        lines.append(f"  {model}: {'NOT DETERMINISTIC: ' + '; '.join(failures) if failures else 'the same'}")
    lines += [
        f"  {name}: not tested: no variant uses it, and its settings cannot be guessed" for name in found["untested"]
    ]
    lines.append(f"cuda: {found['cuda']}")
    return "\n".join([*lines, f"took {found['seconds']:.0f} s"])
