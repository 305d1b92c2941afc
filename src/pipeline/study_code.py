"""What only a study's own code knows: models, data sets and measures are imported in a worker, and asked there.

Reading and checking settings runs that code: the validators of a model's settings, and every statement of its file. So
the process that reads a study imports none of it, and works out by itself what each step is told; the worker has no
data open, no network and nothing to write.
"""

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pipeline
from pipeline.base.params import Study
from pipeline.checks import check
from pipeline.io.confinement import close_code_in
from pipeline.io.receipts import Part
from pipeline.io.workers import Answer, Worker
from pipeline.science import measures
from pipeline.science.methods import dataset, seeding_of, source_files
from pipeline.science.rule_in_words import rule_in_words
from pipeline.science.trial_fits import is_network, model_names, trial_settings
from pipeline.stages import analyse, evaluate, fetch, prepare, report, resample, select, train

STAGES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (fetch, prepare, resample, select, train, evaluate, analyse, report)
}
FUNCTIONS = ("run", "score")  # the functions by which a stage makes an artefact; what predicts nothing has no second
SOURCE_ROOT = Path(pipeline.__file__).resolve().parent.parent
DATA_SETS = SOURCE_ROOT / "pipeline" / "science" / "datasets"


@dataclass(frozen=True)
class Facts:
    """What a study's code says of it.

    `seeding` says in words what a seed varies in each model, nothing where it ignores the seed; `networks` are models
    trained by the training path; `measured` is what scores are of, None for accuracy.
    """

    sources: list[str]
    seeding: dict[str, str]
    networks: list[str]
    measured: str | None


def parts_of(stage: ModuleType) -> tuple[Part, ...]:
    """Return the functions by which a stage makes an artefact: one that runs models, then one that scores, if any."""
    run, score = (f"{stage.__name__}:{name}" for name in FUNCTIONS)
    opened = tuple(getattr(stage, "OPENED", {}).items())
    first = Part(run, stage.code, taken_by(stage.run), getattr(stage, "RESUMES", False), opened)
    if not hasattr(stage, FUNCTIONS[1]):
        return (first,)
    return first, Part(score, measure_of, taken_by(stage.score), resumes=False)


def measure_of(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the measure that the parameters of what scores choose, where it is not accuracy."""
    return measures.code(parameters.get("metric"))


def taken_by(function: Callable[..., None]) -> frozenset[str]:
    """Return the inputs that a stage's function takes."""
    named = inspect.signature(function).parameters.items()
    return frozenset(name for name, each in named if each.kind is each.KEYWORD_ONLY) - {"scratch"}


class StudyCode:
    """The code of a study, or of none in particular, in a worker that is started when it is first asked."""

    def __init__(self, study: Study | None) -> None:
        self.study = study

    @functools.cached_property
    def worker(self) -> Worker:
        """The process that has imported it."""

        def begin() -> tuple[str, Answer]:
            os.dup2(2, 1)  # what a model's file prints is no part of what a verb says
            return close_code_in(SOURCE_ROOT, DATA_SETS), functools.partial(answered, self.study)

        return Worker(begin)

    @functools.cached_property
    def facts(self) -> Facts:
        """What it says of the study."""
        return Facts(**self.ask("facts"))

    def ask(self, question: str, *details: Any) -> Any:
        """Return the answer of one of QUESTIONS; raise PipelineError where it does."""
        return self.worker.ask([question, *details])


def answered(study: Study | None, asked: Sequence[Any]) -> Any:
    """Answer a question of a study."""
    question, *details = asked
    return QUESTIONS[question](study, *details)


def facts(study: Study) -> dict[str, Any]:
    """Return Facts as JSON has them."""
    metric = measures.stated(study.study.metric)
    return asdict(
        Facts(
            sources=source_files(study.data.name, study.data.source),
            seeding=seeding_of(study),
            networks=networks_of(study, sorted(seeding_of(study))),
            measured=str(measures.load(metric).WORDS) if metric else None,
        )
    )


def rule(study: Study) -> list[str]:
    """Return the rule by which a study is judged: what its measure is of decides which tests there are."""
    looks = [look.model_dump() for look in study.seeds.looks] if study.seeds.looks else None
    families = {name: family.claim for name, family in study.families.items()}
    effects = study.ablation != "leave_one_out"
    resampling = study.data.resampling.model_dump() if study.data.resampling else None
    return rule_in_words(study.study.model_dump(), looks, families, effects, resampling)


def raw_files(_: Study | None, name: str, source: str, folder: str) -> tuple[bool, list[str], list[str]]:
    """Return whether a data set's data.source is a folder of several files, and its files, here and in a folder."""
    of_several = hasattr(dataset(name), "FILES")
    return of_several, source_files(name, source), source_files(name, source, Path(folder))


def networks_of(_: Study | None, names: Sequence[str]) -> list[str]:
    """Return those of some models that are trained by the training path."""
    return [name for name in names if is_network(name)]


def trials(study: Study, names: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """Return small settings for models, of all where none are named; None for one of which none are known."""
    return {name: trial_settings(name, study) for name in names or model_names()}


QUESTIONS: dict[str, Callable[..., Any]] = {
    "check": check,
    "facts": facts,
    "rule": rule,
    "raw_files": raw_files,
    "networks_of": networks_of,
    "trials": trials,
}
