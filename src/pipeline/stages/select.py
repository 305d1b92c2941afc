"""Select: random search on validation, the same number of trials for everything that is selected.

First every trial is fitted and predicts validation; then, in a process that loads no model, the predictions are scored
and the best trial is chosen.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pipeline.base.data_sizes import TRAINING_ROWS, model_settings
from pipeline.base.design import methods, space_of, variants
from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, Device, Frozen, Precision, Study, is_unset
from pipeline.science import measures
from pipeline.science.methods import Seeding, seed_varies

if TYPE_CHECKING:
    from pipeline.science.search import Trial, Value

HOME = "choices/{method}"
RESUMES = True
CRASHED: dict[str, Any] = {"predicted": [], "outcome": "crashed", "training_flops": None, "examples_seen": 0}
FITS = "fits.json"  # every fit and what it predicts, until that is scored


class Params(Frozen):
    """One method's fixed settings, its search space, and the seeds each trial is repeated with.

    `metric`: the measure that trials are chosen by, accuracy where left out.
    A retuned variant draws from the `stream` of the method that it is a variant of: what both search is drawn alike.
    """

    method: str
    model: str
    settings: dict[str, Any]
    space: dict[str, dict[str, Any]]
    trials: int
    seeds: list[int | None]
    study_seed: int
    device: Device
    threads: int
    precision: Precision
    training_rows: Annotated[int | None, Field(exclude_if=lambda rows: rows is None)] = None
    stream: Annotated[str | None, Field(exclude_if=lambda stream: stream is None)] = None
    metric: Annotated[str | None, Field(exclude_if=is_unset)] = None


def parameters(study: Study, values: Mapping[str, str], seeding: Seeding | None = None) -> Params:
    """Return what select is told of one method; a model that ignores the seed is fitted once a trial."""
    method = values["method"]
    if method not in methods(study):
        raise ParameterError(PARAMS, "baselines", f"no method is named '{method}'", nearest(method, methods(study)))
    variant = variants(study)[method]
    return Params(
        method=method,
        model=variant.settings["model"],
        settings=model_settings(variant.settings),
        space=space_of(study, variant),
        trials=study.search.trials,
        seeds=list(study.seeds.selection) if seed_varies(variant, seeding) else [None],
        study_seed=study.study.seed,
        training_rows=variant.settings.get(TRAINING_ROWS),
        stream=variant.base if variant.base != method else None,
        metric=measures.stated(study.study.metric),
        **study.compute.model_dump(),
    )


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the method's model."""
    return (f"pipeline.science.models.{parameters['model']}",)


def run(params: Params, home: Path, *, splits: Path, scratch: Path) -> None:
    """Write fits.json: outcome, predictions and costs of each fit, trial by trial."""
    from pipeline.io.files import write_json

    fits = []
    for number, drawn in enumerate(draws(params), start=1):
        fits.append([remembered(params, drawn, seed, splits, scratch) for seed in params.seeds])
        print(f"{params.method}: trial {number} of {params.trials} is fitted")
    write_json(home / FITS, fits)


def score(params: Params, home: Path, *, labels: Path) -> None:
    """Write trials.json, every trial with its scores and costs, and choice.json, the trial with the best mean.

    A fit that diverges or breaks down counts as accuracy 0. Raises DataError where every fit broke down.
    """
    import numpy as np

    from pipeline.io.files import read_json, write_json
    from pipeline.io.splits import read_labels
    from pipeline.science.scoring import scored
    from pipeline.science.search import Trial, choose

    label, about = read_labels(labels)
    fits = read_json(home / FITS)
    trials = []
    for number, (drawn, each) in enumerate(zip(draws(params), fits, strict=True)):
        reached = tuple(
            scored(params.metric, fit["outcome"], np.array(fit["predicted"]), label, about["classes"]).judged
            for _, fit in zip(params.seeds, each, strict=True)
        )
        outcome = tuple(fit["outcome"] for fit in each)
        trials.append(Trial(trial=number, hyperparameters=drawn, validation=reached, outcome=outcome))
        print(f"{params.method}: trial {number + 1} of {params.trials}: validation {trials[-1].mean:.4f}")
    refuse_all_failed(params.method, trials)
    best = trials[choose(trials)]
    records = [
        {**trial.model_dump(mode="json"), "mean": trial.mean, **total_costs(each)}
        for trial, each in zip(trials, fits, strict=True)
    ]
    (home / FITS).unlink()
    write_json(home / "trials.json", records)
    chosen = {"trial": best.trial, "hyperparameters": best.hyperparameters, "validation_mean": best.mean}
    write_json(home / "choice.json", {"method": params.method, **chosen})


def draws(params: Params) -> "Iterator[dict[str, Value]]":
    """Yield the hyper-parameters of each trial."""
    from pipeline.science.search import draw, parse_space

    space = parse_space(params.space)
    for number in range(params.trials):
        yield draw(params.study_seed, params.stream or params.method, number, space)


def refuse_all_failed(method: str, trials: "list[Trial]") -> None:
    """Raise DataError where no trial has a fit that came to an end: there is nothing to choose."""
    from pipeline.base.errors import DataError

    if all(outcome == "crashed" for trial in trials for outcome in trial.outcome):
        problem = f"all {len(trials)} trials of {method} crashed; its log says why"
        raise DataError(f"choices/{method}: {problem}; correct the model or its search space")


def total_costs(fits: list[dict[str, Any]]) -> dict[str, int | None]:
    """Return what a trial cost over all its fits; FLOPs are None where a library does not say."""
    flops = [fit["training_flops"] for fit in fits]
    return {
        "training_flops": None if None in flops else sum(flops),
        "examples_seen": sum(fit["examples_seen"] for fit in fits),
    }


def remembered(
    params: Params, hyperparameters: dict[str, Any], seed: int | None, splits: Path, scratch: Path
) -> dict[str, Any]:
    """Return one fit, from scratch where an interrupted search has it already."""
    from pipeline.base.canonical import value_digest
    from pipeline.io.files import write_json

    asked = {"hyperparameters": hyperparameters, "seed": seed}
    path = scratch / f"{value_digest(asked)[:16]}.json"
    if kept := whole(path, asked):
        return kept
    fit = fitted(params, hyperparameters, seed, splits)
    write_json(path, {"fit": fit, "sha256": value_digest({**asked, "fit": fit})})
    return fit


def whole(path: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the fit that a file keeps of what is asked for; empty where there is none, or it is damaged or another."""
    from pipeline.base.canonical import value_digest
    from pipeline.io.files import read_json

    try:
        kept = read_json(path)
        true = kept["sha256"] == value_digest({**asked, "fit": kept["fit"]})
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return dict(kept["fit"]) if true else {}


def fitted(params: Params, hyperparameters: dict[str, Any], seed: int | None, splits: Path) -> dict[str, Any]:
    """Fit once and return what it predicts on validation, int64 [n], and its costs.

    A model that breaks down on the numbers it is given (ArithmeticError, ValueError) is an outcome like any other; its
    cost is not known. An error of the machine is none: it stops the search.
    """
    from pipeline.io.splits import read_splits
    from pipeline.science.fitting import Job, fit
    from pipeline.science.models import load
    from pipeline.science.settings import Compute, Shape
    from pipeline.science.training_data import first_rows

    arrays, about = read_splits(splits)
    settings = load(params.model).Settings(**params.settings, **hyperparameters)
    shape = Shape.of(about)
    compute = Compute(device=params.device, precision=params.precision)
    job = Job(params.model, settings, shape, params.study_seed, seed, compute)
    try:
        result = fit(job, first_rows(arrays, params.training_rows))
    except (ArithmeticError, ValueError) as error:
        print(f"{params.method}: a fit crashed: {type(error).__name__}: {' '.join(str(error).split())}")
        return CRASHED
    return {
        "predicted": result.validation_predicted.tolist(),
        "outcome": result.outcome,
        "training_flops": result.costs.training_flops,
        "examples_seen": result.costs.examples_seen,
    }
