"""The default study without any pipeline: two warm processes select, train and evaluate the same models."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

from pipeline.base.design import methods, space_key, variants
from pipeline.base.params import Study, load_study
from pipeline.science.fitting import Fitted, Job, fit, predict
from pipeline.science.methods import Run, dataset, published_training_rows, runs, seed_varies
from pipeline.science.metrics import accuracy
from pipeline.science.models import load
from pipeline.science.search import Trial, choose, draw, parse_space
from pipeline.science.settings import Compute, Shape
from pipeline.science.splits import Sizes, split
from pipeline.science.training_data import TrainingData

State = dict[str, Any]
STATE: State = {}


def prepare(params: str) -> None:
    """Make the data once in each process."""
    study = load_study(Path(params))
    data = study.data
    x, y = dataset(data.name).load(data.seed)
    sizes = Sizes(train=data.train, validation=data.validation, held_out=data.held_out)
    rows = split(len(y), published_training_rows(data.name, len(y)), sizes, study.study.seed)
    STATE.update(
        study=study,
        data=TrainingData(x[rows.train], y[rows.train], x[rows.validation], y[rows.validation]),
        held_out=(x[rows.held_out], y[rows.held_out]),
        shape=Shape(features=x.shape[1:], classes=int(y.max()) + 1),
    )


def fitted(study: Study, variant: str, seed: int | None, hyperparameters: dict[str, Any]) -> tuple[Job, Fitted]:
    """Fit one model."""
    settings = dict(variants(study)[variant].settings)
    model = settings.pop("model")
    typed = load(model).Settings(**settings, **hyperparameters)
    compute = Compute(device=study.compute.device, precision=study.compute.precision)
    job = Job(model, typed, STATE["shape"], study.study.seed, seed, compute)
    return job, fit(job, STATE["data"])


def select(method: str) -> tuple[str, dict[str, Any]]:
    """Return a method's chosen hyper-parameters."""
    study: Study = STATE["study"]
    space = parse_space(study.search.spaces[space_key(method)])
    seeds = study.seeds.selection if seed_varies(variants(study)[method]) else [None]
    trials = []
    for number in range(study.search.trials):
        drawn = draw(study.study.seed, method, number, space)
        fits = [fitted(study, method, seed, drawn)[1] for seed in seeds]
        scores = tuple(result.validation_accuracy for result in fits)
        outcomes = tuple(result.outcome for result in fits)
        trials.append(Trial(trial=number, hyperparameters=drawn, validation=scores, outcome=outcomes))
    return method, dict(trials[choose(trials)].hyperparameters)


def train(task: tuple[Run, dict[str, Any]]) -> tuple[str, float]:
    """Train one run and score it on the held-out rows."""
    run, hyperparameters = task
    job, result = fitted(STATE["study"], run.variant, run.seed, hyperparameters)
    x, y = STATE["held_out"]
    return str(run), accuracy(predict(job, result.save().content, x), y)


def study(params: str) -> Iterable[tuple[str, float]]:
    """Run it all in two processes, the longest searches first."""
    stated = load_study(Path(params))
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, initializer=prepare, initargs=(params,)) as pool:
        chosen = dict(pool.imap_unordered(select, methods(stated)))
        tasks = [(run, chosen[variants(stated)[run.variant].method]) for run in runs(stated)]
        return sorted(pool.imap_unordered(train, tasks))


if __name__ == "__main__":
    started = time.monotonic()
    scores = dict(study(sys.argv[1]))
    seconds = time.monotonic() - started
    full = [score for run, score in scores.items() if run.startswith("full/")]
    print(f"{seconds:.1f} {sum(full) / len(full):.6f}")
