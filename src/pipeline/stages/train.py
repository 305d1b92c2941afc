"""Train: one run of one variant, with the hyper-parameters selected for its method.

What it predicts on validation is scored afterwards, in a process that loads no model: training sees no such label.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pipeline.base.data_sizes import TRAINING_ROWS, model_settings
from pipeline.base.design import FULL, stated_variant
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Device, Frozen, Precision, Study, is_unset
from pipeline.base.randomness import cells
from pipeline.science import measures
from pipeline.science.control_runs import SHUFFLED, has_control_run, is_control
from pipeline.science.methods import Seeding, has_run, seed_of, seed_varies

if TYPE_CHECKING:
    from pipeline.science.fitting import Fitted, Saved
    from pipeline.science.training_data import TrainingData

HOME = "runs/{variant}/{replicate}"
RESUMES = True
OPENED = {"choice": ("choice.json",)}  # and none of the scores that each trial reached on validation
CHECKPOINT_SECONDS = 20.0
RECORD, PREDICTED, CURVE = "run.json", "validation.safetensors", "curve.csv"
RECORDED = ("model", "settings", "seed", "outcome", "diverged_at_step", "costs", "weights_sha256", "weight_chain")
POINT = ["step", "training_loss"]
ALONG = "along.safetensors"  # what is predicted at each point of the curve, until that is scored


class Params(Frozen):
    """A variant's settings, hyper-parameters left out, and the run's seed, None where the model ignores it.

    `streams` are the seeds of streams that do not follow the run's seed; by `sample`, of `sample_rows` training rows.
    `training_rows`: how many of the training rows it sees, all where left out.
    `metric`: by which measure it is scored besides accuracy, none where left out.
    A control with shuffled labels states the seed by which it deals them.
    """

    model: str
    settings: dict[str, Any]
    seed: int | None
    labels_seed: Annotated[int | None, Field(exclude_if=lambda seed: seed is None)] = None
    study_seed: int
    device: Device
    threads: int
    precision: Precision
    streams: dict[str, int] = Field(default_factory=dict, exclude_if=lambda stated: not stated)
    sample_rows: int | None = Field(default=None, exclude_if=lambda stated: stated is None)
    training_rows: Annotated[int | None, Field(exclude_if=lambda rows: rows is None)] = None
    metric: Annotated[str | None, Field(exclude_if=is_unset)] = None


def parameters(study: Study, values: Mapping[str, str], seeding: Seeding | None = None) -> Params:
    """Return what train is told of one run; raise ParameterError where the study has no such run."""
    name, replicate = values["variant"], values["replicate"]
    control = is_control(name) and has_control_run(study, name, replicate, seeding)
    variant = stated_variant(study, FULL if control else name)
    if variant is None or not (control or has_run(study, variant, replicate, seeding)):
        problem = f"there is no run {name}/{replicate}"
        raise ParameterError(PARAMS, "seeds.final", problem, "see `pipeline plan` for those there are")
    ignored = not seed_varies(variant, seeding)  # by its model, whatever fold it is of
    seed = None if ignored else seed_of(replicate)
    return Params(
        model=variant.settings["model"],
        settings=model_settings(variant.settings),
        seed=seed,
        labels_seed=seed_of(replicate) if name == SHUFFLED else None,
        streams=cells(study).get(seed, {}) if seed is not None else {},
        sample_rows=study.randomness.sample_rows if study.randomness else None,
        study_seed=study.study.seed,
        training_rows=variant.settings.get(TRAINING_ROWS),
        metric=measures.stated(study.study.metric),
        **study.compute.model_dump(),
    )


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the variant's model."""
    return (f"pipeline.science.models.{parameters['model']}",)


def run(params: Params, home: Path, *, splits: Path, choice: Path, scratch: Path) -> None:
    """Write run.json, the model, its validation predictions int64 [n] and, for a network, its learning curve.

    A run that diverges is a valid artefact with that outcome. Resumes from scratch, to the same bytes.
    """
    from pipeline.io.checkpoints import FolderStore
    from pipeline.io.files import read_json, write_json, write_tensors
    from pipeline.io.splits import read_splits
    from pipeline.science.fitting import Job, fit
    from pipeline.science.models import load
    from pipeline.science.settings import Compute, Shape

    arrays, about = read_splits(splits)
    data = training_data(params, arrays, about["classes"])
    settings = {**params.settings, **read_json(choice / "choice.json")["hyperparameters"]}
    shape = Shape.of(about)
    compute = Compute(device=params.device, precision=params.precision)
    chosen = load(params.model).Settings(**settings)
    job = Job(params.model, chosen, shape, params.study_seed, params.seed, compute, params.streams)
    result = fit(job, data, FolderStore(scratch, CHECKPOINT_SECONDS))
    saved = result.save()
    write_model(home, saved, result)
    write_tensors(home / PREDICTED, {"predicted": result.validation_predicted})
    write_json(home / RECORD, record(params, job.settings.model_dump(mode="json"), result, saved.sha256))


def score(params: Params, home: Path, *, labels: Path) -> None:
    """Add to run.json and to the learning curve how well validation was predicted; 0 where the run diverged.

    All that a score stands in is written anew: of what trained, nothing more is taken than it has to say.
    """
    import numpy as np
    import pandas as pd

    from pipeline.io.files import read_json, read_tensors, write_csv, write_json, write_tensors
    from pipeline.io.splits import read_labels
    from pipeline.science.metrics import accuracy
    from pipeline.science.scoring import scored

    label, about = read_labels(labels)
    said, predicted = read_json(home / RECORD), read_tensors(home / PREDICTED)["predicted"].astype(np.int64)
    told = {key: said[key] for key in RECORDED}
    reached = scored(params.metric, told["outcome"], predicted, label, about["classes"])
    told |= {"validation_accuracy": reached.accuracy, "rows": about["rows"]}
    if reached.score is not None:
        told["validation_score"] = reached.score
    if (home / ALONG).exists():
        along = read_tensors(home / ALONG)["predicted"]
        curve = pd.read_csv(home / CURVE, float_precision="round_trip")[POINT]
        write_csv(home / CURVE, curve.assign(validation_accuracy=[accuracy(each, label) for each in along]))
        (home / ALONG).unlink()
    else:
        (home / CURVE).unlink(missing_ok=True)
    write_tensors(home / PREDICTED, {"predicted": predicted})
    write_json(home / RECORD, told)


def training_data(params: Params, arrays: dict[str, Any], classes: int) -> "TrainingData":
    """Return what a run is trained on: all training rows or some; for a control other labels of them."""
    from pipeline.science.dealt_labels import labelled_anew
    from pipeline.science.training_data import drawn, first_rows

    data = first_rows(arrays, params.training_rows)
    if params.sample_rows is not None:
        data = drawn(data, params.sample_rows, params.study_seed, params.streams.get("sample", params.seed or 0))
    if params.labels_seed is None:
        return data
    return labelled_anew(data, classes, params.study_seed, params.labels_seed)


def write_model(home: Path, saved: "Saved", result: "Fitted") -> None:
    """Write the model, and the learning curve of a network."""
    import numpy as np
    import pandas as pd

    from pipeline.io.files import write_bytes, write_csv, write_tensors

    if isinstance(saved.content, bytes):
        write_bytes(home / "model.skops", saved.content)
        return
    write_tensors(home / "model.safetensors", saved.content)
    if result.curve:
        write_csv(home / CURVE, pd.DataFrame(result.curve, columns=POINT))
        write_tensors(home / ALONG, {"predicted": np.stack(result.predicted_along)})


def record(params: Params, settings: dict[str, Any], result: "Fitted", digest: str) -> dict[str, Any]:
    """Return what a run says of itself."""
    return {
        "model": params.model,
        "settings": settings,
        "seed": params.seed,
        "outcome": result.outcome,
        "diverged_at_step": result.diverged_at_step,
        "costs": result.costs.model_dump(),
        "weights_sha256": digest,
        "weight_chain": [list(link) for link in result.weight_chain],
    }
