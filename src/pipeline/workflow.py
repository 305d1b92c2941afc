"""The join of a study, its steps and the engines: what the Snakefile and the command line ask."""

import contextlib
import functools
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pipeline
from pipeline.base.dealing import FOLDS, HELD_OUT, LABELS, SPLITS, TESTED
from pipeline.base.design import FULL, methods, stated_variant, variants
from pipeline.base.errors import PipelineError
from pipeline.base.interim import at_look, looks_of
from pipeline.base.params import PARAMS, Study, load_study, validated
from pipeline.base.resampling import folds_of
from pipeline.io.bodies import Task
from pipeline.io.closures import keep_closures, known_closures, tree_digest
from pipeline.io.code import Sources
from pipeline.io.deviations import Deviations, deviations
from pipeline.io.environment import LOCK, Environment
from pipeline.io.folders import code_files
from pipeline.io.interim import open_look
from pipeline.io.jobs import STATE
from pipeline.io.plans import PlanState, plan_state
from pipeline.io.receipts import Step, World
from pipeline.science.control_runs import control_runs, is_control
from pipeline.science.methods import Run, runs, seed_varies, varies
from pipeline.stages import fetch, prepare, resample
from pipeline.study_code import SOURCE_ROOT, STAGES, Facts, StudyCode, parts_of

PACKAGE_ROOT = Path(pipeline.__file__).resolve().parent
CLOSURES = STATE / "closures.json"
SEEDED = ("select", "train", "analyse")  # what they are told follows from what a seed varies in models
DATA_HOMES = (fetch.HOME, *prepare.HOMES)
ARTEFACT_ROOTS = (*DATA_HOMES, *resample.HOMES, "choices", "runs", "evaluations", "analysis", "results")


class Workflow:
    """A study that has been read and checked."""

    def __init__(self, study: Study, code: StudyCode | None = None) -> None:
        self.study = study
        self.code = code or StudyCode(study)

    @classmethod
    def load(cls, path: Path = Path(PARAMS)) -> "Workflow":
        """Read params.yaml and check all that can be checked before anything runs; raise PipelineError."""
        study = load_study(path)
        return cls(study, checked(study))

    @property
    def facts(self) -> Facts:
        """What only the study's own code knows."""
        return self.code.facts

    @functools.cached_property
    def plan(self) -> PlanState:
        """Whether the study matches its committed plan, and why not."""
        return plan_state(self.study.model_dump(mode="json"))

    @property
    def confirmatory(self) -> bool:
        """Whether held-out may be opened: the study matches its committed plan."""
        return self.plan.digest is not None

    @property
    def methods(self) -> list[str]:
        """What is selected: the full method and each baseline."""
        return methods(self.study)

    @property
    def sources(self) -> list[str]:
        """Raw files that the study names, none where the data set's package makes the data."""
        return list(self.facts.sources)

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The final runs, variant by variant."""
        return runs(self.study, self.facts.seeding)

    @functools.cached_property
    def controls(self) -> list[Run]:
        """The runs of the controls, which are trained like any other and never evaluated."""
        return control_runs(self.study, self.facts.seeding)

    @functools.cached_property
    def open_look(self) -> int:
        """The number of the look that is open; 1 where the study states one look only."""
        return open_look(self.plan.digest, len(looks_of(self.study)))

    @functools.cached_property
    def judged(self) -> list[Run]:
        """The runs that are analysed: all, or under a plan with several looks those of the open one."""
        return runs(self.at_look, self.facts.seeding) if self.confirmatory else self.runs

    @property
    def later(self) -> list[Run]:
        """The runs that are trained now and judged at a later look."""
        judged = set(self.judged)
        return [run for run in self.runs if run not in judged]

    @functools.cached_property
    def at_look(self) -> Study:
        """The study with the final seeds of the open look alone."""
        return at_look(self.study, self.open_look)

    def opened(self, chosen: list[Run]) -> list[Run]:
        """Return the runs, of some, that may be evaluated: under a committed plan those of the open look, else none."""
        judged = set(self.judged) if self.confirmatory else set()
        return [run for run in chosen if run in judged]

    def deviations(self) -> Deviations | None:
        """Return how the study departs from what held-out was opened under; None where it does not, or has no plan."""
        if self.plan.digest is None:
            return None
        return deviations(self.plan.digest, self.study.model_dump(mode="json"), self.one_evaluation_each())

    def one_evaluation_each(self) -> list[str]:
        """Return an evaluation of each variant: what a configuration is told from."""
        return [f"evaluations/{run}" for run in {run.variant: run for run in reversed(self.judged)}.values()]

    @functools.cached_property
    def folds(self) -> dict[int, str]:
        """The fold of each final seed, none where the study does not resample."""
        return folds_of(self.study)

    def splits_of(self, run: Run) -> str:
        """Return the artefact with the rows that a run is trained on: its fold's, else that of all runs."""
        return self.of_fold(run, FOLDS, SPLITS)

    def held_out_of(self, run: Run) -> str:
        """Return the artefact with the rows that a run is evaluated on: its fold's, else that of all runs."""
        return self.of_fold(run, TESTED, HELD_OUT)

    def labels_of(self, part: str) -> str:
        """Return the artefact with the labels that models are scored by on the rows of another."""
        folder = next(name for name in LABELS if part == name or part.startswith(f"{name}/"))
        return LABELS[folder] + part.removeprefix(folder)

    def of_fold(self, run: Run, folder: str, otherwise: str) -> str:
        """Return a run's place in a folder of folds, or the artefact that serves every run; controls have no fold."""
        if run.seed is None or run.seed not in self.folds or is_control(run.variant):
            return otherwise
        return f"{folder}/{self.folds[run.seed]}"

    def method_of(self, run: Run) -> str:
        """Return the method whose choice a run uses."""
        if is_control(run.variant):
            return FULL
        variant = stated_variant(self.study, run.variant)
        return variant.method if variant else run.variant

    def steps(self) -> dict[str, Step]:
        """Return every step, told what this study says."""
        return {name: self._step(name, stage) for name, stage in STAGES.items()}

    def _step(self, name: str, stage: ModuleType) -> Step:
        def parameters(values: Mapping[str, str]) -> dict[str, Any]:
            study = self.at_look if name == "analyse" and self.confirmatory else self.study
            try:
                return dict(stage.parameters(study, values, **self.told(name)).model_dump(mode="json"))
            except KeyError as error:
                raise PipelineError(f"the study has no {error}") from None

        return Step(name, stage.HOME, parameters, parts_of(stage))

    def told(self, name: str) -> dict[str, Any]:
        """Return what a step is told beside what the study states.

        What chooses seeds is told what a seed varies in models; the analysis the plan, and how the study departs from
        it.
        """
        seeding = {"seeding": self.facts.seeding} if name in SEEDED else {}
        return seeding | ({"plan": self.plan.digest, "deviations": self.deviations()} if name == "analyse" else {})

    @functools.cached_property
    def varies(self) -> dict[str, str]:
        """What differs from one final run to the next of each variant, empty where it is trained once."""
        found = variants(self.study).items()
        return {name: varies(self.study, variant, self.facts.seeding) for name, variant in found}

    @functools.cached_property
    def seeded(self) -> list[str]:
        """The variants whose model varies with its seed."""
        return [name for name, each in variants(self.study).items() if seed_varies(each, self.facts.seeding)]


CHECKED: dict[tuple[Any, ...], StudyCode] = {}  # the last one


def checked(study: Study) -> StudyCode:
    """Return the code of a study that was checked, asked anew where its sources have changed; raise PipelineError."""
    key = (study.model_dump_json(), os.getpid(), Path.cwd(), fingerprint())
    if key not in CHECKED:
        code = StudyCode(study)
        code.ask("check")
        CHECKED.clear()
        CHECKED[key] = code
    return CHECKED[key]


@functools.lru_cache(maxsize=1)
def sources_as_of(fingerprint: tuple[tuple[str, int, int, int], ...]) -> Sources:  # noqa: ARG001
    """Return sources, shared for as long as no source file changes, with the closures kept of their like."""
    return Sources(SOURCE_ROOT, known_closures(CLOSURES, tree_digest(PACKAGE_ROOT)))


def remember(sources: Sources) -> None:
    """Keep the closures of sources for jobs and the next run, unless a source file changed since they were looked at.

    It saves them time and no more: where the disk is full, they look for themselves.
    """
    if sources.has_grown() and sources_as_of(fingerprint()) is sources:
        digest = tree_digest(PACKAGE_ROOT)
        with contextlib.suppress(OSError):
            keep_closures(CLOSURES, digest, sources)


def fingerprint() -> tuple[tuple[str, int, int, int], ...]:
    """Return path, inode, size and ctime of every source file: a write cannot leave all of them as they were."""
    stats = [(entry.path, entry.stat()) for entry in code_files(str(PACKAGE_ROOT))]
    return tuple((path, stat.st_ino, stat.st_size, stat.st_ctime_ns) for path, stat in stats)


def look(workflow: Workflow | None = None) -> World:
    """Look at sources, parameters, environment and files as they are now."""
    steps = (workflow or Workflow.load()).steps()
    return World(steps, sources_as_of(fingerprint()), Environment(Path(os.path.relpath(SOURCE_ROOT.parent / LOCK))))


def make(step: Step, task: Task) -> None:
    """Run a function of a step on its parameters and those inputs that it takes; the receipt names all."""
    (part,) = (part for part in step.parts if part.name == task.part)
    stage = importlib.import_module(part.entry.partition(":")[0])
    params = validated(stage.Params, task.parameters, PARAMS)
    inputs: dict[str, Any] = {
        name: paths if name in getattr(stage, "MANY", ()) else paths[0] for name, paths in task.inputs.items()
    }
    if part.resumes:
        inputs["scratch"] = task.scratch
    getattr(stage, part.name)(params, task.home, **inputs)
