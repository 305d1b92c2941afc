"""The join of a study, its steps and the engines: what the Snakefile and the command line ask."""

import contextlib
import functools
import importlib
import inspect
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pipeline
from pipeline.base.design import FULL, check_design, contrasts, methods, stated_variant
from pipeline.base.effect_claims import CLAIMED, effects_of, is_of_effects, key_of
from pipeline.base.errors import ParameterError, PipelineError, nearest
from pipeline.base.interim import at_look, check_claims, check_looks, looks_of
from pipeline.base.params import PARAMS, SeedLook, Study, load_study, validated
from pipeline.base.resampling import FOLDS, TESTED, folds_of
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
from pipeline.science import measures
from pipeline.science.control_runs import check_controls, control_runs, is_control
from pipeline.science.methods import Run, check_methods, runs, source_files
from pipeline.science.verdicts import required_seeds
from pipeline.stages import analyse, evaluate, fetch, prepare, report, resample, select, train

STAGES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (fetch, prepare, resample, select, train, evaluate, analyse, report)
}
PACKAGE_ROOT = Path(pipeline.__file__).resolve().parent
SOURCE_ROOT = PACKAGE_ROOT.parent
CLOSURES = STATE / "closures.json"
SOURCE_HOME = "data/source"  # a dependency of dvc.yaml's first phase
DATA_HOMES = ("data/raw", "data/splits", "data/held_out")
ARTEFACT_ROOTS = (*DATA_HOMES, FOLDS, TESTED, "choices", "runs", "evaluations", "analysis", "results")


class Workflow:
    """A study that has been read and checked."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @classmethod
    def load(cls, path: Path = Path(PARAMS)) -> "Workflow":
        """Read params.yaml and check all that can be checked before anything runs; raise ParameterError."""
        study = load_study(path)
        check_design(study)
        check_methods(study)
        check_looks(study)
        check_claims(study)
        check_seed_counts(study)
        check_controls(study)
        check_metric(study)
        check_place_of_source(study)
        return cls(study)

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
        return source_files(self.study.data.name, self.study.data.source)

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The final runs, variant by variant."""
        return runs(self.study)

    @functools.cached_property
    def controls(self) -> list[Run]:
        """The runs of the controls, which are trained like any other and never evaluated."""
        return control_runs(self.study)

    @functools.cached_property
    def open_look(self) -> int:
        """The number of the look that is open; 1 where the study states one look only."""
        return open_look(self.plan.digest, len(looks_of(self.study)))

    @functools.cached_property
    def judged(self) -> list[Run]:
        """The runs that are analysed: all, or under a plan with several looks those of the open one."""
        return runs(self.at_look) if self.confirmatory else self.runs

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
        return self.of_fold(run, FOLDS, "data/splits")

    def held_out_of(self, run: Run) -> str:
        """Return the artefact with the rows that a run is evaluated on: its fold's, else that of all runs."""
        return self.of_fold(run, TESTED, "data/held_out")

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
            try:
                if stage is analyse:
                    study = self.at_look if self.confirmatory else self.study
                    told = analyse.parameters(study, values, self.plan.digest, self.deviations())
                else:
                    told = stage.parameters(self.study, values)
            except KeyError as error:
                raise PipelineError(f"the study has no {error}") from None
            return dict(told.model_dump(mode="json"))

        return Step(name, stage.HOME, f"{stage.__name__}:run", parameters, stage.code)


def check_seed_counts(study: Study) -> None:
    """Raise ParameterError where so few seeds can never reach alpha, naming the number that can."""
    for look in looks_of(study):
        for name, family in study.families.items():
            size = 1 if family.is_one_claim else sum(contrast.family == name for contrast in contrasts(study))
            needed = required_seeds(size, look.alpha)
            if family.claim != "equivalence" and look.seeds < needed and not study.data.resampling:
                key = "seeds.looks" if study.seeds.looks else "seeds.final"
                problem = f"{look.seeds} seeds can never reach alpha {look.alpha} in the {size} contrasts of {name}"
                raise ParameterError(PARAMS, key, problem, f"state at least {needed} seeds")
        check_seeds_of_effects(study, look)


def check_seeds_of_effects(study: Study, look: SeedLook) -> None:
    """Raise ParameterError where so few seeds can never show an effect of components that is claimed."""
    orders = {key_of(effect): order for effect, order in effects_of(list(study.components), study.ablation).items()}
    for name, claim in (study.study.claims or {}).items():
        if not is_of_effects(claim) or CLAIMED[claim.family] == "negligible":
            continue
        tests = Counter(orders.values())[orders[claim.requires]]
        if look.seeds < (needed := required_seeds(tests, look.alpha)):
            problem = f"{look.seeds} seeds can never reach alpha {look.alpha}, {tests} effects being corrected together"
            raise ParameterError(PARAMS, f"study.claims.{name}", problem, f"state at least {needed} seeds")


def check_metric(study: Study) -> None:
    """Raise ParameterError for a metric there is not."""
    known = measures.names()
    if study.study.metric not in known:
        problem = f"nothing is named '{study.study.metric}'"
        raise ParameterError(PARAMS, "study.metric", problem, nearest(study.study.metric, known))


def check_place_of_source(study: Study) -> None:
    """Raise ParameterError where the raw file lies outside the folder that DVC watches for changes."""
    source = os.path.relpath(study.data.source or SOURCE_HOME)
    if not Path(source).is_relative_to(SOURCE_HOME):
        problem = f"lies outside {SOURCE_HOME}, so DVC would not see it change"
        raise ParameterError(PARAMS, "data.source", problem, f"keep the file in {SOURCE_HOME}/")


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
    """Run a step's function on its parameters and those of its inputs that it takes; the receipt names all."""
    stage = importlib.import_module(step.entry.partition(":")[0])
    params = validated(stage.Params, task.parameters, PARAMS)
    taken = inspect.signature(stage.run).parameters
    inputs: dict[str, Any] = {
        name: paths if name in getattr(stage, "MANY", ()) else paths[0]
        for name, paths in task.inputs.items()
        if name in taken
    }
    if getattr(stage, "RESUMES", False):
        inputs["scratch"] = task.scratch
    stage.run(params, task.home, **inputs)
